"""What the service does by itself when the user speaks."""

from __future__ import annotations

from voicelive_protocol import (
    ReceivedEvent,
    ResponseSession,
    ServerEventInputAudioBufferCleared,
    ServerEventInputAudioBufferCommitted,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventInputAudioBufferSpeechStopped,
    ServerEventResponseCreated,
    ServerEventSessionCreated,
    ServerEventSessionUpdated,
)


class Listening:
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
        self.answering = False
        self.commits = False
        self._detects = True

    @property
    def quiet(self) -> bool:
        """Whether nobody is in the way of a response."""
        return not self.speaking and not self.answering

    def be_quiet(self) -> None:
        """Take it that nobody is in the way any more."""
        self.speaking = self.answering = False

    def observe(self, event: ReceivedEvent) -> None:
        """Take note of an event."""
        match event:
            case ServerEventInputAudioBufferSpeechStarted():
                self.speaking = True
            case ServerEventInputAudioBufferSpeechStopped():
                self.speaking = False
                self.answering = self.responds
            case ServerEventInputAudioBufferCommitted():
                self.speaking = False
                self.commits = self._detects
            case ServerEventInputAudioBufferCleared():
                self.be_quiet()
            case ServerEventResponseCreated():
                self.answering = False
            case ServerEventSessionCreated() | ServerEventSessionUpdated():
                self._configure(event.session)
            case _:
                pass

    def _configure(self, session: ResponseSession) -> None:
        detection = session.turn_detection
        self._detects = detection is not None
        if detection is None:
            # Nothing is detected, so nobody will say that the user has stopped.
            self.be_quiet()
            self.commits = False
            self.responds = self.interrupts = self.truncates = False
            return
        # What is not said is on, except truncation.
        self.responds = detection.get("create_response", True) is not False
        self.interrupts = detection.get("interrupt_response", True) is not False
        self.truncates = detection.get("auto_truncate") is True
