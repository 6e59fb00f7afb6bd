"""Tool runner: function calls, their outputs, and the response that follows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from voicelive._connection.client_events import Fields
from voicelive._connection.protocol import ConnectionProtocol
from voicelive._connection.reading import field, text
from voicelive.turns._activity import Activity, InputCount
from voicelive.turns._end_call import end_reason
from voicelive.turns._hang_up import EndedBy, HangUp
from voicelive.turns._response_queue import ResponseQueue
from voicelive.turns._tasks import TurnTasks
from voicelive.turns._tool_calls import ToolCall, ToolCallBatch, ToolCalls
from voicelive.turns._tool_options import Progress, ResultDelivery
from voicelive.turns._tools import ToolSet, error_output
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    ClientEventConversationItemCreate,
    ClientEventResponseCreate,
    FunctionCallOutputItem,
    ItemType,
    Response,
    ToolType,
)

logger = redacting_logger(__name__)

# Outputs of the end-call tool. The user may speak before the end of the call.
_CALL_ENDED = '{"ended": true}'
_CALL_GOES_ON = '{"ended": false, "reason": "the user spoke, so the call goes on"}'

# Time limit for sending the last output.
_LAST_OUTPUT_SECONDS = 1.0


class _Start(NamedTuple):
    """State at the end of the response that makes calls.

    Attributes:
        said: Whether the response has said something.
        input: The input of the user so far.
    """

    said: bool
    input: InputCount


class ToolRunner:
    """Runs functions for the calls of the model and sends their outputs.

    Args:
        connection: The connection.
        tasks: Background tasks of the keeper.
        queue: The queue of responses.
        activity: Activity of the conversation.
        hang_up: Ends the call.
        calls: The unanswered calls.
        tools: The functions, if any.
        interrupt: Stops the active response and its audio.
        refuse_unknown: Whether to answer calls of unknown functions with an error.

    Attributes:
        calls: The unanswered calls.
    """

    def __init__(
        self,
        connection: ConnectionProtocol,
        tasks: TurnTasks,
        queue: ResponseQueue,
        activity: Activity,
        hang_up: HangUp,
        calls: ToolCalls,
        tools: ToolSet | None,
        interrupt: Callable[[], None],
        *,
        refuse_unknown: bool,
    ) -> None:
        self.calls = calls
        self._connection = connection
        self._tasks = tasks
        self._queue = queue
        self._activity = activity
        self._hang_up = hang_up
        self._interrupt = interrupt
        self._tools = ToolSet() if tools is None else tools
        # Without a tool set all calls are left to the application.
        self._refuse_unknown = refuse_unknown and tools is not None
        # Number of progress messages, and whether one is being spoken.
        self._messages = 0
        self._speaking = False
        self._session_functions: frozenset[str] = frozenset()
        self._request_functions: frozenset[str] = frozenset()

    def set_session_tools(self, tools: object) -> None:
        """Store the tools that the session declares, for the application to answer."""
        self._session_functions = _function_names(tools)

    def add_request_tools(self, tools: object) -> None:
        """Add the tools that a `response.create` declares."""
        self._request_functions |= _function_names(tools)

    def response_done(self, response_id: str, response: Response) -> None:
        """Run the calls of a response that has ended."""
        batch = self.calls.end(response_id, response)
        if batch is None:
            return
        ours = [
            call
            for call in batch.calls.values()
            if call.call_id in batch.unanswered and self._handles(call.name)
        ]
        if ours:
            batch.running.update(call.call_id for call in ours)
            start = _Start(_has_message(response), self._activity.user)
            self._tasks.spawn(self._run(batch, ours, start))
        self._finish(batch)

    async def answer(self, call_id: str, output: str, delivery: ResultDelivery) -> None:
        """Answer a call for the application.

        Raises:
            LookupError: There is no unanswered call with this identifier.
        """
        batch = self.calls.find_unanswered(call_id)
        if batch is None:
            raise LookupError(f"there is no unanswered call {call_id!r}")
        await self._send(batch, batch.calls[call_id], output, delivery)
        self._finish(batch)

    def item_sent(self, event: Fields) -> None:
        """Handle an item that the application has sent, which may be an output."""
        item = event.get("item")
        if field(item, "type") != ItemType.FUNCTION_CALL_OUTPUT:
            return
        call_id = text(item, "call_id")
        batch = self.calls.find_unanswered(call_id)
        if batch is not None:
            batch.answer(call_id)
            self._finish(batch)

    def _handles(self, name: str) -> bool:
        """Return whether the runner answers a call, by a function or with an error."""
        if name in self._tools:
            return True
        return (
            self._refuse_unknown
            and name not in self._session_functions | self._request_functions
        )

    async def _run(
        self, batch: ToolCallBatch, calls: Sequence[ToolCall], start: _Start
    ) -> None:
        """Run the calls of a response; the one that ends the call is the last.

        Args:
            batch: All calls of the response.
            calls: The calls to run.
            start: State at the end of the response.
        """
        ends = [c for c in calls if self._tools.options(c.name).end_call is not None]
        await self._run_functions(batch, [call for call in calls if call not in ends])
        if ends:
            await self._end_call(batch, ends, start)
        self._finish(batch)

    async def _run_functions(
        self, batch: ToolCallBatch, calls: Sequence[ToolCall]
    ) -> None:
        if self._tools.parallel:
            outputs = await asyncio.gather(*map(self._output, calls))
        else:
            outputs = [await self._output(call) for call in calls]
        for call, output in zip(calls, outputs, strict=True):
            # The application may have answered it in the meantime.
            if call.call_id in batch.unanswered:
                delivery = self._tools.options(call.name).delivery
                await self._send(batch, call, output, delivery)

    async def _end_call(
        self, batch: ToolCallBatch, calls: Sequence[ToolCall], start: _Start
    ) -> None:
        """End the call when the goodbye was heard, unless the user speaks."""
        options = self._tools.options(calls[0].name).end_call
        assert options is not None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + options.timeout
        goodbye = None
        interruptible = options.interruptible
        if (
            options.goodbye is not None
            and not start.said
            and not self._activity.interrupted(start.input, any_input=interruptible)
        ):
            goodbye = self._queue.request(options.goodbye)
            with contextlib.suppress(RuntimeError):  # the queue is full
                await self._queue.submit(goodbye)
        ids = {call.call_id for call in calls}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while batch.unanswered - ids:
                    await self._activity.wait_for_change()
        heard = await self._hang_up.until_heard(
            start.input, deadline - loop.time(), interruptible=interruptible
        )
        if heard is None:
            if goodbye is not None:
                self._queue.withdraw(goodbye)
            await self._answer_all(batch, calls, _CALL_GOES_ON)
            return
        if self._connection.ready:
            # The history may outlive the connection.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_OUTPUT_SECONDS):
                    await self._answer_all(batch, calls, _CALL_ENDED)
        reason = end_reason(calls[0].arguments)
        await self._hang_up.now(reason, EndedBy.MODEL, heard=heard)

    async def _answer_all(
        self, batch: ToolCallBatch, calls: Sequence[ToolCall], output: str
    ) -> None:
        for call in calls:
            await self._send(batch, call, output, ResultDelivery.SILENT)

    async def _output(self, call: ToolCall) -> str:
        if call.name in self._tools:
            return await self._run_tool(call)
        logger.warning(
            "the model called %r, which neither the tools nor the session declare",
            call.name,
        )
        names = sorted(
            {*self._tools, *self._session_functions, *self._request_functions}
        )
        known = f"the functions are: {', '.join(names)}" if names else "there is none"
        return error_output(f"there is no function {call.name!r}; {known}")

    async def _run_tool(self, call: ToolCall) -> str:
        progress = self._tools.options(call.name).progress
        reports = None
        if progress is not None:
            reports = self._tasks.spawn(self._report(progress))
        try:
            return await self._tools.call(call.name, call.arguments)
        finally:
            if reports is not None:
                reports.cancel()

    async def _report(self, progress: Progress) -> None:
        """Have the assistant report the progress of a tool, until cancelled."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        wait: float | None = progress.after
        while wait is not None:
            await asyncio.sleep(wait)
            before, overlaps = self._messages, self._speaking
            await self._activity.until_silent()
            event = await progress.next_event(loop.time() - began)
            # The function may have taken its time.
            await self._activity.until_silent()
            # One message is enough for functions that run at the same time.
            if event is not None and not overlaps and self._messages == before:
                await self._speak(event)
            wait = progress.every

    async def _speak(self, event: ClientEventResponseCreate) -> None:
        """Request a response that does not answer the outputs of functions."""
        request = self._queue.request(event)
        request.uses_history = False
        self._messages += 1
        self._speaking = True
        try:
            await self._queue.submit(request)
            await self._activity.until_silent()
        finally:
            self._speaking = False
            # It may collide with another response, or have done so.
            self._queue.withdraw(request)

    async def _send(
        self,
        batch: ToolCallBatch,
        call: ToolCall,
        output: str,
        delivery: ResultDelivery,
    ) -> None:
        batch.answer(call.call_id)
        batch.deliveries.add(delivery)
        # Append a late output to the history. Inserted after its call, it would appear
        # to predate the messages in between.
        item = FunctionCallOutputItem(call_id=call.call_id, output=output)
        await self._connection.send(ClientEventConversationItemCreate(item=item))

    def _finish(self, batch: ToolCallBatch) -> None:
        """Request the next response if all calls of a batch are answered."""
        self._activity.changed()
        if batch.unanswered or not batch.ended:
            return
        self.calls.remove(batch)
        wanted = batch.deliveries - {ResultDelivery.SILENT}
        if not wanted or batch.cancelled:
            return
        if ResultDelivery.INTERRUPT in wanted:
            self._interrupt()
            self._queue.resume(set(batch.unacknowledged), first=True)
        else:
            self._queue.resume(set(batch.unacknowledged))


def _has_message(response: Response) -> bool:
    """Return whether a response has said something."""
    items = response.output or ()
    return any(field(item, "type") == ItemType.MESSAGE for item in items)


def _function_names(tools: object) -> frozenset[str]:
    """Return the names of the function tools in a list of tools."""
    if not isinstance(tools, list | tuple):
        return frozenset()
    functions = (t for t in tools if field(t, "type") == ToolType.FUNCTION)
    return frozenset(text(tool, "name") for tool in functions)
