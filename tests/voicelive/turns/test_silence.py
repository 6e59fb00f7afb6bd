"""Silence of the user: reprompts, then the end of the call."""

from __future__ import annotations

import asyncio
import json
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
    collision,
    committed,
    created,
    done,
    refusal,
    session,
    speech_started,
    speech_stopped,
    talk,
)
from voicelive._connection.clock import loop_time
from voicelive.resilience import ReconnectPolicy
from voicelive.turns import (
    CallEnd,
    EndedBy,
    PlaybackClock,
    SilenceWatch,
    ToolSet,
    TurnKeeper,
)

pytestmark = pytest.mark.virtual_time


def response(response_id: str, ms: int = 0, status: str = "completed") -> list[Event]:
    """A response that arrives in no time and is played for some time."""
    item = f"item_{response_id}"
    spoken = [audio(response_id, item, ms), audio_done(response_id, item)] if ms else []
    return [created(response_id), *spoken, done(response_id, status)]


def turn_of_the_user(response_id: str, ms: int = 0) -> list[Event]:
    """Speech of the user, and the response to it."""
    return [speech_started(), speech_stopped(), committed(), *response(response_id, ms)]


async def reprompt(t: Talk, after: float) -> str:
    """Check that the next thing sent is a text to speak, after some seconds."""
    before = loop_time()
    request = await t.sent("response.create")
    assert loop_time() - before == pytest.approx(after, abs=0.05)
    message = request["response"]["pre_generated_assistant_message"]
    text: str = message["content"][0]["text"]
    return text


async def hung_up(t: Talk, after: float) -> str:
    """Check that the next thing sent is a normal close, after some seconds."""
    before = loop_time()
    frame = await t.peer.receive()
    assert frame.opcode == CLOSE, frame
    assert loop_time() - before == pytest.approx(after, abs=0.05)
    code, reason = frame.closing
    assert code == 1000
    return str(reason)


async def quiet_for(t: Talk, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await t.nothing_sent()


async def test_reprompts_and_the_end_of_the_call() -> None:
    """Each step follows after the silence since the assistant was heard."""
    watch = SilenceWatch("Are you there?", "Hello?", after=[8, 5, 3])
    async with talk(silence=watch) as t:
        await t.comes(*response("resp_1", ms=4000))
        assert await reprompt(t, 4 + 8) == "Are you there?"
        await t.comes(*response("resp_2", ms=1000))
        assert await reprompt(t, 1 + 5) == "Hello?"
        await t.comes(*response("resp_3", ms=1000))
        assert await hung_up(t, 1 + 3) == "the user was silent"
        assert t.keeper.call_end == CallEnd(
            "the user was silent", EndedBy.SILENCE, heard=True
        )


async def test_the_playback_that_is_reported() -> None:
    """The silence starts when the application has played everything."""
    clock = PlaybackClock(reported=True)
    async with talk(silence=SilenceWatch("Hello?"), playback=clock) as t:
        await t.comes(*response("resp_1", ms=6000))
        for _ in range(10):
            await quiet_for(t, 9)
            clock.played(ms=500)
        clock.played(ms=1000)
        before = loop_time()
        await t.sent("response.create")
        assert 10 <= loop_time() - before <= 10.3


@pytest.mark.parametrize("played", [0, 900])
async def test_playback_that_is_not_reported_any_more(played: int) -> None:
    """The silence starts 10 s after the expected end of playback."""
    clock = PlaybackClock(reported=True)
    async with talk(silence=SilenceWatch("Hello?"), playback=clock) as t:
        await t.comes(*response("resp_1", ms=2000))
        clock.played(ms=played)
        left = 2 - played / 1000
        assert not t.keeper.idle
        before = loop_time()
        await t.sent("response.create")
        assert loop_time() - before == pytest.approx(left + 10 + 10, abs=0.5)


async def test_before_the_assistant_has_spoken() -> None:
    """A caller is not reprompted before the first response."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await quiet_for(t, 100)


# --- resets ------------------------------------------------------------------


async def test_speech_starts_the_watch_anew() -> None:
    """After the response to it the first step is due again."""
    watch = SilenceWatch("One", "Two", after=8)
    async with talk(silence=watch) as t:
        await t.comes(*response("resp_1"))
        assert await reprompt(t, 8) == "One"
        await t.comes(*response("resp_2"))
        await quiet_for(t, 7)
        await t.comes(speech_started())
        await quiet_for(t, 100)
        await t.comes(speech_stopped(), committed())
        await quiet_for(t, 5)
        await t.comes(*response("resp_3", ms=2000))
        assert await reprompt(t, 2 + 8) == "One"


async def test_an_interruption() -> None:
    """The audio that was dropped is not waited for."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(*response("resp_1", ms=6000))
        await quiet_for(t, 1)
        await t.comes(*turn_of_the_user("resp_2", ms=1000))
        assert await reprompt(t, 11) == "Hello?"


async def test_speech_without_a_response() -> None:
    """If the service does not respond, it is not the user's turn."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(*response("resp_1"))
        await t.comes(speech_started(), speech_stopped(), committed())
        await quiet_for(t, 100)
        await t.comes(*response("resp_2"))
        await reprompt(t, 10)


async def test_speech_that_only_stopped_the_assistant() -> None:
    """Noise that cancels a response does not end the watch."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(created("resp_1"), speech_started())
        await t.comes(done("resp_1", "cancelled"), speech_stopped())
        # A response may still come.
        assert await reprompt(t, 10 + 10) == "Hello?"


@pytest.mark.parametrize("kind", ["item", "commit", "turn"])
async def test_input_that_is_sent_starts_the_watch_anew(kind: str) -> None:
    """A text, or a turn without turn detection, is input of the user."""
    watch = SilenceWatch("One", "Two")
    async with talk(silence=watch, detection=None) as t:
        await t.comes(*response("resp_1"))
        await reprompt(t, 10)
        await t.comes(*response("resp_2"))
        await quiet_for(t, 9)
        match kind:
            case "item":
                part = {"type": "input_text", "text": "Hi"}
                item: Any = {"type": "message", "role": "user", "content": [part]}
                await t.keeper.conversation.item.create(item=item)
                await t.sent("conversation.item.create")
            case "commit":
                await t.keeper.input_audio_buffer.commit()
                await t.sent("input_audio_buffer.commit")
            case _:
                await t.keeper.input_audio.turn.start(turn_id="turn_1")
                await t.sent("input_audio.turn.start")
        await quiet_for(t, 100)
        await t.comes(*response("resp_3"))
        assert await reprompt(t, 10) == "One"


@pytest.mark.parametrize("kind", ["item", "update", "audio"])
async def test_what_is_no_input(kind: str) -> None:
    """Messages of the system, settings and the microphone do not reset the watch."""
    async with talk(silence=SilenceWatch("One")) as t:
        await t.comes(*response("resp_1"))
        await quiet_for(t, 9)
        match kind:
            case "item":
                part = {"type": "input_text", "text": "It is noon."}
                item: Any = {"type": "message", "role": "system", "content": [part]}
                await t.keeper.conversation.item.create(item=item)
                await t.sent("conversation.item.create")
            case "update":
                await t.keeper.session.update(session={"instructions": "Hurry."})
                await t.sent("session.update")
            case _:
                await t.keeper.input_audio_buffer.append(audio=bytes(480))
                await t.sent("input_audio_buffer.append")
        await reprompt(t, 1)


async def test_silence_that_the_service_commits() -> None:
    """With `idle_timeout_ms` the service prompts too; this is no input of the user."""
    async with talk(silence=SilenceWatch("One", "Two")) as t:
        await t.comes(*response("resp_1"))
        assert await reprompt(t, 10) == "One"
        kind = "input_audio_buffer.timeout_triggered"
        times = {"audio_start_ms": 0, "audio_end_ms": 6000}
        await t.comes({"type": kind, "item_id": "item_user"} | times, committed())
        await t.comes(*response("resp_2"))
        assert await reprompt(t, 10) == "Two"


async def test_a_running_function_restarts_the_time() -> None:
    """The silence while the user waits does not count."""
    finish, tools = asyncio.Event(), ToolSet(timeout=None)
    tools.add(finish.wait, name="look_up", delivery="silent")
    async with talk(silence=SilenceWatch("Hello?"), tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await quiet_for(t, 100)
        finish.set()
        await t.sent("conversation.item.create")
        assert await reprompt(t, 10) == "Hello?"


async def test_a_function_does_not_start_the_watch_anew() -> None:
    """A model that calls one after each reprompt does not keep the call open."""
    tools = ToolSet()
    tools.add(lambda: "x", name="look_up", delivery="silent")
    async with talk(silence=SilenceWatch("One", "Two"), tools=tools) as t:
        await t.comes(*response("resp_1"))
        assert await reprompt(t, 10) == "One"
        await t.comes(*calling("resp_2", call("call_1", "look_up")))
        await t.sent("conversation.item.create")
        assert await reprompt(t, 10) == "Two"


async def test_an_active_or_requested_response() -> None:
    """Nothing is due before it has ended; it restarts the time."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(*response("resp_1"))
        await quiet_for(t, 9)
        await t.keeper.response.create()
        await t.sent("response.create")
        await quiet_for(t, 20)
        await t.comes(created("resp_2"))
        await quiet_for(t, 20)
        await t.comes(done("resp_2"))
        await reprompt(t, 10)


async def test_a_response_that_does_not_start() -> None:
    """A request that was dropped is no longer waited for."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(*response("resp_1"))
        await t.keeper.response.create()
        await t.sent("response.create")
        await reprompt(t, 30 + 10)


async def test_a_collision_without_the_id_of_the_request() -> None:
    """The request that is repeated counts once."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(*response("resp_1"))
        await t.keeper.response.create()
        await t.sent("response.create")
        await t.comes(collision({}), *response("resp_2"))
        await t.sent("response.create")
        await t.comes(*response("resp_3"))
        await reprompt(t, 10)


async def test_an_out_of_band_response_only_delays_a_step() -> None:
    """The user does not hear it, so the silence counts."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(*response("resp_1"))
        await quiet_for(t, 9)
        await t.keeper.response.create(response={"conversation": "none"})
        await t.sent("response.create")
        await t.comes(created("resp_2", None))
        await quiet_for(t, 5)
        await t.comes(done("resp_2"))
        await reprompt(t, 0)


# --- steps -------------------------------------------------------------------


async def test_settings_as_a_step() -> None:
    """The model finds the words."""
    watch = SilenceWatch({"instructions": "Ask if the caller is there."}, after=1)
    async with talk(silence=watch) as t:
        await t.comes(*response("resp_1"))
        request = await t.sent("response.create")
        assert "caller" in request["response"]["instructions"]


async def test_functions_as_steps(caplog: pytest.LogCaptureFixture) -> None:
    """They get the keeper; what they return is spoken; exceptions are logged."""
    called: list[TurnKeeper] = []

    async def nothing(keeper: TurnKeeper) -> None:
        called.append(keeper)
        await asyncio.sleep(5)

    def fail(keeper: TurnKeeper) -> str:
        raise KeyError("oh")

    def wrong(keeper: TurnKeeper) -> Any:
        return 5

    watch = SilenceWatch(nothing, fail, wrong, lambda keeper: "Hello?")
    async with talk(silence=watch) as t:
        await t.comes(*response("resp_1"))
        assert await reprompt(t, 10 + 5 + 30) == "Hello?"
        assert called == [t.keeper]
        assert caplog.text.count("a step of the silence watch has failed") == 2


async def test_the_user_speaks_while_a_function_runs() -> None:
    """What it returns is not spoken then."""

    async def slow(keeper: TurnKeeper) -> str:
        await asyncio.sleep(5)
        return "Hello?"

    async with talk(silence=SilenceWatch(slow)) as t:
        await t.comes(*response("resp_1"))
        await quiet_for(t, 12)
        await t.comes(*turn_of_the_user("resp_2"))
        # The time starts when the function has returned, and it takes 5 s again.
        assert await reprompt(t, 3 + 10 + 5) == "Hello?"


async def test_a_function_that_waits_for_its_response() -> None:
    """`respond` can be used in a step."""

    async def ask(keeper: TurnKeeper) -> None:
        await keeper.respond(additional_instructions="Ask again.")

    async with talk(silence=SilenceWatch(ask, "Hello?")) as t:
        await t.comes(*response("resp_1"))
        await t.sent("response.create")
        await t.comes(*response("resp_2", ms=1000))
        assert await reprompt(t, 11) == "Hello?"


async def test_a_step_that_is_refused_or_collides() -> None:
    """The next step follows, or the same again after the other response."""
    async with talk(silence=SilenceWatch("One", "Two", "Three")) as t:
        await t.comes(*response("resp_1"))
        request = await t.sent("response.create")
        await t.comes(refusal(request, "server_error"))
        before = loop_time()
        request = await t.sent("response.create")
        assert loop_time() - before == pytest.approx(10, abs=0.05)
        await t.comes(collision(request), *response("resp_2"))
        assert await reprompt(t, 0) == "Two"


async def test_without_an_end() -> None:
    """After the last step nothing follows until the user has spoken."""
    async with talk(silence=SilenceWatch("Hello?", hang_up=False)) as t:
        await t.comes(*response("resp_1"))
        await reprompt(t, 10)
        await t.comes(*response("resp_2"))
        await quiet_for(t, 1000 - loop_time() - 100)
        await t.comes(*turn_of_the_user("resp_3"))
        await reprompt(t, 10)


# --- the end -----------------------------------------------------------------


async def test_a_goodbye() -> None:
    """It is heard to its end."""
    watch = SilenceWatch(goodbye="Goodbye!", reason="nobody there")
    async with talk(silence=watch) as t:
        await t.comes(*response("resp_1"))
        assert await reprompt(t, 10) == "Goodbye!"
        await t.comes(*response("resp_2", ms=3000))
        assert await hung_up(t, 3) == "nobody there"


async def test_the_user_speaks_during_the_goodbye() -> None:
    """The call goes on, and the watch starts anew."""
    watch = SilenceWatch("Hello?", goodbye="Goodbye!")
    async with talk(silence=watch) as t:
        await t.comes(*response("resp_1"))
        assert await reprompt(t, 10) == "Hello?"
        await t.comes(*response("resp_2"))
        assert await reprompt(t, 10) == "Goodbye!"
        await t.comes(created("resp_3"), audio("resp_3", "item_3", ms=3000))
        await t.comes(speech_started(), done("resp_3", "cancelled"))
        await quiet_for(t, 60)
        await t.comes(speech_stopped(), committed(), *response("resp_4"))
        assert await reprompt(t, 10) == "Hello?"
        assert t.keeper.call_end is None


async def test_the_end_of_the_connection() -> None:
    """The watch ends with it; no task is left."""
    async with talk(silence=SilenceWatch("Hello?")) as t:
        await t.comes(*response("resp_1"))
        await t.keeper.close()
        await asyncio.sleep(100)


async def test_a_reconnect_restarts_the_time() -> None:
    """A user without a connection is not reprompted."""
    heard: list[float] = []

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        if len(server.peers) == 1:
            await peer.send(session())
            for event in response("resp_1"):
                await peer.send(event)
            await asyncio.sleep(5)
            return
        await asyncio.sleep(20)
        await peer.send(session(id="sess_2"))
        assert "Hello?" in json.dumps((await peer.receive()).event)
        heard.append(loop_time())
        await peer.close(1000)
        await peer.gone()

    policy = ReconnectPolicy(backoff=quick(), restore_seconds=60)
    async with (
        serve_in_memory(script) as server,
        stay(server, policy) as connection,
        TurnKeeper(connection, silence=SilenceWatch("Hello?")) as keeper,
    ):
        async for _ in keeper:
            pass
    assert heard == [pytest.approx(5 + 20 + 10, abs=0.1)]


async def test_a_session() -> None:
    """A session takes the watch as an option."""

    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        await peer.configure()
        for event in response("resp_1"):
            await peer.send(event)
        assert "Hello?" in json.dumps((await peer.receive()).event)
        for event in response("resp_2"):
            await peer.send(event)
        while (await peer.receive()).opcode != CLOSE:
            pass
        await peer.close()

    watch = SilenceWatch("Hello?", after=5)
    async with serve_in_memory(script) as server:
        client = client_of(server)
        async with client.create_session("gpt-realtime", silence=watch) as live:
            async for _ in live:
                pass
            assert live.turns.call_end is not None
            assert live.turns.call_end.ended_by is EndedBy.SILENCE


async def test_speech_that_does_not_interrupt() -> None:
    """The user who speaks during the response is not silent."""
    detection = VAD | {"interrupt_response": False}
    async with talk(silence=SilenceWatch("Hello?"), detection=detection) as t:
        await t.comes(created("resp_1"), speech_started(), done("resp_1"))
        await quiet_for(t, 100)


# --- arguments ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "options", "error", "text"),
    [
        ((), {"hang_up": False}, ValueError, "needs a step"),
        (("",), {}, ValueError, "step 1 must not be empty"),
        (("a", 5), {}, TypeError, "step 2 takes a text"),
        (("a", {"modalities": 5}), {}, ValueError, "modalities"),
        (("a",), {"after": 0}, ValueError, "after must be more than 0 seconds"),
        (("a",), {"after": "8"}, TypeError, "after takes a number"),
        (("a",), {"after": [8]}, ValueError, "after needs 2 numbers, not 1"),
        (("a",), {"hang_up": "no"}, TypeError, "hang_up takes True or False"),
        (("a",), {"goodbye": ""}, ValueError, "goodbye must not be empty"),
        (("a",), {"goodbye": "b", "hang_up": False}, ValueError, "needs hang_up=True"),
        (("a",), {"reason": None}, TypeError, "reason takes a string"),
    ],
)
def test_wrong_arguments(
    steps: tuple[Any, ...], options: dict[str, Any], error: type[Exception], text: str
) -> None:
    """They are refused with the name of the argument."""
    with pytest.raises(error, match=text):
        SilenceWatch(*steps, **options)


def test_the_type_of_the_option() -> None:
    """A keeper takes a watch, not its steps."""
    watch: Any = "Hello?"
    with pytest.raises(TypeError, match="silence takes a SilenceWatch"):
        TurnKeeper(watch, silence=watch)


def test_its_representation() -> None:
    """It shows what will happen."""
    assert repr(SilenceWatch("a", after=[1, 2.5])) == (
        "<SilenceWatch 1 steps, then hang up, after 1, 2.5 s>"
    )
