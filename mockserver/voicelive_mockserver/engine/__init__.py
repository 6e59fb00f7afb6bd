"""The engine: one session of the service as a sans-I/O state machine."""

from .engine import EngineSources, SessionEngine

__all__ = ["EngineSources", "SessionEngine"]
