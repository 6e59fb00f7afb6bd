"""The engine: one session of the service as a sans-I/O state machine."""

from __future__ import annotations

from voicelive_mockserver.engine.engine import Closing, SessionEngine
from voicelive_mockserver.engine.sources import EngineSources

__all__ = ["Closing", "EngineSources", "SessionEngine"]
