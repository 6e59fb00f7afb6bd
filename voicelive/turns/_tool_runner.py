"""Tool runner: answers function calls, and has the conversation go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from voicelive._connection.protocol import ConnectionProtocol
from voicelive.turns._outgoing import Fields, answered_call
from voicelive.turns._reading import field, text
from voicelive.turns._response_queue import Schedule
from voicelive.turns._tasks import Tasks
from voicelive.turns._tool_calls import Calls, Round, ToolCall
from voicelive.turns._tools import ToolSet, error_output
from voicelive_protocol import (
    ClientEventConversationItemCreate,
    FunctionCallOutputItem,
    Response,
    ToolType,
)
from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive.turns")


class Answers:
    """Runs functions for the calls of the model, and sends what they return.

    Attributes:
        calls: The calls that are not answered.
    """

    def __init__(
        self,
        connection: ConnectionProtocol,
        tasks: Tasks,
        schedule: Schedule,
        tools: ToolSet | None,
        *,
        refuse_unknown: bool,
    ) -> None:
        self.calls = Calls()
        self._connection = connection
        self._tasks = tasks
        self._schedule = schedule
        self._tools = ToolSet() if tools is None else tools
        # Without a tool set the application answers all calls itself.
        self._refuse_unknown = refuse_unknown and tools is not None
        self._of_session: frozenset[str] = frozenset()
        self._of_requests: frozenset[str] = frozenset()

    def session_has(self, tools: object) -> None:
        """Note the tools of the session: the application answers those it declared."""
        self._of_session = _function_names(tools)

    def request_has(self, tools: object) -> None:
        """Note the tools of a `response.create`, likewise."""
        self._of_requests |= _function_names(tools)

    def response_done(self, response_id: str, response: Response) -> None:
        """Run the calls of a response of the conversation that has ended."""
        round = self.calls.end(response_id, response)
        if round is None:
            return
        ours = [
            call
            for call in round.calls.values()
            if call.call_id in round.open and self._is_ours(call.name)
        ]
        if ours:
            round.running.update(call.call_id for call in ours)
            self._tasks.spawn(self._run(round, ours))
        self._finish(round)

    async def answer(self, call_id: str, output: str) -> None:
        """Answer a call for the application.

        Raises:
            LookupError: No such call waits for an answer.
        """
        round = self.calls.with_open(call_id)
        if round is None:
            raise LookupError(f"no call {call_id!r} waits for an answer")
        await self._send(round, round.calls[call_id], output)
        self._finish(round)

    def answered_elsewhere(self, event: Fields) -> None:
        """The application has sent an item, which may be an output."""
        call_id = answered_call(event)
        round = None if call_id is None else self.calls.with_open(call_id)
        if round is not None and call_id is not None:
            round.answer(call_id)
            self._finish(round)

    def _is_ours(self, name: str) -> bool:
        """Whether a call is answered here: by a function, or as one that is unknown."""
        if name in self._tools:
            return True
        return self._refuse_unknown and name not in self._of_session | self._of_requests

    async def _run(self, round: Round, calls: Sequence[ToolCall]) -> None:
        if self._tools.parallel:
            outputs = await asyncio.gather(*map(self._output, calls))
        else:
            outputs = [await self._output(call) for call in calls]
        for call, output in zip(calls, outputs, strict=True):
            # The application may have been faster.
            if call.call_id in round.open:
                await self._send(round, call, output)
        self._finish(round)

    async def _output(self, call: ToolCall) -> str:
        if call.name in self._tools:
            return await self._tools.call(call.name, call.arguments)
        _LOG.warning(
            "the model called %r, which is no function of the tools or the session",
            call.name,
        )
        names = sorted({*self._tools, *self._of_session, *self._of_requests})
        known = f"the functions are: {', '.join(names)}" if names else "there is none"
        return error_output(f"there is no function {call.name!r}; {known}")

    async def _send(self, round: Round, call: ToolCall, output: str) -> None:
        round.answer(call.call_id)
        round.resume = True
        # At the end of the history, also if the talk has gone on: put behind its call,
        # a late output would look as if it had been spoken of.
        item = FunctionCallOutputItem(call_id=call.call_id, output=output)
        await self._connection.send(ClientEventConversationItemCreate(item=item))

    def _finish(self, round: Round) -> None:
        """Go on with the conversation if all calls of a round are answered."""
        if round.open or not round.ended:
            return
        self.calls.remove(round)
        if round.resume and not round.cancelled:
            self._schedule.resume(set(round.unheard))


def _function_names(tools: object) -> frozenset[str]:
    """Return the names of the functions in a list of tools."""
    if not isinstance(tools, list | tuple):
        return frozenset()
    functions = (t for t in tools if field(t, "type") == ToolType.FUNCTION)
    return frozenset(text(tool, "name") for tool in functions)
