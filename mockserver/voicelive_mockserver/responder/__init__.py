"""What the mock service says without a scenario: by itself, or as it was recorded."""

from .builtin import built_in_responder
from .recording import Recording, RecordingError

__all__ = ["Recording", "RecordingError", "built_in_responder"]
