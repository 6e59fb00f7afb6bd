"""Turn keeper: a connection wrapper that applies the rules of a conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from voicelive._checks import check_instance, check_seconds, check_text
from voicelive._connection.client_events import event_type, read_fields
from voicelive._connection.protocol import ConnectionProtocol
from voicelive._errors import ConnectionClosed
from voicelive.conversation import Conversation
from voicelive.conversation._conversation import follow
from voicelive.turns._controller import INPUT_EVENTS, TurnController
from voicelive.turns._hang_up import EndedBy
from voicelive.turns._playback import PlaybackClock
from voicelive.turns._properties import TurnProperties
from voicelive.turns._results import to_output
from voicelive.turns._silence_watch import SilenceWatch
from voicelive.turns._tool_options import ResultDelivery, check_delivery
from voicelive.turns._tools import ToolSet
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import (
    ClientEventResponseCreate,
    ClientEventType,
    ClientMessage,
    ReceivedEvent,
    Response,
    ResponseCreateParams,
)

# The only sent events that affect turns.
_TURN_EVENTS = frozenset(
    {
        ClientEventType.RESPONSE_CREATE,
        ClientEventType.RESPONSE_CANCEL,
        ClientEventType.CONVERSATION_ITEM_CREATE,
    }
)


class TurnKeeper(TurnProperties):
    """A connection wrapper that applies the rules of a conversation.

    Use it like the connection that it wraps: iterate over it and send through it. It
    works while the application receives, and in background tasks, which end with the
    connection or with `close()`.

    **Responses.** At most one response is active. A `response.create` that is sent
    earlier is queued: `send` returns, and the event is sent in order, when the
    responses before it have ended. Other events are never queued. The queue is also
    held while the user speaks, and until the service has started its response to that
    (at most 2 s); a `response.create` after the start of the speech releases it. A
    request that collides with a response that the service has not announced yet is
    repeated after that response, and the error is not delivered. Out-of-band responses
    (`conversation: "none"`) bypass the queue.

    **Lost events.** If the end of the active response is lost, the next request is sent
    after 30 s without any event. If the service refuses it because the response is
    still active, it is queued again. A request without a response is dropped after 30 s
    without any event.

    **Cancellation.** `response.cancel` is sent if a response is active. A response that
    was requested but has not started is cancelled when it starts; if there is neither,
    nothing is sent. In each case the playback clock is flushed, and no response follows
    the running function calls. A `response.create` with `cancel_previous: true` does
    the same before it is queued. When the user interrupts, the service cancels the
    active response; the keeper cancels a requested one. Late deltas of a cancelled
    response are not delivered (`drop_cancelled`).

    **Function calls.** When a response has ended, the keeper runs those of its calls
    that are in `tools`, sends their outputs in the order of the calls, and sends one
    `response.create` when all calls of the response are answered. It omits that request
    if another response has started after the outputs, which includes them. Calls of
    other functions that the session declares are in `pending_calls`, to be answered
    with `answer`. With `tools`, a call of an undeclared function is answered with an
    error that lists the available functions (`refuse_unknown_calls`). Calls of a
    cancelled or failed response are not run. `ToolSet.add` has options for functions
    that take long.

    **Barge-in.** When the user speaks and turn detection allows interruption,
    `playback` is flushed, and the item is truncated at the position that was heard,
    unless the service truncates by itself (`auto_truncate`).

    ```python
    async with connect(...) as connection, TurnKeeper(connection) as keeper:
        await keeper.session.update(session=RequestSession(modalities=["text"]))
        async for event in keeper:
            match event:
                case ServerEventSessionUpdated():  # required before other events
                    await keeper.response.create()
                case ...
    ```

    Args:
        connection: The connection to wrap.
        tools: Functions that the model can call.
        playback: Tracks the playback position; without one nothing is truncated.
        silence: Reprompts a silent user, then hangs up.
        drop_cancelled: Whether to drop late deltas of cancelled responses.
        refuse_unknown_calls: Whether to answer calls of functions that are neither in
            `tools` nor among the tools of the session with an error. False leaves them
            in `pending_calls` for the application. Without `tools` all calls are left
            there.

    Attributes:
        conversation: Account of the conversation, which begins with the keeper.
    """

    conversation: Conversation

    def __init__(
        self,
        connection: ConnectionProtocol,
        *,
        tools: ToolSet | None = None,
        playback: PlaybackClock | None = None,
        silence: SilenceWatch | None = None,
        drop_cancelled: bool = True,
        refuse_unknown_calls: bool = True,
    ) -> None:
        if silence is not None:
            check_instance("silence", silence, SilenceWatch)
        super().__init__(connection)
        self._controller = TurnController(
            self._connection,
            tools,
            playback,
            self._hang_up,
            silence=silence,
            keeper=self,
            drop_cancelled=drop_cancelled,
            refuse_unknown_calls=refuse_unknown_calls,
        )
        self._connection.state.pauses.append(lambda: self.idle)
        account = follow(self._connection.state)
        self.conversation = Conversation(self, account)  # pyright: ignore[reportIncompatibleVariableOverride]
        self._queue = self._controller.queue
        self._tool_runner = self._controller.tool_runner
        self._requests = self._queue.requests
        self._calls = self._tool_runner.calls

    # --- connection ------------------------------------------------------------

    async def recv(self) -> ReceivedEvent:
        """Receive the next event. Cancellation does not lose events.

        Raises:
            ConnectionClosed: The connection has ended.
        """
        return await self._receive(self._connection.recv)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self._receive(self._connection.__anext__)

    async def send(self, event: ClientMessage) -> None:
        """Send an event, queue a `response.create`, skip a needless `response.cancel`.

        Raises:
            ConnectionClosed: The connection has ended.
            RuntimeError: 64 requests are already queued.
            TypeError, ValueError: The event cannot be encoded.
        """
        if self._connection.closed:
            # Yield even if nothing is sent, so that a busy loop cannot block.
            await asyncio.sleep(0)
        fields, kind = None, ""
        with self._controller.guard:
            kind = event_type(event)
            if kind in _TURN_EVENTS:
                fields = read_fields(event, _TURN_EVENTS)
        if fields is None:
            await self._connection.send(event)
            if kind in INPUT_EVENTS:
                self._controller.input_sent(kind)
        elif kind == ClientEventType.RESPONSE_CREATE:
            await self._controller.submit(self._queue.request(fields))
        elif kind == ClientEventType.RESPONSE_CANCEL:
            await self._controller.cancel(event, fields.get("response_id") or None)
        else:
            await self._connection.send(event)
            with self._controller.guard:
                self._controller.item_sent(fields)

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """End all tasks, tools included, and close the connection.

        Pending `respond` calls raise `ConnectionClosed`.
        """
        await self._controller.stop()
        try:
            await self._connection.close(code=code, reason=reason)
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

    # --- requests --------------------------------------------------------------

    async def respond(
        self,
        *,
        response: ResponseCreateParams | Mapping[str, Any] | None = None,
        additional_instructions: str | None = None,
    ) -> Response:
        """Queue a `response.create` and wait for the end of the response.

        Another task has to receive. Cancellation withdraws a queued request but does
        not stop an active response. There is no timeout: use `asyncio.timeout`.

        Args:
            response: Settings of this response.
            additional_instructions: Text added to the instructions of the session.

        Returns:
            The response of `response.done`: completed, cancelled, incomplete or failed.
            If it has function calls, another response follows when they are answered.

        Raises:
            NoResponse: The service refused the request, the user spoke before the
                response started, or its start or end was lost.
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
            self._requests.withdraw(request)
            raise

    async def answer(
        self,
        call_id: str,
        output: object,
        *,
        delivery: ResultDelivery | str = ResultDelivery.WHEN_IDLE,
    ) -> None:
        """Answer a function call of `pending_calls`.

        When all calls of the response are answered, the next response is requested.

        Args:
            call_id: Identifier of the call.
            output: The result: a string is sent unchanged, other values as JSON.
            delivery: What follows the result; see `ToolSet.add`.

        Raises:
            LookupError: There is no unanswered call with this identifier.
            TypeError: The output has no JSON form.
            ValueError: There is no such delivery.
            ConnectionClosed: The connection has ended.
        """
        await self._tool_runner.answer(
            call_id, to_output(output), check_delivery(delivery)
        )

    async def hang_up(
        self,
        *,
        reason: str = "",
        timeout: float = 30.0,  # noqa: ASYNC109, the call ends after it
    ) -> None:
        """Close the connection when the assistant was heard to the end.

        Waits until no response is active, requested or queued and its audio was played,
        by the playback clock or, without one, by an estimate. If the user interrupts
        the assistant, the call ends at once. Functions that are running then are
        cancelled. `call_end` has the result.

        Another task has to receive.

        Args:
            reason: Reason for `call_end`, the log, and the service, which gets it as
                the close reason; "" by default.
            timeout: Seconds after which the call ends in any case; 30 by default.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: The timeout is negative.
        """
        check_text("reason", reason)
        check_seconds("timeout", timeout)
        hang_up = self._controller.hang_up
        heard = await hang_up.until_heard(
            self._controller.activity.user, timeout, interruptible=False
        )
        await hang_up.now(reason, EndedBy.APPLICATION, heard=bool(heard))

    async def _hang_up(self, reason: str) -> None:
        await self.close(reason=reason)

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
