"""A connection that keeps turns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from voicelive._connection.protocol import ConnectionProtocol, ConnectionWrapper
from voicelive._errors import ConnectionClosed
from voicelive.turns._client_events import turn_event
from voicelive.turns._controller import TurnController
from voicelive.turns._errors import HarmlessReason
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._results import to_output
from voicelive.turns._tool_calls import ToolCall
from voicelive.turns._tools import ToolSet
from voicelive_protocol import (
    ClientEventResponseCreate,
    ClientEventType,
    ClientMessage,
    ReceivedEvent,
    Response,
    ResponseCreateParams,
    ServerEventError,
)


class TurnKeeper(ConnectionWrapper):
    """A connection that keeps turns, over another connection.

    It is used like the connection below it: iterate over it, and send through it. All
    it does happens while somebody receives, or in tasks of its own, which end with the
    connection or with `close()`.

    **Responses.** One response is active at most. `response.create` that comes earlier
    waits: `send` returns, and the event goes out when those before it have ended, in
    order. Nothing else waits. What waits is also held while the user speaks, and until
    the service has begun the answer to that (at most 2 s); a `response.create` after
    that begin lets it go. A request that collides with a response of which the service
    had not told yet goes out again after its end, and the error is not delivered. A
    response outside of the conversation (`conversation: "none"`) never waits.

    **Lost events.** A response whose end does not come holds up the others until
    nothing at all has come for 30 s; then the next one is sent. If the service refuses
    that, as the response still runs, it waits again. A request on which nothing comes
    for 30 s is given up.

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
    ToolCalls of other functions that the session declares are in `pending_calls`, to be
    answered with `answer`. A function that nothing declares was invented by the model:
    with `tools` it gets an error that names those there are (`refuse_unknown_calls`).
    The calls of a response that was cancelled or has failed are not run.

    **Barge-in.** When the user speaks and the service lets that interrupt, `playback`
    is flushed, and what was heard of the answer is told to the service, unless that
    truncates by itself (`auto_truncate`).

    ```python
    async with connect(...) as connection, TurnKeeper(connection) as keeper:
        await keeper.session.update(session=RequestSession(modalities=["text"]))
        async for event in keeper:
            match event:
                case ServerEventSessionUpdated():  # nothing is accepted before
                    await keeper.response.create()
                case ...
    ```

    Args:
        connection: The connection, or what is built on one.
        tools: Functions that the model can call.
        playback: Counts what the listener has heard; without one nothing is truncated.
        drop_cancelled: Whether late deltas of cancelled responses are kept from the
            receiver.
        refuse_unknown_calls: Whether calls of functions that are neither in `tools` nor
            among the tools of the session are answered with an error, and the
            conversation goes on. False leaves them in `pending_calls`, for an
            application that answers any call itself. Without `tools` all calls are
            there.
    """

    def __init__(
        self,
        connection: ConnectionProtocol,
        *,
        tools: ToolSet | None = None,
        playback: PlaybackClock | None = None,
        drop_cancelled: bool = True,
        refuse_unknown_calls: bool = True,
    ) -> None:
        super().__init__(connection)
        self._controller = TurnController(
            connection,
            tools,
            playback,
            drop_cancelled=drop_cancelled,
            refuse_unknown_calls=refuse_unknown_calls,
        )
        self._queue = self._controller.queue
        self._tool_runner = self._controller.tool_runner
        self._state = self._queue.state
        self._calls = self._tool_runner.calls

    # --- the interface of a connection -----------------------------------------------

    async def recv(self) -> ReceivedEvent:
        """Receive the next event; cancelling loses none.

        Raises:
            ConnectionClosed: The connection has ended.
        """
        return await self._receive(self._connection.recv)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self._receive(self._connection.__anext__)

    async def send(self, event: ClientMessage) -> None:
        """Send an event; `response.create` in its turn, `response.cancel` if it helps.

        Raises:
            ConnectionClosed: The connection has ended.
            RuntimeError: 64 responses are waiting already.
            TypeError, ValueError: The event cannot be encoded.
        """
        if self._connection.closed:
            # Not every event is sent; a loop is not to stop the event loop.
            await asyncio.sleep(0)
        fields = None
        with self._controller.guard:
            fields = turn_event(event)
        kind = None if fields is None else fields.get("type")
        if fields is None:
            await self._connection.send(event)
        elif kind == ClientEventType.RESPONSE_CREATE:
            await self._controller.submit(self._queue.request(fields))
        elif kind == ClientEventType.RESPONSE_CANCEL:
            await self._controller.cancel(event, fields.get("response_id") or None)
        else:
            await self._connection.send(event)
            with self._controller.guard:
                self._tool_runner.item_sent(fields)

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """End all tasks, tools included, and close the connection.

        Who waits in `respond` gets `ConnectionClosed`.
        """
        await self._controller.stop()
        try:
            await self._connection.close(code=code, reason=reason)
        finally:
            self._state.fail(ConnectionClosed(code, reason))
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
        return self._controller.playback

    @property
    def active_response(self) -> Response | None:
        """The response of the conversation that runs now, as it was created."""
        return self._state.active

    @property
    def response_requested(self) -> bool:
        """Whether `response.create` was sent and no response has begun yet."""
        return self._state.requested is not None

    @property
    def waiting_responses(self) -> int:
        """How many `response.create` wait for their turn."""
        return len(self._state.waiting)

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

    def benign(self, event: ServerEventError) -> HarmlessReason | None:
        """Why an `error` event does no harm; None if it does, or may.

        Ask for it when the event is received: it depends on the state.
        """
        return self._controller.benign(event)

    # --- further methods -------------------------------------------------------------

    async def respond(
        self,
        *,
        response: ResponseCreateParams | Mapping[str, Any] | None = None,
        additional_instructions: str | None = None,
    ) -> Response:
        """Send `response.create` in its turn, and wait for the end of the response.

        Another task has to receive meanwhile. When cancelled, a request that waits is
        withdrawn; a response that runs goes on. There is no limit of time: put it into
        `asyncio.timeout` if you need one.

        Args:
            response: Settings of this response.
            additional_instructions: Text added to the instructions of the session.

        Returns:
            The response of `response.done`: completed, cancelled, incomplete or failed.
            If it has function calls, another response follows when they are answered.

        Raises:
            NoResponse: The service refused, the user spoke before the begin, or the
                begin or the end never came.
            ConnectionClosed: The connection has ended.
        """
        fields: dict[str, Any] = {
            "response": response,
            "additional_instructions": additional_instructions,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        result: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        request = self._queue.request(ClientEventResponseCreate(**given), result)
        try:
            await self._controller.submit(request)
            return await result
        except asyncio.CancelledError:
            self._state.withdraw(request)
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
            ConnectionClosed: The connection has ended.
        """
        await self._tool_runner.answer(call_id, to_output(output))

    # --- receiving -------------------------------------------------------------

    async def _receive(
        self, receive: Callable[[], Awaitable[ReceivedEvent]]
    ) -> ReceivedEvent:
        while True:
            try:
                event = await receive()
            except ConnectionClosed as error:
                with self._controller.guard:
                    await self._controller.end(error)
                raise
            except StopAsyncIteration:
                with self._controller.guard:
                    await self._controller.end(await self._why_ended())
                raise
            if self._controller.notice(event):
                return event

    async def _why_ended(self) -> ConnectionClosed:
        try:
            await self._connection.recv()
        except ConnectionClosed as error:
            return error
        raise AssertionError("the connection has events after its end")
