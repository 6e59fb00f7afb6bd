"""Tool runner: function calls, their outputs, and the response that follows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from voicelive._connection.client_events import Fields
from voicelive._connection.protocol import ConnectionProtocol
from voicelive._connection.reading import field, text
from voicelive.turns._response_queue import ResponseQueue
from voicelive.turns._tasks import Tasks
from voicelive.turns._tool_calls import ToolCall, ToolCallBatch, ToolCalls
from voicelive.turns._tools import ToolSet, error_output
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    ClientEventConversationItemCreate,
    FunctionCallOutputItem,
    ItemType,
    Response,
    ToolType,
)

logger = redacting_logger(__name__)


class ToolRunner:
    """Runs functions for the calls of the model and sends their outputs.

    Attributes:
        calls: The unanswered calls.
    """

    def __init__(
        self,
        connection: ConnectionProtocol,
        tasks: Tasks,
        queue: ResponseQueue,
        tools: ToolSet | None,
        *,
        refuse_unknown: bool,
    ) -> None:
        self.calls = ToolCalls()
        self._connection = connection
        self._tasks = tasks
        self._queue = queue
        self._tools = ToolSet() if tools is None else tools
        # Without a tool set all calls are left to the application.
        self._refuse_unknown = refuse_unknown and tools is not None
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
            self._tasks.spawn(self._run(batch, ours))
        self._finish(batch)

    async def answer(self, call_id: str, output: str) -> None:
        """Answer a call for the application.

        Raises:
            LookupError: There is no unanswered call with this identifier.
        """
        batch = self.calls.find_unanswered(call_id)
        if batch is None:
            raise LookupError(f"there is no unanswered call {call_id!r}")
        await self._send(batch, batch.calls[call_id], output)
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
        """Whether the runner answers a call, with a function or with an error."""
        if name in self._tools:
            return True
        return (
            self._refuse_unknown
            and name not in self._session_functions | self._request_functions
        )

    async def _run(self, batch: ToolCallBatch, calls: Sequence[ToolCall]) -> None:
        if self._tools.parallel:
            outputs = await asyncio.gather(*map(self._output, calls))
        else:
            outputs = [await self._output(call) for call in calls]
        for call, output in zip(calls, outputs, strict=True):
            # The application may have answered it in the meantime.
            if call.call_id in batch.unanswered:
                await self._send(batch, call, output)
        self._finish(batch)

    async def _output(self, call: ToolCall) -> str:
        if call.name in self._tools:
            return await self._tools.call(call.name, call.arguments)
        logger.warning(
            "the model called %r, which neither the tools nor the session declare",
            call.name,
        )
        names = sorted(
            {*self._tools, *self._session_functions, *self._request_functions}
        )
        known = f"the functions are: {', '.join(names)}" if names else "there is none"
        return error_output(f"there is no function {call.name!r}; {known}")

    async def _send(self, batch: ToolCallBatch, call: ToolCall, output: str) -> None:
        batch.answer(call.call_id)
        batch.resume = True
        # Append a late output to the history. Inserted after its call, it would appear
        # to predate the messages in between.
        item = FunctionCallOutputItem(call_id=call.call_id, output=output)
        await self._connection.send(ClientEventConversationItemCreate(item=item))

    def _finish(self, batch: ToolCallBatch) -> None:
        """Request the next response if all calls of a batch are answered."""
        if batch.unanswered or not batch.ended:
            return
        self.calls.remove(batch)
        if batch.resume and not batch.cancelled:
            self._queue.resume(set(batch.unacknowledged))


def _function_names(tools: object) -> frozenset[str]:
    """Return the names of the function tools in a list of tools."""
    if not isinstance(tools, list | tuple):
        return frozenset()
    functions = (t for t in tools if field(t, "type") == ToolType.FUNCTION)
    return frozenset(text(tool, "name") for tool in functions)
