"""Journey with a function call."""

from __future__ import annotations

from voicelive_loadtest.callers.call import Call, speaking_session
from voicelive_loadtest.callers.samples import Interval
from voicelive_protocol import (
    FunctionCallOutputItem,
    FunctionTool,
    ResponseCreateParams,
    ToolChoiceLiteral,
)

_TOOL = FunctionTool(
    name="look_up_answer",
    description="Looks up the answer to any question. It takes a while.",
    parameters={
        "type": "object",
        "properties": {"question": {"type": "string"}},
        "required": ["question"],
    },
)
_RESULT = '{"answer": "It opens at nine and closes at six."}'


async def tool_call(call: Call) -> None:
    """Ask questions that require a slow tool, for several turns.

    `tool_choice` forces a call of the tool, and then a response without one.
    """
    await call.configure(
        speaking_session(
            call.settings, tools=[_TOOL], tool_choice=ToolChoiceLiteral.REQUIRED
        )
    )
    call.open_microphone()
    for number in range(call.settings.turns):
        if number:
            await call.pause(call.settings.think)
        if call.stopping:
            return
        turn = call.say(call.any_clip())
        if not await call.response_ends(turn) or not turn.tool_calls:
            await call.finish(turn)
            continue
        tools = list(turn.tool_calls)
        due = tools[-1].at + call.settings.tool / call.speed
        await call.listen_until(due)
        turn.expect(due, Interval.TOOL)
        for tool in tools:
            await call.connection.conversation.item.create(
                item=FunctionCallOutputItem(call_id=tool.call_id, output=_RESULT)
            )
        await call.connection.response.create(
            response=ResponseCreateParams(tool_choice=ToolChoiceLiteral.NONE)
        )
        await call.finish(turn)
