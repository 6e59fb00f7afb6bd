"""The end-call tool, and hanging up."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from tests.support.client import client_of
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.support.scripted_service import CLOSE
from tests.voicelive.resilience.support import quick, stay
from tests.voicelive.turns.service import (
    VAD,
    Event,
    Talk,
    audio,
    audio_done,
    call,
    calling,
    committed,
    created,
    done,
    refusal,
    session,
    speech_started,
    speech_stopped,
    talk,
)
from voicelive import ConnectionClosed, SessionDisconnected
from voicelive._connection.clock import loop_time
from voicelive.resilience import ReconnectPolicy
from voicelive.turns import (
    CallEnd,
    EndedBy,
    PlaybackClock,
    ToolSet,
    TurnKeeper,
    end_call_tool,
)

pytestmark = pytest.mark.virtual_time

GOODBYE = {"id": "item_1", "type": "message", "role": "assistant", "content": []}


def end_call(reason: str = "the user said goodbye", call_id: str = "call_1") -> Event:
    return call(call_id, "end_call", json.dumps({"reason": reason}))


def goodbye(*calls: Event, ms: int = 2000) -> list[Event]:
    """A response that says goodbye and makes calls."""
    events = calling("resp_1", *(calls or (end_call(),)))
    events[-1] = done("resp_1", "completed", GOODBYE, *(calls or (end_call(),)))
    return [events[0], audio("resp_1", ms=ms), audio_done("resp_1"), *events[1:]]


def ending(**options: Any) -> ToolSet:
    return ToolSet(end_call_tool(**options))


async def output(t: Talk) -> tuple[str, Any]:
    item = (await t.sent("conversation.item.create"))["item"]
    assert item["type"] == "function_call_output"
    return item["call_id"], json.loads(item["output"])


async def closed(t: Talk) -> str:
    """Check that the next thing sent is a normal close; return its reason."""
    frame = await t.peer.receive()
    assert frame.opcode == CLOSE, frame
    code, reason = frame.closing
    assert code == 1000
    return str(reason)


async def goes_on(t: Talk) -> None:
    """Check that the call goes on, and that no response is requested for that."""
    call_id, result = await output(t)
    assert (call_id, result["ended"]) == ("call_1", False)
    await asyncio.sleep(100)
    await t.nothing_sent()
    assert t.keeper.call_end is None
    assert not t.keeper.closed


async def test_the_goodbye_is_heard_to_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The connection is closed when the audio was played, with the model's reason."""
    with caplog.at_level(logging.INFO):
        async with talk(tools=ending()) as t:
            await t.comes(*goodbye())
            await asyncio.sleep(1.9)
            await t.nothing_sent()
            assert t.keeper.running_calls
            assert await output(t) == ("call_1", {"ended": True})
            assert await closed(t) == "the user said goodbye"
            assert loop_time() == pytest.approx(2, abs=0.05)
            with pytest.raises(ConnectionClosed, match="the user said goodbye"):
                await t.keeper.recv()
            assert t.keeper.call_end == CallEnd(
                "the user said goodbye", EndedBy.MODEL, heard=True
            )
    assert "by the model: the user said goodbye" in caplog.text


async def test_the_playback_that_is_reported() -> None:
    """An application decides with its reports when the goodbye was heard."""
    clock = PlaybackClock(reported=True)
    async with talk(tools=ending(), playback=clock) as t:
        await t.comes(*goodbye())
        clock.played(ms=1900)
        await asyncio.sleep(20)
        await t.nothing_sent()
        clock.played(ms=100)
        await output(t)
        await closed(t)
        assert loop_time() < 21


async def test_playback_that_is_never_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After the timeout the call ends all the same."""
    clock = PlaybackClock(reported=True)
    async with talk(tools=ending(timeout=12), playback=clock) as t:
        await t.comes(*goodbye())
        await output(t)
        await closed(t)
        assert loop_time() == pytest.approx(12, abs=0.1)
        assert t.keeper.call_end is not None
        assert not t.keeper.call_end.heard
    assert "not heard to the end" in caplog.text


# --- interruptions -----------------------------------------------------------


async def test_an_interruption_continues_the_call() -> None:
    """The model is told, and can end the call later."""
    async with talk(tools=ending()) as t:
        await t.comes(*goodbye())
        await asyncio.sleep(1)
        await t.comes(speech_started())
        await goes_on(t)
        await t.comes(speech_stopped(), committed())
        again = [end_call("really", "call_2")]
        events = calling("resp_2", *again)
        await t.comes(*events[:-1], done("resp_2", "completed", GOODBYE, *again))
        await output(t)
        assert await closed(t) == "really"


async def test_an_interruption_before_the_end_of_another_function() -> None:
    """Speech counts from the end of the response on."""
    tools, finish = ending(), asyncio.Event()
    tools.add(finish.wait, name="save")
    async with talk(tools=tools) as t:
        await t.comes(*goodbye(end_call(), call("call_2", "save")), speech_started())
        finish.set()
        assert await output(t) == ("call_2", True)
        assert (await output(t))[1]["ended"] is False
        # The other result is answered after the user's turn.
        await asyncio.sleep(100)
        await t.nothing_sent()


async def test_an_interruption_that_ends_the_call() -> None:
    """Without `interruptible` it ends at once."""
    async with talk(tools=ending(interruptible=False)) as t:
        await t.comes(*goodbye())
        await asyncio.sleep(1)
        await t.comes(speech_started())
        await output(t)
        await closed(t)
        assert loop_time() == pytest.approx(1, abs=0.1)
        assert t.keeper.call_end is not None
        assert not t.keeper.call_end.heard


@pytest.mark.parametrize("interruptible", [True, False])
async def test_speech_that_does_not_interrupt(interruptible: bool) -> None:
    """It continues the call too; or else the goodbye is heard to its end."""
    detection = VAD | {"interrupt_response": False}
    tools = ending(interruptible=interruptible)
    async with talk(tools=tools, detection=detection) as t:
        await t.comes(*goodbye())
        await t.comes(speech_started())
        if interruptible:
            await goes_on(t)
        else:
            await output(t)
            await closed(t)
            assert t.keeper.call_end is not None
            assert t.keeper.call_end.heard


async def test_text_of_the_user_continues_the_call() -> None:
    """A message of the user counts like speech."""
    async with talk(tools=ending()) as t:
        await t.comes(*goodbye())
        content = [{"type": "input_text", "text": "Wait!"}]
        message: Any = {"type": "message", "role": "user", "content": content}
        await t.keeper.conversation.item.create(item=message)
        await t.sent("conversation.item.create")
        await goes_on(t)


async def test_commits_of_a_client_without_turn_detection_continue_the_call() -> None:
    """So does audio that the user sends by pressing a button."""
    async with talk(tools=ending(), detection=None) as t:
        await t.comes(*goodbye())
        await t.keeper.input_audio_buffer.append(audio=bytes(480))
        await t.sent("input_audio_buffer.append")
        await goes_on(t)


async def test_the_stream_of_a_microphone_is_no_input() -> None:
    """With turn detection the stream includes silence."""
    async with talk(tools=ending()) as t:
        await t.comes(*goodbye())
        await t.keeper.input_audio_buffer.append(audio=bytes(480))
        await t.sent("input_audio_buffer.append")
        await output(t)
        await closed(t)


# --- a missing goodbye -------------------------------------------------------


@pytest.mark.parametrize("text", [None, "Bye!"])
async def test_a_goodbye_is_requested(text: str | None) -> None:
    """If the model has said nothing, it is asked to, or a fixed text is spoken."""
    tools = ending() if text is None else ending(goodbye=text)
    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", end_call()))
        response = (await t.sent("response.create"))["response"]
        if text is None:
            assert "goodbye" in response["instructions"]
            assert response["tool_choice"] == "none"
        else:
            (part,) = response["pre_generated_assistant_message"]["content"]
            assert part["text"] == "Bye!"
        await t.comes(created("resp_2"), audio("resp_2", "item_2", ms=3000))
        await t.comes(audio_done("resp_2", "item_2"), done("resp_2"))
        await output(t)
        await closed(t)
        assert loop_time() == pytest.approx(3, abs=0.1)


async def test_no_goodbye() -> None:
    """With None nothing is requested."""
    async with talk(tools=ending(goodbye=None)) as t:
        await t.comes(*calling("resp_1", end_call()))
        await output(t)
        await closed(t)


async def test_a_goodbye_that_is_refused() -> None:
    """The call ends without it."""
    async with talk(tools=ending()) as t:
        await t.comes(*calling("resp_1", end_call()))
        request = await t.sent("response.create")
        await t.comes(refusal(request, "instructions_configuration_not_supported"))
        await output(t)
        await closed(t)


async def test_an_interruption_before_the_goodbye() -> None:
    """It is not said after the user has spoken."""
    async with talk(tools=ending()) as t:
        await t.comes(*calling("resp_1", end_call())[:-1], speech_started())
        await t.comes(done("resp_1", "completed", end_call()))
        await goes_on(t)


# --- other calls -------------------------------------------------------------


async def test_other_functions_of_the_response() -> None:
    """They are run and answered first; no response follows them."""
    tools, finish = ending(), asyncio.Event()
    tools.add(finish.wait, name="save")
    async with talk(tools=tools) as t:
        calls = end_call(), call("call_2", "save"), call("call_3", "open_door")
        await t.comes(session(tools=[{"type": "function", "name": "open_door"}]))
        await t.comes(*goodbye(*calls))
        await asyncio.sleep(5)
        await t.nothing_sent()
        finish.set()
        assert await output(t) == ("call_2", True)
        await asyncio.sleep(5)
        await t.nothing_sent()
        await t.keeper.answer("call_3", {"open": True})
        assert await output(t) == ("call_3", {"open": True})
        assert (await output(t))[0] == "call_1"
        await closed(t)
        assert loop_time() == pytest.approx(10, abs=0.1)


async def test_a_call_that_is_not_answered() -> None:
    """The timeout covers calls that the application should answer."""
    async with talk(tools=ending(timeout=12)) as t:
        await t.comes(session(tools=[{"type": "function", "name": "open_door"}]))
        await t.comes(*goodbye(end_call(), call("call_2", "open_door")))
        await output(t)
        await closed(t)
        assert loop_time() == pytest.approx(12, abs=0.1)


@pytest.mark.parametrize("arguments", ["", "{", "[]", '{"reason": 5}', '{"why": ""}'])
async def test_arguments_that_do_not_fit(arguments: str) -> None:
    """The call ends without a reason."""
    ends = call("call_1", "end_call", arguments)
    async with talk(tools=ending()) as t:
        await t.comes(*goodbye(ends))
        await output(t)
        assert await closed(t) == ""


# --- connections -------------------------------------------------------------


async def test_the_end_during_a_reconnect() -> None:
    """A connection that is lost during the goodbye is not replaced to be closed."""
    peers: list[MemoryPeer] = []

    async def script(peer: MemoryPeer) -> None:
        peers.append(peer)
        await peer.accept()
        await peer.send(session())
        for event in goodbye():
            await peer.send(event)
        await asyncio.sleep(1)

    slow = ReconnectPolicy(backoff=quick(sleep=asyncio.sleep, initial=50, maximum=50))
    async with (
        serve_in_memory(script) as server,
        stay(server, slow) as connection,
        TurnKeeper(connection, tools=ending()) as keeper,
    ):
        async with asyncio.timeout(10):
            async for _ in keeper:
                pass
        assert loop_time() == pytest.approx(2, abs=0.1)
        assert keeper.call_end is not None
        assert len(peers) == 1


async def test_a_session() -> None:
    """Handlers see a normal end; the reason is in the session."""
    ends: list[SessionDisconnected] = []

    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        await peer.configure()
        for event in goodbye():
            await peer.send(event)
        while (await peer.receive()).opcode != CLOSE:
            pass
        await peer.close()

    async with serve_in_memory(script) as server:
        client = client_of(server)
        options: Any = {"tools": ending(), "handlers": {"on_disconnected": ends.append}}
        async with await client.start_session("gpt-realtime", **options) as live:
            async for _ in live:
                pass
            assert live.turns.call_end is not None
            assert live.turns.call_end.reason == "the user said goodbye"
    (end,) = ends
    assert (end.code, end.reason, end.clean) == (1000, "the user said goodbye", True)


async def test_hanging_up() -> None:
    """An application can end the call in the same way."""
    async with talk(playback=PlaybackClock(clock=loop_time)) as t:
        await t.comes(created("resp_1"), audio("resp_1", ms=4000))
        hanging_up = asyncio.create_task(t.keeper.hang_up(reason="closing time"))
        await asyncio.sleep(1)
        await t.comes(audio_done("resp_1"), done("resp_1"))
        assert await closed(t) == "closing time"
        await hanging_up
        assert loop_time() == pytest.approx(4, abs=0.1)
        assert t.keeper.call_end == CallEnd(
            "closing time", EndedBy.APPLICATION, heard=True
        )


async def test_any_other_end_has_no_reason() -> None:
    """`close` is not a call that was ended."""
    async with talk(tools=ending()) as t:
        await t.keeper.close(reason="bye")
        assert t.keeper.call_end is None


# --- arguments ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"name": ""}, ValueError, "name must not be empty"),
        ({"description": 5}, TypeError, "description takes a string"),
        ({"goodbye": " "}, ValueError, "goodbye must not be empty"),
        ({"goodbye": 5}, TypeError, "goodbye takes a text"),
        ({"interruptible": "no"}, TypeError, "interruptible takes True or False"),
        ({"timeout": 0}, ValueError, "timeout must be more than 0 seconds"),
        ({"timeout": None}, TypeError, "timeout takes a number"),
    ],
)
def test_wrong_options(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    """They are refused with the name of the argument."""
    with pytest.raises(error, match=text):
        end_call_tool(**options)


async def test_the_declaration() -> None:
    """The model gets name, description and the optional reason."""
    (tool,) = ToolSet(end_call_tool(name="hang_up", description="End it.")).definitions
    shown = tool.as_dict()
    assert (shown["name"], shown["description"]) == ("hang_up", "End it.")
    reason = shown["parameters"]["properties"]["reason"]
    assert reason["type"] == "string"
    assert "Why the call ends" in reason["description"]
    assert await ToolSet(end_call_tool()).call("end_call", '{"reason": "x"}') == "x"


@pytest.mark.parametrize("wrong", [{"reason": None}, {"timeout": -1}])
async def test_wrong_arguments_of_hang_up(wrong: dict[str, Any]) -> None:
    """The call does not end."""
    async with talk() as t:
        with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
            await t.keeper.hang_up(**wrong)
        await t.nothing_sent()
