"""A link that keeps turns."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import msgspec

from voicelive._errors import ConnectionClosed
from voicelive._link import Link
from voicelive.turns._answers import Answers
from voicelive.turns._calls import ToolCall
from voicelive.turns._errors import BENIGN, BenignError
from voicelive.turns._listening import Listening
from voicelive.turns._outgoing import cancels_previous, of_interest
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._requests import Refusal, Request
from voicelive.turns._schedule import Schedule
from voicelive.turns._tasks import Tasks
from voicelive.turns._tools import ToolSet
from voicelive_protocol import (
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventType,
    ClientMessage,
    ConnectionResources,
    ErrorCode,
    ReceivedEvent,
    Response,
    ResponseCreateParams,
    ResponseFunctionCallOutputItem,
    ServerEventConversationItemCreated,
    ServerEventError,
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


class TurnKeeper(ConnectionResources):
    """A link that keeps turns, over another link.

    It is used like the connection below it: iterate over it, and send through it. All
    it does happens while somebody receives, or in tasks of its own, which end with the
    link or with `close()`.

    **Responses.** One response is active at most. `response.create` that comes earlier
    waits: `send` returns, and the event goes out when those before it have ended, in
    order. Nothing else waits. What waits is also held while the user speaks, and until
    the service has begun the answer to that (at most 2 s); a `response.create` after
    that begin lets it go. A request that collides with a response of which the service
    had not told yet goes out again after its end, and the error is not delivered. A
    response outside of the conversation (`conversation: "none"`) never waits.

    **Cancelling.** `response.cancel` is sent if a response is active. One that was
    requested and has not begun is cancelled when it begins; if there is none either,
    nothing is sent. In each case the playback clock is flushed, and no response follows
    function calls that are under way. A `response.create` with `cancel_previous: true`
    does all this first. When the user interrupts, the service cancels the active
    response; a requested one is cancelled here. Deltas of a cancelled response that
    still come are not delivered (`drop_cancelled`).

    **Function calls.** When a response has ended, those of its calls that are in
    `tools` are run, their outputs are sent in the order of the calls, and one
    `response.create` follows as soon as all calls of the response are answered. It is
    left out when another response has begun after the outputs, as that one knows them.
    Other calls are in `pending_calls`, to be answered with `answer`. The calls of a
    response that was cancelled or has failed are not run.

    **Barge-in.** When the user speaks and the service lets that interrupt, `playback`
    is flushed, and what was heard of the answer is told to the service, unless that
    truncates by itself (`auto_truncate`).

    ```python
    async with connect(...) as connection, TurnKeeper(connection) as keeper:
        await keeper.response.create()
        async for event in keeper:
            ...
    ```

    Args:
        link: The connection, or what is built on one.
        tools: Functions that the model can call.
        playback: Counts what the listener has heard; without one nothing is truncated.
        drop_cancelled: Whether late deltas of cancelled responses are kept from the
            receiver.
    """

    def __init__(
        self,
        link: Link,
        *,
        tools: ToolSet | None = None,
        playback: PlaybackClock | None = None,
        drop_cancelled: bool = True,
    ) -> None:
        self._link = link
        self._playback = playback
        self._drop_cancelled = drop_cancelled
        self._tasks = Tasks()
        self._listening = Listening()
        self._schedule = Schedule(link, self._tasks, self._listening)
        self._requests = self._schedule.requests
        self._answers = Answers(link, self._tasks, self._schedule, tools)
        self._calls = self._answers.calls
        self._truncations: deque[str] = deque(maxlen=_REMEMBERED)
        self._begun = False
        self._attach_resources(self)

    # --- a link ----------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received."""
        return self._link.ready

    @property
    def session_id(self) -> str | None:
        """The id of the session; None until it is ready."""
        return self._link.session_id

    @property
    def closed(self) -> bool:
        """Whether the link is known to have ended."""
        return self._link.closed

    async def recv(self) -> ReceivedEvent:
        """Receive the next event; cancelling loses none.

        Raises:
            ConnectionClosed: The link has ended.
        """
        return await self._receive(self._link.recv)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self._receive(self._link.__anext__)

    async def send(self, event: ClientMessage) -> None:
        """Send an event; `response.create` in its turn, `response.cancel` if it helps.

        Raises:
            ConnectionClosed: The link has ended.
            RuntimeError: 64 responses are waiting already.
            TypeError, ValueError: The event cannot be encoded.
        """
        fields = of_interest(event)
        kind = None if fields is None else fields.get("type")
        if fields is None:
            await self._link.send(event)
        elif kind == ClientEventType.RESPONSE_CREATE:
            await self._submit(self._schedule.request(fields))
        elif kind == ClientEventType.RESPONSE_CANCEL:
            await self._cancel(event, fields.get("response_id") or None)
        else:
            await self._link.send(event)
            self._answers.answered_elsewhere(fields)

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """End all tasks, tools included, and close the link.

        Who waits in `respond` gets `ConnectionClosed`.
        """
        await self._stop()
        try:
            await self._link.close(code=code, reason=reason)
        finally:
            self._requests.fail(ConnectionClosed(code, reason))
            self._calls.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # --- the state -------------------------------------------------------------

    @property
    def playback(self) -> PlaybackClock | None:
        """The playback clock."""
        return self._playback

    @property
    def active_response(self) -> Response | None:
        """The response of the conversation that runs now, as it was created."""
        return self._requests.active

    @property
    def response_requested(self) -> bool:
        """Whether `response.create` was sent and no response has begun yet."""
        return self._requests.requested is not None

    @property
    def waiting_responses(self) -> int:
        """How many `response.create` wait for their turn."""
        return len(self._requests.waiting)

    @property
    def pending_calls(self) -> tuple[ToolCall, ...]:
        """Function calls that the application has to answer, oldest first.

        A call whose function is in `tools` is among them until its response has ended.
        """
        return tuple(self._calls.pending())

    @property
    def running_calls(self) -> tuple[ToolCall, ...]:
        """Function calls for which a function of `tools` is running, oldest first."""
        return tuple(self._calls.running())

    def benign(self, event: ServerEventError) -> BenignError | None:
        """Why an `error` event does no harm; None if it does, or may.

        Ask for it when the event is received: it depends on the state.
        """
        code = event.error.code
        if event.error.event_id in self._truncations:
            return BenignError.TRUNCATION_REFUSED
        if code == ErrorCode.INPUT_AUDIO_BUFFER_COMMIT_EMPTY:
            return BenignError.ALREADY_COMMITTED if self._listening.commits else None
        return None if code is None else BENIGN.get(code)

    # --- more than a link ------------------------------------------------------

    async def respond(
        self,
        *,
        response: ResponseCreateParams | Mapping[str, Any] | None = None,
        additional_instructions: str | None = None,
    ) -> Response:
        """Send `response.create` in its turn, and wait for the end of the response.

        Another task has to receive meanwhile. When cancelled, a request that waits is
        withdrawn; a response that runs goes on.

        Args:
            response: Settings of this response.
            additional_instructions: Text added to the instructions of the session.

        Returns:
            The response of `response.done`: completed, cancelled, incomplete or failed.

        Raises:
            NoResponse: The service refused, or the user spoke before the begin.
            ConnectionClosed: The link has ended.
        """
        fields: dict[str, Any] = {
            "response": response,
            "additional_instructions": additional_instructions,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        result: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        request = self._schedule.request(ClientEventResponseCreate(**given), result)
        try:
            await self._submit(request)
            return await result
        except asyncio.CancelledError:
            self._requests.withdraw(request)
            raise

    async def answer(self, call_id: str, output: object) -> None:
        """Answer a function call of `pending_calls`.

        When all calls of the response are answered, `response.create` follows.

        Args:
            call_id: Identifier of the call.
            output: The result: text as it is, anything else as JSON.

        Raises:
            LookupError: No such call waits for an answer.
            TypeError: The output has no JSON form.
            ConnectionClosed: The link has ended.
        """
        if not isinstance(output, str):
            output = msgspec.json.encode(output).decode()
        await self._answers.answer(call_id, output)

    # --- receiving -------------------------------------------------------------

    async def _receive(
        self, receive: Callable[[], Awaitable[ReceivedEvent]]
    ) -> ReceivedEvent:
        while True:
            try:
                event = await receive()
            except ConnectionClosed as error:
                await self._end(error)
                raise
            except StopAsyncIteration:
                await self._end(await self._why_ended())
                raise
            if self._notice(event):
                return event

    def _notice(self, event: ReceivedEvent) -> bool:
        """Take note of an event; returns whether to deliver it."""
        if isinstance(event, _DELTAS):
            if self._drop_cancelled and self._schedule.is_cancelled(event.response_id):
                return False
            if self._playback is not None:
                self._playback.observe(event)
            return True
        self._listening.observe(event)
        if self._playback is not None:
            self._playback.observe(event)
        deliver = True
        match event:
            case ServerEventInputAudioBufferSpeechStarted():
                self._on_speech()
            case ServerEventResponseCreated(response=response):
                self._schedule.created(response)
            case ServerEventResponseDone(response=response):
                if self._schedule.done(response):
                    self._answers.response_done(response)
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
                refusal = self._requests.refused(error)
                deliver = refusal is not Refusal.RETRIED
            case ServerEventSessionCreated(session=session):
                self._on_session(session.id)
            case _:
                pass
        self._schedule.wake()
        return deliver

    def _on_session(self, session_id: str | None) -> None:
        if self._begun:
            self._requests.restart(session_id)
            self._calls.restart()
            self._listening.be_quiet()
            if self._playback is not None:
                self._playback.forget()
        self._begun = True

    def _on_speech(self) -> None:
        if not self._listening.interrupts:
            return
        self._schedule.silence()
        self._flush(truncate=not self._listening.truncates)

    def _counts(self, response_id: str) -> bool:
        """Whether function calls of a response are answered to the conversation."""
        requests = self._requests
        return not requests.is_beside(response_id) and not requests.is_over(response_id)

    async def _submit(self, request: Request) -> None:
        if cancels_previous(request.event) and not request.beside:
            await self._cancel(ClientEventResponseCancel())
        await self._schedule.submit(request)

    # --- interruptions ---------------------------------------------------------

    async def _cancel(
        self, event: ClientMessage, response_id: str | None = None
    ) -> None:
        self._flush(response_id)
        if response_id is not None:
            await self._schedule.cancel_one(event, response_id)
            return
        for round in self._calls:
            round.cancelled = True
        await self._schedule.cancel(event)

    def _flush(self, response_id: str | None = None, *, truncate: bool = True) -> None:
        """Stop the playback, and tell the service what was heard."""
        if self._playback is None:
            return
        for truncation in self._playback.flush(response_id):
            if truncate:
                truncation.event_id = self._schedule.new_id()
                self._truncations.append(truncation.event_id)
                self._tasks.spawn(self._link.send(truncation))

    # --- the end ---------------------------------------------------------------

    async def _why_ended(self) -> ConnectionClosed:
        try:
            await self._link.recv()
        except ConnectionClosed as error:
            return error
        raise AssertionError("the link has events after its end")

    async def _end(self, error: ConnectionClosed) -> None:
        self._requests.fail(error)
        self._calls.clear()
        await self._stop()

    async def _stop(self) -> None:
        self._schedule.stop()
        await self._tasks.stop()
