"""State that a new session cannot restore: responses, input audio, WebRTC."""

from __future__ import annotations

from voicelive._connection.audio_format import AudioFormat, input_format, output_format
from voicelive.resilience._report import Missing, NotRestored
from voicelive_protocol import ClientEventType, Model, Peek, ServerEventType


class Activity:
    """Tracks responses, input audio and WebRTC.

    Args:
        known: The input audio format until the service sends it.

    Attributes:
        input_format: The input audio format.
        output_format: The output audio format.
        speaking: Whether the service has detected speech of the user.
        received: Number of received events.
    """

    def __init__(self, known: AudioFormat | None = None) -> None:
        self.input_format = known or AudioFormat()
        self.output_format = AudioFormat()
        self.speaking = False
        self.received = 0
        self._responses: dict[str, None] = {}
        self._requested = 0
        self._audio_bytes = 0
        self._avatar = False
        self._call = False

    @property
    def responding(self) -> bool:
        """Whether a response is in progress or requested."""
        return bool(self._responses) or self._requested > 0

    @property
    def idle(self) -> bool:
        """Whether replacing the session now would lose nothing."""
        webrtc = self._avatar or self._call
        return not (self.responding or self.speaking or webrtc)

    def sent(self, kind: str, audio_bytes: int = 0) -> None:
        """Record a sent event."""
        self._audio_bytes += audio_bytes
        if kind == ClientEventType.RESPONSE_CREATE:
            self._requested += 1

    def send_failed(self, kind: str) -> None:
        """Record that sending an event failed."""
        if kind == ClientEventType.RESPONSE_CREATE:
            self._requested = max(0, self._requested - 1)

    def observe(self, seen: Peek) -> None:
        """Update the state from a received event."""
        self.received += 1
        match seen.type:
            case ServerEventType.SESSION_CREATED | ServerEventType.SESSION_UPDATED:
                if isinstance(session := seen.get("session"), Model | dict):
                    self.input_format = input_format(session)
                    self.output_format = output_format(session)
            case ServerEventType.RESPONSE_CREATED:
                self._requested = max(0, self._requested - 1)
                self._responses[seen.response_id or ""] = None
            case ServerEventType.RESPONSE_DONE:
                self._response_done(seen.response_id or "")
            case ServerEventType.ERROR:
                # It may refuse the requested response.
                self._requested = 0
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self.speaking = True
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED:
                self.speaking = False
            case (
                ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED
                | ServerEventType.INPUT_AUDIO_BUFFER_CLEARED
            ):
                self.speaking = False
                self._audio_bytes = 0
            case ServerEventType.SESSION_AVATAR_CONNECTING:
                self._avatar = True
            case ServerEventType.RTC_CALL_SDP_CREATED:
                self._call = True
            case _:
                pass

    def _response_done(self, response_id: str) -> None:
        responses = self._responses
        if response_id not in responses and "" in responses:
            # One has started without a valid identifier.
            response_id = ""
        elif not response_id and responses:
            # Without an identifier, it is the oldest one.
            response_id = next(iter(responses))
        responses.pop(response_id, None)

    def lost(self) -> list[NotRestored]:
        """Return the state that ends with the session."""
        found = [
            NotRestored(
                Missing.RESPONSE,
                f"response {response_id}",
                "it was under way; ask for another one if it is still wanted",
                response_id,
            )
            for response_id in sorted(self._responses)
        ]
        if self._requested:
            found.append(
                NotRestored(
                    Missing.RESPONSE,
                    "a response that was asked for",
                    "it had not begun; ask for another one if it is still wanted",
                )
            )
        if self._audio_bytes:
            sent = self.input_format.milliseconds(self._audio_bytes)
            while_speaking = " while the user was speaking" if self.speaking else ""
            found.append(
                NotRestored(
                    Missing.INPUT_AUDIO,
                    f"{sent:.0f} ms of input audio",
                    f"it was sent but not yet a turn{while_speaking}",
                )
            )
        again = "WebRTC has to be set up again with a new offer"
        if self._avatar:
            found.append(NotRestored(Missing.AVATAR, "the avatar's connection", again))
        if self._call:
            found.append(NotRestored(Missing.CALL, "the WebRTC call", again))
        return found
