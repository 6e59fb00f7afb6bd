"""Traces and metrics of connections, for OpenTelemetry (extra `telemetry`).

```python
from voicelive.telemetry import VoiceLiveInstrumentor

VoiceLiveInstrumentor().instrument()
```

From then on every connection that is opened is followed: a `connect` span for the whole
of it, a span for every event below that, and two metrics. The names are those of the
official SDK's instrumentor, so dashboards work for both; docs/telemetry.md lists them.
"""

from voicelive.telemetry._instrumentor import VoiceLiveInstrumentor

__all__ = ["VoiceLiveInstrumentor"]
