"""Turn detection: settings of the session and state of the user's speech."""

from __future__ import annotations

from voicelive_protocol import Model, Peek, ServerEventType


class TurnDetection:
    """Tracks turn detection.

    Attributes:
        interrupts: Whether speech cancels the active response (`interrupt_response`).
        truncates: Whether the service truncates interrupted items (`auto_truncate`).
        responds: Whether the service responds to speech (`create_response`).
        speaking: Whether the user is speaking.
        answering: Whether an answer of the service's own is to come.
        commits: Whether the service has committed audio by itself.
    """

    def __init__(self) -> None:
        self.interrupts = True
        self.truncates = False
        self.responds = True
        self.speaking = False
        self.response_expected = False
        self.has_committed = False
        self._detects = True

    @property
    def allows_response(self) -> bool:
        """Whether neither the user speaks nor the service is about to respond."""
        return not self.speaking and not self.response_expected

    def reset(self) -> None:
        """Assume that the user is silent and that no service response is due."""
        self.speaking = self.response_expected = False

    def observe(self, seen: Peek) -> None:
        """Update the state from an event."""
        match seen.type:
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self.speaking = True
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED:
                self.speaking = False
                self.response_expected = self.responds
            case ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED:
                self.speaking = False
                self.has_committed = self._detects
            case ServerEventType.INPUT_AUDIO_BUFFER_CLEARED:
                self.reset()
            case ServerEventType.RESPONSE_CREATED:
                self.response_expected = False
            case ServerEventType.SESSION_CREATED | ServerEventType.SESSION_UPDATED:
                # Keep the settings if the session is invalid.
                if isinstance(seen.get("session"), Model | dict):
                    self._configure(seen.get("session", "turn_detection"))
            case _:
                pass

    def _configure(self, detection: object) -> None:
        self._detects = detection is not None
        if detection is None:
            # Without turn detection no event reports the end of speech.
            self.reset()
            self.has_committed = False
            self.responds = self.interrupts = self.truncates = False
            return
        # Omitted flags default to true, except `auto_truncate`.
        flags = detection if isinstance(detection, Model | dict) else {}
        self.responds = flags.get("create_response", True) is not False
        self.interrupts = flags.get("interrupt_response", True) is not False
        self.truncates = flags.get("auto_truncate") is True
