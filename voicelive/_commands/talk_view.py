"""Display and playback of a spoken conversation."""

from __future__ import annotations

import asyncio
import contextlib

from voicelive._commands.display import ASSISTANT, YOU, Display
from voicelive._commands.runner import TurnFailed
from voicelive._commands.session import ProblemReporter, check_response, warning_text
from voicelive._connection.reading import read_response
from voicelive._errors import ConnectionClosed
from voicelive.audio import Speaker, WavSpeaker
from voicelive.conversation import (
    ChangeKind,
    ConversationChange,
    TurnRole,
    TurnStatus,
)
from voicelive.turns import TurnKeeper
from voicelive_core.redaction import printable
from voicelive_protocol import (
    Modality,
    ReceivedEvent,
    RequestSession,
    Response,
    ResponseStatus,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventSessionCreated,
    ServerEventType,
    ServerEventWarning,
    peek,
)

SPOKEN: list[Modality | str] = [Modality.TEXT, Modality.AUDIO]
"""Modalities of replies."""

_LISTEN_TIMEOUT_SECONDS = 10.0


class TalkView:
    """Displays a conversation and plays the replies.

    Args:
        keeper: The connection; it stops the speaker when the user interrupts.
        speaker: Audio output.
        display: Text output.
    """

    def __init__(
        self, keeper: TurnKeeper, speaker: Speaker | WavSpeaker, display: Display
    ) -> None:
        self._keeper = keeper
        self._speaker = speaker
        self._display = display
        self._changes = keeper.conversation.reader()
        # Turns of the user that were shown.
        self._shown: set[str] = set()
        self._responses = 0
        # User turns without a response, including the current one.
        self._open_turns = 0
        self._problem: TurnFailed | None = None
        self._problems = ProblemReporter()
        self._quiet = asyncio.Event()
        self._quiet.set()
        # Updates that the service has not acknowledged.
        self._pending_updates = 0
        self._updated = asyncio.Event()

    async def update(self, settings: RequestSession) -> None:
        """Send a session update."""
        self._pending_updates += 1
        self._updated.clear()
        await self._keeper.session.update(session=settings)

    async def wait_until_configured(self) -> None:
        """Wait for `session.updated`; the service rejects input before it."""
        await self._updated.wait()

    async def wait_until_listened(self) -> None:
        """Wait until the service has processed all audio sent so far.

        Events arrive in order, so a redundant session update is a barrier: its
        acknowledgement follows the start of every turn in that audio.
        """
        # If the connection closes, `follow` raises the reason.
        with contextlib.suppress(TimeoutError, ConnectionClosed):
            async with asyncio.timeout(_LISTEN_TIMEOUT_SECONDS):
                await self.update(RequestSession(modalities=SPOKEN))
                await self._updated.wait()

    async def wait_until_quiet(self) -> None:
        """Wait until the user is silent and every turn has a response."""
        await self._quiet.wait()

    def check(self) -> None:
        """Check the outcome of the conversation.

        Raises:
            TurnFailed: There was no response, or a response failed.
        """
        if self._problem is not None:
            raise self._problem
        if not self._responses:
            raise TurnFailed("no response: no speech was detected")

    async def follow(self) -> None:
        """Read events until the connection ends.

        Raises:
            ConnectionClosed: The connection was lost or closed.
            TurnFailed: The service rejected the settings, or ended the session.
        """
        async for event in self._keeper:
            if problem := self._problems.text(event):
                self._display.note(problem)
            self._take(event)
            for change in self._changes.take():
                self._show(change)
        raise TurnFailed("the service ended the session")

    def _take(self, event: ReceivedEvent) -> None:
        # By wire type, so that a malformed event does not stop the conversation.
        seen = peek(event)
        match seen.type:
            case ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                self._open_turns += 1
                self._quiet.clear()
            case ServerEventType.SESSION_UPDATED:
                self._pending_updates -= 1
                if not self._pending_updates:
                    self._updated.set()
            case ServerEventType.RESPONSE_DONE:
                self._end_of(read_response(seen))
            case _:
                self._show_content(event)

    def _show_content(self, event: ReceivedEvent) -> None:
        match event:
            case ServerEventSessionCreated(session=session):
                self._display.note(f"Session {session.id}, model {session.model}.")
            case ServerEventResponseAudioDelta(delta=audio):
                self._speaker.write(audio)
            case ServerEventWarning():
                self._display.note(f"Warning from the service: {warning_text(event)}")
            case ServerEventError(error=error):
                if not self._keeper.state.configured:
                    raise TurnFailed(printable(str(error)))
                if self._keeper.benign(event) is None:
                    self._fail(TurnFailed(printable(str(error))))
            case _:
                pass

    def _end_of(self, response: Response) -> None:
        self._responses += 1
        self._open_turns = max(0, self._open_turns - 1)
        if not self._open_turns:
            self._quiet.set()
        # Cancelled: the user interrupted, which is not an error.
        if response.status != ResponseStatus.CANCELLED:
            try:
                check_response(response)
            except TurnFailed as problem:
                self._fail(problem)

    def _fail(self, problem: TurnFailed) -> None:
        # The session continues, and the user may try again.
        self._display.error(str(problem))
        self._problem = problem

    def _show(self, change: ConversationChange) -> None:
        turn = change.turn
        if turn.role is TurnRole.USER:
            if turn.transcript_complete and turn.id not in self._shown:
                self._shown.add(turn.id)
                self._display.utterance(YOU, turn.transcript)
        elif turn.status is TurnStatus.IN_PROGRESS:
            self._display.partial_utterance(
                ASSISTANT, turn.transcript, turn.audio_seconds
            )
        elif change.kind is ChangeKind.ENDED and turn.transcript:
            self._display.utterance(ASSISTANT, turn.transcript)
