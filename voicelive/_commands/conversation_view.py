"""Following a conversation."""

from __future__ import annotations

import asyncio
import contextlib

from voicelive._commands.display import ASSISTANT, YOU, Display
from voicelive._commands.exit_codes import TurnFailed
from voicelive._commands.session import ProblemReporter, check_response, warning_text
from voicelive._errors import ConnectionClosed
from voicelive.audio import Speaker, WavSpeaker
from voicelive.turns import TurnKeeper
from voicelive.turns._reading import read_response
from voicelive_protocol import (
    Modality,
    ReceivedEvent,
    RequestSession,
    Response,
    ResponseStatus,
    ServerEventConversationItemInputAudioTranscriptionCompleted,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseTextDelta,
    ServerEventSessionCreated,
    ServerEventType,
    ServerEventWarning,
    peek,
)
from voicelive_protocol._redaction import printable

SPOKEN: list[Modality | str] = [Modality.TEXT, Modality.AUDIO]
"""What answers consist of."""

# How long the service may take until it has listened to all that it was sent.
_LISTEN_TIMEOUT_SECONDS = 10.0


class ConversationView:
    """Shows a conversation and plays what the assistant says.

    Args:
        keeper: The link to the service; it stops the speaker when the user interrupts.
        speaker: Where the assistant is heard.
        display: Where the conversation is shown.
    """

    def __init__(
        self, keeper: TurnKeeper, speaker: Speaker | WavSpeaker, display: Display
    ) -> None:
        self._keeper = keeper
        self._speaker = speaker
        self._display = display
        self._reply = ""
        self._audio_ms = 0.0
        self._answers = 0
        # Turns of the user that have no response yet, the one that goes on included.
        self._open_turns = 0
        self._problem: TurnFailed | None = None
        self._odd = ProblemReporter()
        self._quiet = asyncio.Event()
        self._quiet.set()
        # How many settings the service has not confirmed yet.
        self._updates = 0
        self._updated = asyncio.Event()
        self._configured = False

    async def update(self, settings: RequestSession) -> None:
        """Send settings of the session."""
        self._updates += 1
        self._updated.clear()
        await self._keeper.session.update(session=settings)

    async def wait_until_configured(self) -> None:
        """Wait until the service has accepted the settings; it takes nothing before."""
        await self._updated.wait()

    async def wait_until_listened(self) -> None:
        """Wait until the service has told of all the speech that it was sent.

        It answers in order. So it is given a setting that it has already: before it
        confirms that, each turn that it has heard has begun.
        """
        # If the connection ends, following it tells why.
        with contextlib.suppress(TimeoutError, ConnectionClosed):
            async with asyncio.timeout(_LISTEN_TIMEOUT_SECONDS):
                await self.update(RequestSession(modalities=SPOKEN))
                await self._updated.wait()

    async def wait_until_quiet(self) -> None:
        """Wait until the user does not speak and every turn has its answer."""
        await self._quiet.wait()

    def check(self) -> None:
        """Make sure that all went well.

        Raises:
            TurnFailed: There was no answer, or something failed.
        """
        if self._problem is not None:
            raise self._problem
        if not self._answers:
            raise TurnFailed("there was no answer: no speech was detected")

    async def follow(self) -> None:
        """Read events until the connection ends.

        Raises:
            ConnectionClosed: The connection was lost or closed.
            TurnFailed: The service has refused the settings, or has ended the session
                in order.
        """
        async for event in self._keeper:
            if odd := self._odd.text(event):
                self._display.note(odd)
            self._take(event)
        raise TurnFailed("the service has ended the session")

    def _take(self, event: ReceivedEvent) -> None:
        # By wire type, so that the conversation goes on after an event that is odd.
        seen = peek(event)
        match seen.type:
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self._open_turns += 1
                self._quiet.clear()
            case ServerEventType.SESSION_UPDATED:
                self._configured = True
                self._updates -= 1
                if not self._updates:
                    self._updated.set()
            case ServerEventType.RESPONSE_DONE:
                self._end_of(read_response(seen))
            case _:
                self._show_content(event)

    def _show_content(self, event: ReceivedEvent) -> None:
        match event:
            case ServerEventSessionCreated(session=session):
                self._display.note(f"Session {session.id}, model {session.model}.")
            case ServerEventConversationItemInputAudioTranscriptionCompleted():
                if event.transcript:
                    self._display.said(YOU, event.transcript)
            case (
                ServerEventResponseTextDelta(delta=delta)
                | ServerEventResponseAudioTranscriptDelta(delta=delta)
            ):
                self._reply += delta
                self._show()
            case ServerEventResponseAudioDelta(delta=audio):
                self._speaker.write(audio)
                self._audio_ms += self._speaker.format.duration_ms(len(audio))
                self._show()
            case ServerEventWarning():
                self._display.note(f"The service warns: {warning_text(event)}")
            case ServerEventError(error=error):
                if not self._configured:
                    raise TurnFailed(printable(str(error)))
                if self._keeper.benign(event) is None:
                    self._fail(TurnFailed(printable(str(error))))
            case _:
                pass

    def _end_of(self, response: Response) -> None:
        if self._reply:
            self._display.said(ASSISTANT, self._reply)
        self._reply, self._audio_ms = "", 0.0
        self._answers += 1
        self._open_turns = max(0, self._open_turns - 1)
        if not self._open_turns:
            self._quiet.set()
        # That the user has interrupted is no problem.
        if response.status != ResponseStatus.CANCELLED:
            try:
                check_response(response)
            except TurnFailed as problem:
                self._fail(problem)

    def _fail(self, problem: TurnFailed) -> None:
        # The session goes on, and the user may try again.
        self._display.error(str(problem))
        self._problem = problem

    def _show(self) -> None:
        self._display.saying(ASSISTANT, self._reply, self._audio_ms / 1000)
