"""Turn detection: what the service does by itself when the user speaks."""

from __future__ import annotations

from voicelive_protocol import Model, Peek, ServerEventType


class TurnDetection:
    """Follows turn detection.

    Attributes:
        interrupts: Whether speech cancels the running response.
        truncates: Whether the service truncates by itself what was not heard.
        responds: Whether the service answers by itself when the user has spoken.
        speaking: Whether the user speaks.
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
        """Whether nobody is in the way of a response."""
        return not self.speaking and not self.response_expected

    def reset(self) -> None:
        """Take it that nobody is in the way any more."""
        self.speaking = self.response_expected = False

    def observe(self, seen: Peek) -> None:
        """Take note of an event."""
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
                # A session that cannot be read says nothing about turn detection.
                if isinstance(seen.get("session"), Model | dict):
                    self._configure(seen.get("session", "turn_detection"))
            case _:
                pass

    def _configure(self, detection: object) -> None:
        self._detects = detection is not None
        if detection is None:
            # Without turn detection no event says that the user has stopped.
            self.reset()
            self.has_committed = False
            self.responds = self.interrupts = self.truncates = False
            return
        # Omitted flags default to true, except `auto_truncate`.
        flags = detection if isinstance(detection, Model | dict) else {}
        self.responds = flags.get("create_response", True) is not False
        self.interrupts = flags.get("interrupt_response", True) is not False
        self.truncates = flags.get("auto_truncate") is True
