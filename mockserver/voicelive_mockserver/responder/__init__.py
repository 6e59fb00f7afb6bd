"""Responders without a scenario: the built-in one and replay of recordings.

They are functions of the interface that the engine defines. May import the engine.
"""

from __future__ import annotations

from voicelive_mockserver.responder.builtin import built_in_responder
from voicelive_mockserver.responder.recording import Recording, RecordingError

__all__ = ["Recording", "RecordingError", "built_in_responder"]
