"""Traces and metrics of connections with OpenTelemetry (extra `telemetry`).

```python
from voicelive.telemetry import VoiceLiveInstrumentor

VoiceLiveInstrumentor().instrument()
```

Every connection opened from then on gets a `connect` span, a child span for each event,
and two metrics. The names are those of the official SDK's instrumentor, so dashboards
work for both; docs/telemetry.md lists them.

Imports `voicelive._connection`, `voicelive._conversation` and, in `_tracing` only,
OpenTelemetry.
"""

from __future__ import annotations

from voicelive.telemetry._instrumentor import VoiceLiveInstrumentor

__all__ = ["VoiceLiveInstrumentor"]
