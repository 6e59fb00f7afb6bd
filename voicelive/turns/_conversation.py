"""What happens in a conversation, and what has to be done about it."""

from __future__ import annotations

from collections import deque

from voicelive._connection.protocol import Link
from voicelive.turns._answers import Answers
from voicelive.turns._calls import ToolCall
from voicelive.turns._errors import BENIGN, BenignError
from voicelive.turns._listening import Listening
from voicelive.turns._outgoing import cancels_previous
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._requests import Refusal, Request
from voicelive.turns._schedule import Schedule
from voicelive.turns._tasks import Tasks
from voicelive.turns._tools import ToolSet
from voicelive_protocol import (
    ClientEventResponseCancel,
    ClientMessage,
    ErrorCode,
    ReceivedEvent,
    ResponseFunctionCallOutputItem,
    ServerEventConversationItemCreated,
    ServerEventError,
    ServerEventErrorDetails,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventResponseAnimationBlendshapeDelta,
    ServerEventResponseAnimationVisemeDelta,
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioTimestampDelta,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerEventResponseFunctionCallArgumentsDelta,
    ServerEventResponseFunctionCallArgumentsDone,
    ServerEventResponseOutputItemDone,
    ServerEventResponseTextDelta,
    ServerEventSessionCreated,
)

# So many truncations of our own are remembered, to know errors about them.
_REMEMBERED = 64

# What a response consists of while it runs.
_DELTAS = (
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseTextDelta,
    ServerEventResponseAudioTimestampDelta,
    ServerEventResponseAnimationVisemeDelta,
    ServerEventResponseAnimationBlendshapeDelta,
    ServerEventResponseFunctionCallArgumentsDelta,
)


class Conversation:
    """Follows the events of a link, and reacts to them: the rules of `TurnKeeper`.

    Attributes:
        schedule: When responses are requested and cancelled.
        answers: Function calls and their outputs.
        playback: What the listener has heard, if that is counted.
    """

    def __init__(
        self,
        link: Link,
        tools: ToolSet | None,
        playback: PlaybackClock | None,
        *,
        drop_cancelled: bool,
    ) -> None:
        self.playback = playback
        self._link = link
        self._drop_cancelled = drop_cancelled
        self._tasks = Tasks()
        self._listening = Listening()
        self.schedule = Schedule(link, self._tasks, self._listening)
        self.answers = Answers(link, self._tasks, self.schedule, tools)
        self._requests = self.schedule.requests
        self._calls = self.answers.calls
        self._truncations: deque[str] = deque(maxlen=_REMEMBERED)
        self._begun = False

    # --- what the client sends -------------------------------------------------

    async def submit(self, request: Request) -> None:
        """Send a `response.create`, now or in its turn."""
        if cancels_previous(request.event) and not request.beside:
            await self.cancel(ClientEventResponseCancel())
        await self.schedule.submit(request)

    async def cancel(
        self, event: ClientMessage, response_id: str | None = None
    ) -> None:
        """Send a `response.cancel` if it helps, and stop the playback."""
        self._flush(response_id)
        if response_id is not None:
            await self.schedule.cancel_one(event, response_id)
            return
        for round in self._calls:
            round.cancelled = True
        await self.schedule.cancel(event)

    # --- what comes ------------------------------------------------------------

    def notice(self, event: ReceivedEvent) -> bool:
        """Take note of an event; returns whether to deliver it."""
        self.schedule.heard()
        if isinstance(event, _DELTAS):
            if self._drop_cancelled and self.schedule.is_cancelled(event.response_id):
                return False
            if self.playback is not None:
                self.playback.observe(event)
            return True
        self._listening.observe(event)
        if self.playback is not None:
            self.playback.observe(event)
        deliver = True
        match event:
            case ServerEventInputAudioBufferSpeechStarted():
                self._on_speech()
            case ServerEventResponseCreated(response=response):
                self.schedule.created(response)
            case ServerEventResponseDone(response=response):
                if self.schedule.done(response):
                    self.answers.response_done(response)
            case ServerEventResponseFunctionCallArgumentsDone():
                if self._counts(event.response_id):
                    self._calls.add(
                        ToolCall(
                            call_id=event.call_id,
                            name=event.name,
                            arguments=event.arguments,
                            item_id=event.item_id,
                            response_id=event.response_id,
                        )
                    )
            case ServerEventResponseOutputItemDone(response_id=response_id, item=item):
                if self._counts(response_id):
                    self._calls.add_item(response_id, item)
            case ServerEventConversationItemCreated(item=item):
                if isinstance(item, ResponseFunctionCallOutputItem):
                    self._calls.acknowledged(item.call_id)
                    self._requests.acknowledged(item.call_id)
            case ServerEventError(error=error):
                deliver = self._on_error(error)
            case ServerEventSessionCreated(session=session):
                self._on_session(session.id)
            case _:
                pass
        self.schedule.wake()
        return deliver

    def _on_error(self, error: ServerEventErrorDetails) -> bool:
        if error.code == ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE:
            self.schedule.cancel_refused(error.event_id)
        return self._requests.refused(error) is not Refusal.RETRIED

    def _on_session(self, session_id: str | None) -> None:
        if self._begun:
            self._requests.restart(session_id)
            self._calls.restart()
            self._listening.be_quiet()
            if self.playback is not None:
                self.playback.forget()
        self._begun = True

    def _on_speech(self) -> None:
        if not self._listening.interrupts:
            return
        self.schedule.silence()
        self._flush(truncate=not self._listening.truncates)

    def _counts(self, response_id: str) -> bool:
        """Whether function calls of a response are answered to the conversation."""
        requests = self._requests
        return not requests.is_beside(response_id) and not requests.is_over(response_id)

    def _flush(self, response_id: str | None = None, *, truncate: bool = True) -> None:
        """Stop the playback, and tell the service what was heard."""
        if self.playback is None:
            return
        for truncation in self.playback.flush(response_id):
            if truncate:
                truncation.event_id = self.schedule.new_id()
                self._truncations.append(truncation.event_id)
                self._tasks.spawn(self._link.send(truncation))

    def benign(self, event: ServerEventError) -> BenignError | None:
        """Why an `error` event does no harm; None if it does, or may.

        It depends on the state when the event comes.
        """
        code = event.error.code
        if event.error.event_id in self._truncations:
            return BenignError.TRUNCATION_REFUSED
        if code == ErrorCode.INPUT_AUDIO_BUFFER_COMMIT_EMPTY:
            return BenignError.ALREADY_COMMITTED if self._listening.commits else None
        return None if code is None else BENIGN.get(code)

    # --- the end ---------------------------------------------------------------

    async def end(self, error: BaseException) -> None:
        """The link has ended: nobody gets what he waits for."""
        self._requests.fail(error)
        self._calls.clear()
        await self.stop()

    async def stop(self) -> None:
        """End all tasks, tools included."""
        self.schedule.stop()
        await self._tasks.stop()
