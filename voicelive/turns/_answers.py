"""Answers function calls, and has the conversation go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from voicelive._connection.protocol import Link
from voicelive.turns._calls import Calls, Round, ToolCall
from voicelive.turns._outgoing import Fields, answered_call
from voicelive.turns._schedule import Schedule
from voicelive.turns._tasks import Tasks
from voicelive.turns._tools import ToolSet
from voicelive_protocol import (
    ClientEventConversationItemCreate,
    FunctionCallOutputItem,
    Response,
)


class Answers:
    """Runs functions for the calls of the model, and sends what they return.

    Attributes:
        calls: The calls that are not answered.
    """

    def __init__(
        self, link: Link, tasks: Tasks, schedule: Schedule, tools: ToolSet | None
    ) -> None:
        self.calls = Calls()
        self._link = link
        self._tasks = tasks
        self._schedule = schedule
        self._tools = ToolSet() if tools is None else tools

    def response_done(self, response_id: str, response: Response) -> None:
        """Run the calls of a response of the conversation that has ended."""
        round = self.calls.end(response_id, response)
        if round is None:
            return
        ours = [
            call
            for call in round.calls.values()
            if call.name in self._tools and call.call_id in round.open
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

    async def _run(self, round: Round, calls: Sequence[ToolCall]) -> None:
        tools = self._tools
        if tools.parallel:
            outputs = await asyncio.gather(
                *(tools.call(call.name, call.arguments) for call in calls)
            )
        else:
            outputs = [await tools.call(call.name, call.arguments) for call in calls]
        for call, output in zip(calls, outputs, strict=True):
            # The application may have been faster.
            if call.call_id in round.open:
                await self._send(round, call, output)
        self._finish(round)

    async def _send(self, round: Round, call: ToolCall, output: str) -> None:
        round.answer(call.call_id)
        round.resume = True
        # At the end of the history, also if the talk has gone on: put behind its call,
        # a late output would look as if it had been spoken of.
        item = FunctionCallOutputItem(call_id=call.call_id, output=output)
        await self._link.send(ClientEventConversationItemCreate(item=item))

    def _finish(self, round: Round) -> None:
        """Go on with the conversation if all calls of a round are answered."""
        if round.open or not round.ended:
            return
        self.calls.remove(round)
        if round.resume and not round.cancelled:
            self._schedule.resume(set(round.unheard))
