"""Display of a single turn: transcript, events and audio of the reply."""

from __future__ import annotations

import asyncio
from typing import Any

from voicelive._commands.display import ASSISTANT, YOU, Display
from voicelive._commands.runner import TurnFailed
from voicelive._commands.session import ProblemReporter, check_response, warning_text
from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.reading import read_response
from voicelive.audio import AudioFormat
from voicelive_core.redaction import printable
from voicelive_protocol import (
    InvalidServerEvent,
    ReceivedEvent,
    Response,
    ServerEventConversationItemInputAudioTranscriptionCompleted,
    ServerEventConversationItemInputAudioTranscriptionFailed,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseTextDelta,
    ServerEventSessionCreated,
    ServerEventType,
    ServerEventWarning,
    decode_server_event,
    encode,
    parse,
    peek,
)

# The transcript of the user may arrive after the response is complete.
_TRANSCRIPT_TIMEOUT_SECONDS = 3.0
_TRANSCRIBED = frozenset(
    {
        ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED,
        ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED,
    }
)


class TurnView:
    """Displays a turn as it progresses and collects the audio of the reply.

    Args:
        display: Output.
        raw: Whether to print the events as well.
        spoken: Whether the user speaks, so that a transcript is expected.

    Attributes:
        audio: Audio of the reply so far.
        audio_format: Its format.
    """

    def __init__(self, display: Display, *, raw: bool, spoken: bool) -> None:
        self.audio = bytearray()
        self.audio_format = AudioFormat()
        self._display = display
        self._raw = raw
        self._transcript_due = spoken
        self._reply = ""
        self._response: Response | None = None
        self._configured = asyncio.Event()
        self._problems = ProblemReporter()

    @property
    def audio_seconds(self) -> float:
        """Length of the audio so far, in seconds."""
        return self.audio_format.duration_ms(len(self.audio)) / 1000

    async def follow(self, connection: VoiceLiveConnection) -> None:
        """Read events until the response is complete.

        Raises:
            TurnFailed: The service returned an error, or the response failed.
            ConnectionClosed: The connection was closed first.
        """
        while self._response is None:
            await self._next(connection)
        check_response(self._response)
        try:
            async with asyncio.timeout(_TRANSCRIPT_TIMEOUT_SECONDS):
                while self._transcript_due:
                    await self._next(connection)
        except TimeoutError:
            self._display.note("No transcript of your speech was received.")

    async def wait_until_configured(self, following: asyncio.Future[None]) -> bool:
        """Wait for `session.updated`; the service rejects input before it.

        Args:
            following: The task that runs `follow`.

        Returns:
            True if configured; False if `follow` finished first.
        """
        waiting = asyncio.ensure_future(self._configured.wait())
        either: set[asyncio.Future[Any]] = {waiting, following}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        return self._configured.is_set()

    def finish(self) -> None:
        """Print the part of the reply received so far."""
        if self._reply:
            self._display.utterance(ASSISTANT, self._reply)
            self._reply = ""

    async def _next(self, connection: VoiceLiveConnection) -> None:
        frame = await connection.recv_bytes()
        event = decode_server_event(frame)
        output = connection.state.output_format
        if output is not None and not self.audio:
            self.audio_format = AudioFormat.of_output(output.name)
        if self._raw:
            self._display.raw(_one_line(frame, event))
        if problem := self._problems.text(event):
            self._display.note(problem)
        self._take(event)

    def _take(self, event: ReceivedEvent) -> None:
        # By wire type, so that a malformed event does not stop the turn.
        seen = peek(event)
        if seen.type == ServerEventType.SESSION_UPDATED:
            self._configured.set()
        elif seen.type in _TRANSCRIBED:
            self._transcript_due = False
        elif seen.type == ServerEventType.RESPONSE_DONE:
            self._response = read_response(seen)
            self.finish()
        self._show_content(event)

    def _show_content(self, event: ReceivedEvent) -> None:
        match event:
            case ServerEventSessionCreated(session=session):
                self._display.note(f"Session {session.id}, model {session.model}.")
            case ServerEventConversationItemInputAudioTranscriptionCompleted():
                if event.transcript:
                    self._display.utterance(YOU, event.transcript)
            case ServerEventConversationItemInputAudioTranscriptionFailed():
                self._display.note(f"Your speech was not transcribed: {event.error}")
            case (
                ServerEventResponseTextDelta(delta=delta)
                | ServerEventResponseAudioTranscriptDelta(delta=delta)
            ):
                self._reply += delta
                self._show()
            case ServerEventResponseAudioDelta(delta=audio):
                self.audio += audio
                self._show()
            case ServerEventWarning():
                self._display.note(f"Warning from the service: {warning_text(event)}")
            case ServerEventError(error=error):
                raise TurnFailed(printable(str(error)))
            case _:
                pass

    def _show(self) -> None:
        self._display.partial_utterance(ASSISTANT, self._reply, self.audio_seconds)


def _one_line(frame: bytes, event: ReceivedEvent) -> str:
    if isinstance(event, InvalidServerEvent) or b"\n" in frame:
        try:
            return encode(parse(frame)).decode()
        except (ValueError, RecursionError):
            # Not JSON: encode as a JSON string, which is one line.
            return encode(frame.decode(errors="replace")).decode()
    return frame.decode()
