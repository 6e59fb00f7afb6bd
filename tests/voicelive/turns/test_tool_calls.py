"""Function calls in a conversation."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.voicelive.turns.service import (
    Event,
    Talk,
    call,
    calling,
    created,
    done,
    session,
    talk,
    text,
    user_message,
)
from voicelive.aio import ConnectionClosed
from voicelive.turns import ToolSet

pytestmark = pytest.mark.virtual_time


def weather(**options: Any) -> tuple[ToolSet, list[str]]:
    """Return a tool set with one function, and the list of its arguments."""
    tools, asked = ToolSet(**options), list[str]()

    @tools.tool
    async def get_weather(city: str) -> str:
        asked.append(city)
        return f"fog in {city}"

    return tools, asked


OPEN_DOOR = {"type": "function", "name": "open_door"}


def in_city(call_id: str, city: str) -> Event:
    return call(call_id, "get_weather", json.dumps({"city": city}))


async def output(t: Talk) -> tuple[str, str]:
    """Return the call id and the output that the keeper sends next."""
    item = (await t.sent("conversation.item.create"))["item"]
    assert item["type"] == "function_call_output"
    return item["call_id"], item["output"]


async def test_a_call_is_answered_and_the_response_resumed() -> None:
    """After `response.done` the output and one `response.create` are sent."""
    tools, asked = weather()
    async with talk(tools=tools) as t:
        events = calling("resp_1", in_city("call_1", "Rome"))
        await t.comes(*events[:-1])
        await t.nothing_sent()
        assert not asked
        await t.comes(events[-1])
        assert await output(t) == ("call_1", "fog in Rome")
        await t.sent("response.create")
        await t.nothing_sent()
        assert t.keeper.running_calls == t.keeper.pending_calls == ()


async def test_several_calls_are_resumed_once() -> None:
    """Parallel calls run concurrently and are answered in order, with one response."""
    tools, both = ToolSet(), asyncio.Barrier(2)

    @tools.tool
    async def slow_first(n: int) -> int:
        await both.wait()
        await asyncio.sleep(0.01 if n == 1 else 0)
        return n

    async with talk(tools=tools) as t:
        calls = [call(f"call_{n}", "slow_first", json.dumps({"n": n})) for n in (1, 2)]
        await t.comes(*calling("resp_1", *calls))
        assert [c.call_id for c in t.keeper.running_calls] == ["call_1", "call_2"]
        assert await output(t) == ("call_1", "1")
        assert await output(t) == ("call_2", "2")
        await t.sent("response.create")
        await t.nothing_sent()


async def test_calls_one_after_another() -> None:
    """With `parallel=False` calls run one after the other."""
    tools, running, most = ToolSet(parallel=False), 0, 0

    @tools.tool
    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", *(call(f"c{n}", "work") for n in range(3))))
        assert [(await output(t))[0] for _ in range(3)] == ["c0", "c1", "c2"]
        await t.sent("response.create")
        assert most == 1


async def test_events_are_delivered_while_a_function_runs() -> None:
    """A slow function does not block the conversation."""
    tools, ready = ToolSet(), asyncio.Event()
    tools.add(ready.wait, name="wait")
    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "wait")), created("resp_2"))
        assert len(await t.comes(text("resp_2", "still here"))) == 1
        await t.comes(done("resp_2"))
        await t.nothing_sent()
        ready.set()
        assert await output(t) == ("call_1", "true")
        await t.sent("response.create")


async def test_calls_that_come_twice_are_answered_once() -> None:
    """A call in several events is run once."""
    tools, asked = weather()
    async with talk(tools=tools) as t:
        events = calling("resp_1", in_city("call_1", "Rome"))
        await t.comes(*(event for event in events for _ in range(2)))
        await t.comes(*events)
        await output(t)
        await t.sent("response.create")
        await t.nothing_sent()
        assert asked == ["Rome"]


async def test_a_call_that_only_the_end_tells_of() -> None:
    """If the events of a call are lost, `response.done` is enough."""
    tools, _ = weather()
    async with talk(tools=tools) as t:
        item = in_city("call_1", "Rome")
        await t.comes(created("resp_1"), done("resp_1", "completed", item))
        assert await output(t) == ("call_1", "fog in Rome")


async def test_an_end_that_does_not_tell_the_output() -> None:
    """`output` of `response.done` may be null."""
    tools, _ = weather()
    async with talk(tools=tools) as t:
        *events, end = calling("resp_1", in_city("call_1", "Rome"))
        end["response"]["output"] = None
        await t.comes(*events, end)
        assert await output(t) == ("call_1", "fog in Rome")


@pytest.mark.parametrize("status", ["cancelled", "failed"])
async def test_calls_of_a_broken_response_are_dropped(status: str) -> None:
    """The calls of a failed or cancelled response are not run."""
    tools, asked = weather()
    async with talk(tools=tools) as t:
        *events, end = calling("resp_1", in_city("call_1", "Rome"))
        end["response"]["status"] = status
        await t.comes(*events, end)
        await t.nothing_sent()
        assert asked == []
        with pytest.raises(LookupError):
            await t.keeper.answer("call_1", "too late")


async def test_a_call_that_was_cut_off_is_dropped() -> None:
    """Only the complete calls of an incomplete response are run."""
    tools, asked = weather()
    async with talk(tools=tools) as t:
        whole, half = in_city("call_1", "Rome"), call("call_2", "get_weather", '{"ci')
        half["status"] = "incomplete"
        *events, end = calling("resp_1", whole, half)
        end["response"]["status"] = "incomplete"
        await t.comes(*events, end)
        assert await output(t) == ("call_1", "fog in Rome")
        await t.sent("response.create")
        assert asked == ["Rome"]


async def test_calls_outside_of_the_conversation_are_left_alone() -> None:
    """Calls of out-of-band responses are not answered: the history lacks them."""
    tools, _ = weather()
    async with talk(tools=tools) as t:
        await t.keeper.response.create(response={"conversation": "none"})
        await t.sent("response.create")
        events = calling("resp_1", in_city("call_1", "Rome"))
        await t.comes(created("resp_1", None), *events[1:])
        await t.nothing_sent()
        assert t.keeper.pending_calls == ()


async def test_other_calls_are_left_to_the_application() -> None:
    """Calls of functions that only the session declares are pending for `answer`."""
    tools, _ = weather()
    async with talk(tools=tools) as t:
        await t.comes(session(tools=[OPEN_DOOR]) | {"type": "session.updated"})
        other = call("call_2", "open_door", '{"door": 2}')
        await t.comes(*calling("resp_1", in_city("call_1", "Rome"), other))
        assert await output(t) == ("call_1", "fog in Rome")
        await t.nothing_sent()
        [pending] = t.keeper.pending_calls
        assert (pending.name, pending.arguments) == ("open_door", '{"door": 2}')
        assert (pending.response_id, pending.item_id) == ("resp_1", "item_call_2")
        await t.keeper.answer("call_2", {"open": True})
        assert await output(t) == ("call_2", '{"open":true}')
        await t.sent("response.create")
        with pytest.raises(LookupError, match="call_2"):
            await t.keeper.answer("call_2", "again")


async def test_an_invented_function_is_answered_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The model gets the names of the available functions."""
    tools, asked = weather()
    async with talk(tools=tools) as t:
        await t.comes(session(tools=[OPEN_DOOR]) | {"type": "session.updated"})
        invented = call("call_2", "get_wether", '{"city": "Oslo"}')
        await t.comes(*calling("resp_1", in_city("call_1", "Rome"), invented))
        assert await output(t) == ("call_1", "fog in Rome")
        call_id, text = await output(t)
        assert call_id == "call_2"
        assert json.loads(text) == {
            "error": "there is no function 'get_wether'; "
            "the functions are: get_weather, open_door"
        }
        await t.sent("response.create")
        assert t.keeper.pending_calls == ()
    assert asked == ["Rome"]
    [record] = [r for r in caplog.records if r.levelname == "WARNING"]
    assert "get_wether" in record.getMessage()


@pytest.mark.parametrize("tools", [None, ToolSet()])
async def test_an_application_may_answer_any_call(tools: ToolSet | None) -> None:
    """Without a tool set, or with the option, all calls are pending."""
    options: dict[str, Any] = {} if tools is None else {"refuse_unknown_calls": False}
    async with talk(tools=tools, **options) as t:
        await t.comes(*calling("resp_1", call("call_1", "whatever")))
        await t.nothing_sent()
        [pending] = t.keeper.pending_calls
        assert pending.name == "whatever"


async def test_functions_of_one_response_are_the_application_s() -> None:
    """Functions that `response.create` declares are answered by the application."""
    async with talk(tools=weather()[0]) as t:
        await t.keeper.response.create(response={"tools": [OPEN_DOOR]})
        await t.sent("response.create")
        await t.comes(*calling("resp_1", call("call_1", "open_door")))
        await t.nothing_sent()
        [pending] = t.keeper.pending_calls
        assert pending.name == "open_door"


async def test_an_answer_before_the_end_of_the_response() -> None:
    """`answer` may precede the end of the response, which the next one waits for."""
    async with talk() as t:
        *events, end = calling("resp_1", call("call_1", "open_door"))
        await t.comes(*events)
        await t.keeper.answer("call_1", "open")
        assert await output(t) == ("call_1", "open")
        await t.nothing_sent()
        await t.comes(end)
        await t.sent("response.create")


async def test_an_answer_before_the_next_call_is_known() -> None:
    """One response follows all calls, also after an early answer."""
    async with talk() as t:
        calls = [call(f"call_{n}", "open_door") for n in (1, 2)]
        events = calling("resp_1", *calls)
        await t.comes(*events[:5])
        await t.keeper.answer("call_1", "open")
        assert await output(t) == ("call_1", "open")
        await t.comes(*events[5:])
        await t.nothing_sent()
        await t.keeper.answer("call_2", "open")
        assert await output(t) == ("call_2", "open")
        await t.sent("response.create")
        await t.comes(created("resp_2"), done("resp_2"))
        await t.nothing_sent()


async def test_an_application_that_does_it_all_itself() -> None:
    """No response is requested after outputs that the application sends itself."""
    async with talk() as t:
        *events, end = calling("resp_1", call("call_1", "open_door"))
        await t.comes(*events)
        item = {"type": "function_call_output", "call_id": "call_1", "output": "open"}
        await t.keeper.conversation.item.create(item=item)
        await t.keeper.response.create()
        await t.sent("conversation.item.create")
        await t.nothing_sent()
        await t.comes(end)
        await t.sent("response.create")
        await t.comes(created("resp_2"), done("resp_2"))
        await t.nothing_sent()
        assert t.keeper.pending_calls == ()


async def test_an_application_that_answers_a_running_call() -> None:
    """An answer of the application takes precedence over a later result."""
    tools, ready = ToolSet(), asyncio.Event()
    tools.add(ready.wait, name="wait")
    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "wait")))
        await t.keeper.answer("call_1", "never mind")
        assert await output(t) == ("call_1", "never mind")
        await t.sent("response.create")
        ready.set()
        await t.nothing_sent()


async def test_late_outputs_are_appended() -> None:
    """Late outputs are appended to the history."""
    tools, ready = ToolSet(), asyncio.Event()
    tools.add(ready.wait, name="wait")
    async with talk(tools=tools) as t:
        calls = call("call_1", "wait"), call("call_2", "wait")
        await t.comes(*calling("resp_1", *calls), user_message())
        ready.set()
        for call_id in ("call_1", "call_2"):
            event = await t.sent("conversation.item.create")
            assert event["item"]["call_id"] == call_id
            assert "previous_item_id" not in event


async def test_the_end_of_the_connection_ends_functions() -> None:
    """The end of the connection cancels running functions."""
    tools, begun, ended = ToolSet(), asyncio.Event(), list[str]()

    @tools.tool
    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "endless")))
        await begun.wait()
        await t.peer.hang_up()
        with pytest.raises(ConnectionClosed):
            await t.keeper.recv()
        assert ended == ["endless"]


async def test_closing_ends_functions() -> None:
    """`close` waits for the functions that it cancels."""
    tools, begun, ended = ToolSet(), asyncio.Event(), list[str]()

    @tools.tool
    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("endless")

    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "endless")))
        await begun.wait()
        closing = asyncio.create_task(t.keeper.close())
        await t.peer.receive()
        await t.peer.close(1000)
        await closing
        assert ended == ["endless"]


async def test_a_function_may_close() -> None:
    """A function that closes the connection does not wait for itself."""
    tools = ToolSet()
    async with talk(tools=tools) as t:
        tools.add(t.keeper.close, name="hang_up")
        await t.comes(*calling("resp_1", call("call_1", "hang_up")))
        async with asyncio.timeout(5):
            assert (await t.peer.receive()).closing[0] == 1000
        await t.peer.close(1000)
        with pytest.raises(ConnectionClosed):
            await t.keeper.recv()


async def test_calls_of_a_session_that_was_lost() -> None:
    """Calls of a response that a new session interrupted are dropped."""
    async with talk() as t:
        *events, _ = calling("resp_1", call("call_1", "open_door"))
        await t.comes(*events)
        assert t.keeper.pending_calls
        await t.comes(session(id="sess_2"))
        assert t.keeper.pending_calls == ()


async def test_unanswered_calls_are_bounded() -> None:
    """The oldest unanswered calls are dropped beyond a limit."""
    async with talk() as t:
        for n in range(100):
            await t.comes(*calling(f"resp_{n}", call(f"call_{n}", "unknown")))
        assert len(t.keeper.pending_calls) == 64
        assert t.keeper.pending_calls[-1].call_id == "call_99"
