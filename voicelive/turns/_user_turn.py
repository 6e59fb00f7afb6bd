"""Turn of the user, which holds the queue of responses."""

from __future__ import annotations

from voicelive._connection.clock import loop_time
from voicelive._connection.state import SessionState
from voicelive_protocol import Peek, ServerEventType

# Time after speech in which a response of the service can still be expected. A model
# may take long, and the service does not respond to all speech.
_EXPECTED_SECONDS = 10.0


class UserTurn:
    """Turn of the user: their speech, and the response of the service to it.

    Args:
        session: State of the session.

    Attributes:
        response_expected: Whether the service is about to respond to speech.
    """

    def __init__(self, session: SessionState) -> None:
        self.response_expected = False
        self._session = session
        self._expected_until = 0.0
        # Whether the queue does not wait for the current speech.
        self._released = False

    @property
    def allows_response(self) -> bool:
        """Whether neither the user speaks nor the service is about to respond."""
        speaking = self._session.user_speaking and not self._released
        return not speaking and not self.response_expected

    @property
    def in_progress(self) -> bool:
        """Whether the user speaks or the service is about to respond to speech."""
        return self._session.user_speaking or bool(self.expected_seconds)

    @property
    def expected_seconds(self) -> float | None:
        """Seconds in which a response to speech may still start; None if none may."""
        if not self.response_expected:
            return None
        return max(0.0, self._expected_until - loop_time()) or None

    def release(self) -> None:
        """Stop waiting for the current speech and for the response to it."""
        self.response_expected, self._released = False, True

    def observe(self, seen: Peek) -> None:
        """Update the turn from an event, after the state of the session."""
        match seen.type:
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self._released = False
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED:
                self.response_expected = self._session.turn_detection.responds
                self._expected_until = loop_time() + _EXPECTED_SECONDS
            case (
                ServerEventType.INPUT_AUDIO_BUFFER_CLEARED
                | ServerEventType.RESPONSE_CREATED
            ):
                self.response_expected = False
            case ServerEventType.SESSION_CREATED | ServerEventType.SESSION_UPDATED:
                if not self._session.turn_detection.enabled:
                    self.response_expected = False
            case _:
                pass
