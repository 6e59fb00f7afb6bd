"""What the mock service says without a scenario: by itself, or as it was recorded."""

from __future__ import annotations

from voicelive_mockserver.responder.builtin import built_in_responder
from voicelive_mockserver.responder.recording import Recording, RecordingError

__all__ = ["Recording", "RecordingError", "built_in_responder"]
