"""Functions that take long: progress messages, delivery of late results."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.resilience.support import quick, stay
from tests.voicelive.turns.service import (
    Event,
    Talk,
    acknowledged,
    audio,
    call,
    calling,
    collision,
    committed,
    created,
    done,
    session,
    speech_started,
    speech_stopped,
    talk,
)
from voicelive._connection.clock import loop_time
from voicelive.resilience import ReconnectPolicy
from voicelive.turns import PlaybackClock, ResultDelivery, ToolSet, TurnKeeper

pytestmark = pytest.mark.virtual_time


class Slow:
    """A function that runs until the test lets it end."""

    def __init__(self, **options: Any) -> None:
        self.finish = asyncio.Event()
        self.tools = ToolSet(timeout=None)
        self.tools.add(self.look_up, name="look_up", **options)

    async def look_up(self) -> str:
        await self.finish.wait()
        return "found"


def spoken(request: Event) -> str:
    """Return the fixed text of a request."""
    message = request["response"]["pre_generated_assistant_message"]
    assert (message["type"], message["role"]) == ("message", "assistant")
    text: str = message["content"][0]["text"]
    return text


async def output(t: Talk) -> Event:
    """Return the output that the keeper sends next."""
    create = await t.sent("conversation.item.create")
    assert create["item"]["type"] == "function_call_output"
    return create


async def say(t: Talk, response: str, ms: int = 1000) -> None:
    """Have a response spoken, in no time; its audio still plays."""
    await t.comes(created(response), audio(response, response, ms), done(response))


async def quiet_for(t: Talk, seconds: float) -> None:
    """Check that the keeper sends nothing for some time."""
    await asyncio.sleep(seconds)
    await t.nothing_sent()


# --- progress ----------------------------------------------------------------


async def test_a_message_after_some_time() -> None:
    """One is spoken after 3 s; the result follows when it has been generated."""
    slow = Slow(progress="One moment.")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        began = loop_time()
        assert spoken(await t.sent("response.create")) == "One moment."
        assert loop_time() - began == pytest.approx(3)
        await say(t, "resp_2")
        await quiet_for(t, 60)
        slow.finish.set()
        await output(t)
        await t.sent("response.create")


async def test_messages_at_an_interval() -> None:
    """The interval starts when the message before was heard."""
    slow = Slow(progress="Still looking.", progress_after=1, progress_every=5)
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        times = []
        for number in range(3):
            await t.sent("response.create")
            times.append(loop_time())
            await say(t, f"resp_{number + 2}", ms=2000)
        assert times == pytest.approx([1, 8, 15], abs=0.05)
        slow.finish.set()
        await output(t)
        await t.sent("response.create")
        await t.comes(created("resp_9"), done("resp_9"))
        await quiet_for(t, 60)


async def test_no_message_for_a_fast_function() -> None:
    """A result before the first message is all that is heard."""
    slow = Slow(progress="One moment.")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await quiet_for(t, 2.9)
        slow.finish.set()
        await output(t)
        await t.sent("response.create")
        await t.comes(created("resp_2"), done("resp_2"))
        await quiet_for(t, 60)


async def test_a_message_waits_for_silence() -> None:
    """It does not follow the audio before it at once, nor the user's speech."""
    slow = Slow(progress="One moment.")
    events = calling("resp_1", call("call_1", "look_up"))
    async with talk(tools=slow.tools, playback=PlaybackClock(clock=loop_time)) as t:
        await t.comes(events[0], audio("resp_1", ms=5000), *events[1:])
        await quiet_for(t, 4)
        await t.comes(speech_started())
        await t.sent("conversation.item.truncate")
        await quiet_for(t, 4)
        await t.comes(speech_stopped(), committed(), created("resp_2"))
        await quiet_for(t, 4)
        await t.comes(done("resp_2"))
        assert spoken(await t.sent("response.create")) == "One moment."


async def test_no_message_after_the_end_of_the_function() -> None:
    """A message that collided with a response is not repeated after the result."""
    slow = Slow(progress="One moment.")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        request = await t.sent("response.create")
        slow.finish.set()
        create = await output(t)
        await t.comes(collision(request), created("resp_2"))
        await t.comes(acknowledged(create), done("resp_2"))
        resumed = await t.sent("response.create")
        assert "response" not in resumed
        await quiet_for(t, 60)


async def test_functions_that_run_at_the_same_time() -> None:
    """They are reported by one message, not by one each."""
    slow = Slow(progress="One moment.", progress_every=10)
    slow.tools.add(slow.finish.wait, name="same", progress="Same time.")
    slow.tools.add(slow.finish.wait, name="later", progress="Later.", progress_after=4)
    async with talk(tools=slow.tools) as t:
        names = ("look_up", "same", "later")
        await t.comes(*calling("resp_1", *(call(f"call_{n}", n) for n in names)))
        assert spoken(await t.sent("response.create")) == "One moment."
        await say(t, "resp_2", ms=2000)
        assert spoken(await t.sent("response.create")) == "One moment."
        assert loop_time() == pytest.approx(3 + 2 + 10, abs=0.05)
        slow.finish.set()


@pytest.mark.parametrize("progress", ["One moment.", {"instructions": "Be patient."}])
async def test_a_message_includes_no_result(progress: Any) -> None:
    """The result is answered although a message was started after it."""
    slow = Slow(progress=progress)
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.sent("response.create")
        slow.finish.set()
        create = await output(t)
        await t.comes(acknowledged(create), created("resp_2"), done("resp_2"))
        assert "response" not in await t.sent("response.create")


async def test_a_fixed_text_of_the_application_includes_no_result() -> None:
    """The result is answered after it, unlike after a response of the model."""
    slow = Slow()
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        content = [{"type": "text", "text": "Welcome."}]
        message = {"type": "message", "role": "assistant", "content": content}
        response: Any = {"pre_generated_assistant_message": message}
        await t.keeper.response.create(response=response)
        await t.sent("response.create")
        slow.finish.set()
        create = await output(t)
        await t.comes(acknowledged(create), created("resp_2"), done("resp_2"))
        assert "response" not in await t.sent("response.create")


async def test_messages_that_wait_for_the_same_silence() -> None:
    """Only the first of them is spoken."""
    slow = Slow(progress="One moment.")
    slow.tools.add(slow.finish.wait, name="more", progress="More.", progress_after=4)
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("a", "look_up"), call("b", "more")))
        await t.comes(speech_started())
        await quiet_for(t, 6)
        await t.comes(speech_stopped(), committed(), created("r"), done("r"))
        assert spoken(await t.sent("response.create")) == "One moment."
        await say(t, "resp_2")
        await quiet_for(t, 60)


async def test_a_function_is_asked_in_silence() -> None:
    """It is not asked while someone speaks, and its text waits if someone starts."""
    asked: list[float] = []

    async def progress(seconds: float) -> str:
        asked.append(seconds)
        await asyncio.sleep(2)
        return "One moment."

    slow = Slow(progress=progress)
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")), speech_started())
        await quiet_for(t, 4)
        assert asked == []
        await t.comes(speech_stopped(), committed(), created("r"), done("r"))
        await quiet_for(t, 1)
        assert asked == pytest.approx([4])
        await t.comes(speech_started())
        await quiet_for(t, 4)
        await t.comes(speech_stopped(), committed(), created("s"), done("s"))
        assert spoken(await t.sent("response.create")) == "One moment."


async def test_a_function_as_progress(caplog: pytest.LogCaptureFixture) -> None:
    """It gets the seconds, may be a coroutine, may say nothing, and may fail."""
    asked: list[float] = []

    async def progress(seconds: float) -> Any:
        asked.append(seconds)
        match len(asked):
            case 1:
                return None
            case 2:
                raise KeyError("oh")
            case 3:
                return 5
            case _:
                return {"instructions": f"Say that it takes {seconds:g} seconds."}

    slow = Slow(progress=progress, progress_after=1, progress_every=10)
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        request = await t.sent("response.create")
        assert request["response"]["instructions"] == "Say that it takes 31 seconds."
        assert asked == pytest.approx([1, 11, 21, 31])
        assert caplog.text.count("progress function") == 2


async def test_functions_in_a_thread_report_progress() -> None:
    """A plain function is called in a thread."""
    slow = Slow(progress=lambda seconds: f"{seconds:.0f} s")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        assert spoken(await t.sent("response.create")) == "3 s"


# --- delivery ----------------------------------------------------------------


async def test_when_idle() -> None:
    """By default the result waits for the user, and for the response to them."""
    slow = Slow()
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.comes(speech_started())
        slow.finish.set()
        create = await output(t)
        await quiet_for(t, 1)
        await t.comes(speech_stopped(), committed(), created("resp_2"))
        await t.comes(acknowledged(create))
        await quiet_for(t, 1)
        await t.comes(done("resp_2"))
        await t.sent("response.create")


async def test_silent() -> None:
    """The result is in the history, and nothing is requested."""
    slow = Slow(delivery="silent")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        slow.finish.set()
        await output(t)
        await quiet_for(t, 60)
        assert t.keeper.idle


async def test_an_interruption() -> None:
    """The active response and its audio are stopped; others stay in the queue."""
    slow = Slow(delivery=ResultDelivery.INTERRUPT)
    playback = PlaybackClock(clock=loop_time)
    async with talk(tools=slow.tools, playback=playback) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.comes(created("resp_2"), audio("resp_2", "item_2", ms=5000))
        await t.keeper.response.create(additional_instructions="later")
        await asyncio.sleep(1)
        slow.finish.set()
        create = await output(t)
        truncation = await t.sent("conversation.item.truncate")
        assert truncation["audio_end_ms"] == 1000
        await t.sent("response.cancel")
        await t.comes(acknowledged(create))
        await t.nothing_sent()
        await t.comes(done("resp_2", "cancelled"))
        assert "additional_instructions" not in await t.sent("response.create")
        await t.comes(created("resp_3"), done("resp_3"))
        later = await t.sent("response.create")
        assert later["additional_instructions"] == "later"


async def test_an_interruption_of_a_response_that_was_requested() -> None:
    """It is cancelled when it starts, and the result follows."""
    slow = Slow(delivery="interrupt")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.keeper.response.create(additional_instructions="first")
        await t.sent("response.create")
        slow.finish.set()
        await output(t)
        await t.comes(created("resp_2"))
        assert (await t.sent("response.cancel"))["response_id"] == "resp_2"
        await t.comes(done("resp_2", "cancelled"))
        assert "additional_instructions" not in await t.sent("response.create")


async def test_an_interruption_of_the_user() -> None:
    """The response does not wait for the end of speech."""
    slow = Slow(delivery="interrupt")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.comes(speech_started())
        slow.finish.set()
        await output(t)
        await t.sent("response.create")


async def test_an_interruption_after_a_cancellation() -> None:
    """`response.cancel` still means that no response follows."""
    slow = Slow(delivery="interrupt")
    async with talk(tools=slow.tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.keeper.response.cancel()
        slow.finish.set()
        await output(t)
        await quiet_for(t, 60)


@pytest.mark.parametrize("other", ["silent", "when_idle"])
async def test_the_strongest_delivery_counts(other: str) -> None:
    """Calls that were made together are answered together."""
    slow = Slow(delivery="interrupt")
    slow.tools.add(lambda: "ok", name="note", delivery=other)
    async with talk(tools=slow.tools) as t:
        calls = (call("call_1", "look_up"), call("call_2", "note"))
        await t.comes(*calling("resp_1", *calls), speech_started())
        slow.finish.set()
        await output(t)
        await output(t)
        await t.sent("response.create")


async def test_the_delivery_of_an_answer() -> None:
    """An application chooses it for each answer."""
    async with talk() as t:
        await t.comes(*calling("resp_1", call("call_1", "open_door")))
        with pytest.raises(ValueError, match="did you mean 'silent'"):
            await t.keeper.answer("call_1", "open", delivery="silnt")
        await t.keeper.answer("call_1", "open", delivery="silent")
        await output(t)
        await quiet_for(t, 60)


# --- the end -----------------------------------------------------------------


async def test_the_end_of_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """The function is cancelled, its result dropped, and this is logged."""
    slow = Slow(progress="One moment.")
    with caplog.at_level(logging.INFO):
        async with talk(tools=slow.tools) as t:
            await t.comes(*calling("resp_1", call("call_1", "look_up")))
        assert "during look_up" in caplog.text
    assert not slow.finish.is_set()


@pytest.mark.parametrize("still_running", [True, False])
async def test_a_reconnect(still_running: bool) -> None:
    """The call and its result are in the new session, and a response follows.

    Progress is reported when there is a session again, if the function still runs.
    """
    asked: list[float] = []

    def progress(seconds: float) -> str:
        asked.append(seconds)
        return "One moment."

    slow = Slow(progress=progress, progress_after=1)
    peers: list[MemoryPeer] = []

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        peers.append(peer)
        if len(peers) == 1:
            await peer.send(session())
            for event in calling("resp_1", call("call_1", "look_up")):
                await peer.send(event)
            await asyncio.sleep(0.5)
            return
        await asyncio.sleep(3)
        if not still_running:
            slow.finish.set()
        await asyncio.sleep(2)
        await peer.send(session(id="sess_2"))
        if still_running:
            seen.append((await peer.receive()).event)
            await peer.send(created("resp_2"))
            await peer.send(done("resp_2"))
            slow.finish.set()
        seen.extend([(await peer.receive()).event for _ in range(3)])
        finished.set()
        await peer.gone()

    seen: list[Event] = []
    finished = asyncio.Event()
    policy = ReconnectPolicy(backoff=quick())
    async with (
        serve_in_memory(script) as server,
        stay(server, policy) as connection,
        TurnKeeper(connection, tools=slow.tools) as keeper,
    ):

        async def listen() -> None:
            async for _ in keeper:
                pass

        listening = asyncio.create_task(listen())
        async with asyncio.timeout(100):
            await finished.wait()
        listening.cancel()
    assert loop_time() >= 5
    *messages, call_item, result, resumed = seen
    assert list(map(spoken, messages)) == ["One moment."] * still_running
    assert all(seconds > 5 for seconds in asked)
    assert call_item["item"]["type"] == "function_call"
    assert result["item"]["output"] == "found"
    assert resumed["type"] == "response.create"


# --- arguments ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"delivery": "silnt"}, ValueError, "did you mean 'silent'"),
        ({"delivery": None}, TypeError, "delivery takes"),
        ({"progress": ""}, ValueError, "progress must not be empty"),
        ({"progress": 5}, TypeError, "progress takes a text"),
        ({"progress": {"modalities": 5}}, ValueError, "modalities"),
        ({"progress_every": 5}, ValueError, "progress_every needs progress"),
        ({"progress": "x", "progress_every": 0}, ValueError, "more than 0 seconds"),
        ({"progress": "x", "progress_after": -1}, ValueError, "0 or more seconds"),
        ({"progress": "x", "progress_after": "1"}, TypeError, "number of seconds"),
        ({"timeout": -1}, ValueError, "timeout must be more than 0 seconds"),
    ],
)
def test_wrong_options(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    """They are refused when the function is added."""
    tools = ToolSet()
    with pytest.raises(error, match=text):
        tools.add(print_nothing, **options)
    assert "print_nothing" not in tools


def print_nothing() -> None:
    """Do nothing."""
