"""The engine: one session of the service as a sans-I/O state machine."""

from __future__ import annotations

from voicelive_mockserver.engine.engine import Closing, EngineSources, SessionEngine

__all__ = ["Closing", "EngineSources", "SessionEngine"]
