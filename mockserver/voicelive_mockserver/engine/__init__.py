"""The engine: one session of the service as a sans-I/O state machine.

The caller passes frames and times, and takes frames; no event loop, socket or clock.
May import `audio`, the core and the protocol; `outputs` produces the output items.
"""

from __future__ import annotations

from voicelive_mockserver.engine.engine import Closing, SessionEngine
from voicelive_mockserver.engine.sources import EngineSources

__all__ = ["Closing", "EngineSources", "SessionEngine"]
