"""Cancelling, barge-in, and which errors are harmless."""

from __future__ import annotations

import asyncio

import pytest

from tests.voicelive.turns.service import (
    Event,
    Talk,
    Time,
    acknowledged,
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
    text,
)
from voicelive.turns import HarmlessReason, NoResponse, PlaybackClock, ToolSet
from voicelive_protocol import ServerEventError

# --- cancelling ------------------------------------------------------------------

pytestmark = pytest.mark.virtual_time


async def test_cancel_with_nothing_active_is_not_sent() -> None:
    """Without an active response, a cancel would only give an error."""
    async with talk() as t:
        await t.keeper.response.cancel()
        await t.nothing_sent()
        await t.comes(created("resp_1"), done("resp_1"))
        await t.keeper.response.cancel()
        await t.keeper.response.cancel(response_id="resp_1")
        await t.nothing_sent()


async def test_cancel_of_the_active_response() -> None:
    """An active response is cancelled, also as a mapping."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.cancel(event_id="mine")
        assert (await t.sent("response.cancel"))["event_id"] == "mine"
        await t.keeper.send({"type": "response.cancel", "response_id": "resp_1"})
        assert (await t.sent("response.cancel"))["response_id"] == "resp_1"


async def test_cancel_before_the_response_is_created() -> None:
    """A requested response is cancelled when it starts."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        await t.keeper.response.cancel()
        await t.nothing_sent()
        await t.comes(created("resp_1"))
        assert (await t.sent("response.cancel"))["response_id"] == "resp_1"
        assert await t.comes(text("resp_1", "never wanted")) == []


async def test_a_cancelled_request_is_not_retried() -> None:
    """A cancelled request that collides is dropped."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        request = await t.sent("response.create")
        await t.keeper.response.cancel()
        await t.comes(collision(request), created("resp_vad"), done("resp_vad"))
        with pytest.raises(NoResponse, match="cancelled"):
            await waiting
        await t.nothing_sent()


async def test_a_response_in_place_of_the_running_one() -> None:
    """`cancel_previous: true` cancels the active response; the request follows."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        await t.keeper.response.create(response={"cancel_previous": True})
        await t.sent("response.cancel")
        await t.nothing_sent()
        assert await t.comes(text("resp_1", "unwanted")) == []
        await t.comes(done("resp_1", "cancelled"))
        await t.sent("response.create")


async def test_late_deltas_of_a_cancelled_response_are_dropped() -> None:
    """After a cancel, deltas are dropped and final events delivered."""
    async with talk() as t:
        await t.comes(created("resp_1"))
        assert len(await t.comes(text("resp_1", "a"), audio("resp_1"))) == 2
        await t.keeper.response.cancel()
        await t.sent("response.cancel")
        events = await t.comes(
            text("resp_1", "b"),
            audio("resp_1"),
            audio_done("resp_1"),
            done("resp_1", "cancelled"),
            text("resp_1", "c"),
        )
        assert [e.type for e in events] == ["response.audio.done", "response.done"]
        await t.comes(created("resp_2"))
        assert len(await t.comes(text("resp_2", "d"))) == 1


async def test_deltas_after_a_cancelled_end_are_dropped() -> None:
    """Late deltas are dropped after a cancellation by the service, too."""
    async with talk() as t:
        await t.comes(created("resp_1"), done("resp_1", "cancelled"))
        assert await t.comes(text("resp_1", "late")) == []


async def test_cancel_of_a_response_that_is_not_known_yet() -> None:
    """After a collision a response is active, so the cancel is sent."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.comes(collision(await t.sent("response.create")))
        await t.keeper.response.cancel()
        await t.sent("response.cancel")


async def test_late_deltas_can_be_kept() -> None:
    """`drop_cancelled=False` delivers everything."""
    async with talk(drop_cancelled=False) as t:
        await t.comes(created("resp_1"), speech_started())
        assert len(await t.comes(text("resp_1", "b"), audio("resp_1"))) == 2


async def test_deltas_after_an_interruption_are_dropped() -> None:
    """When the user speaks, late deltas of the response are dropped."""
    async with talk() as t:
        await t.comes(created("resp_1"), speech_started())
        assert await t.comes(audio("resp_1")) == []
        await t.nothing_sent()


async def test_speech_that_does_not_interrupt() -> None:
    """With `interrupt_response: false` the response continues."""
    detection = {"type": "server_vad", "interrupt_response": False}
    async with talk(detection=detection, playback=PlaybackClock()) as t:
        await t.comes(created("resp_1"), audio("resp_1", ms=1000), speech_started())
        assert len(await t.comes(audio("resp_1"))) == 1
        await t.nothing_sent()


async def test_speech_before_the_response_is_created() -> None:
    """Speech cancels a requested response that has not started."""
    async with talk() as t:
        waiting = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(speech_started(), created("resp_1"))
        assert (await t.sent("response.cancel"))["response_id"] == "resp_1"
        assert await t.comes(audio("resp_1")) == []
        await t.comes(done("resp_1", "cancelled"))
        assert (await waiting).status == "cancelled"


# --- barge-in --------------------------------------------------------------------


async def playing(t: Talk, ms: int = 2000) -> None:
    await t.comes(created("resp_1"), audio("resp_1", ms=ms))


async def test_barge_in_tells_what_was_heard() -> None:
    """Speech flushes the speaker and truncates the item once."""
    time, flushed = Time(), list[str]()
    clock = PlaybackClock(clock=time, on_flush=lambda: flushed.append("now"))
    async with talk(playback=clock) as t:
        await playing(t)
        time.now += 0.75
        await t.comes(speech_started())
        assert flushed == ["now"]
        truncation = await t.sent("conversation.item.truncate")
        assert truncation["item_id"] == "item_1"
        assert truncation["content_index"] == 0
        assert truncation["audio_end_ms"] == 750
        await t.comes(done("resp_1", "cancelled"), speech_started())
        await t.keeper.response.cancel()
        await t.nothing_sent()


async def test_barge_in_after_the_response_is_done() -> None:
    """A complete response that is still playing is truncated."""
    time = Time()
    async with talk(playback=PlaybackClock(clock=time)) as t:
        await playing(t)
        await t.comes(audio_done("resp_1"), done("resp_1"))
        time.now += 0.5
        await t.comes(speech_started())
        truncation = await t.sent("conversation.item.truncate")
        assert truncation["audio_end_ms"] == 500


async def test_barge_in_when_all_was_heard() -> None:
    """A response that was played to its end is not truncated."""
    time = Time()
    async with talk(playback=PlaybackClock(clock=time)) as t:
        await playing(t)
        await t.comes(audio_done("resp_1"), done("resp_1"))
        time.now += 2.0
        await t.comes(speech_started())
        await t.nothing_sent()


async def test_nothing_is_truncated_at_zero() -> None:
    """Audio that was not heard at all is not truncated, as the service refuses 0 ms."""
    async with talk(playback=PlaybackClock(clock=Time())) as t:
        await playing(t)
        await t.comes(speech_started())
        await t.nothing_sent()


async def test_the_service_truncates_by_itself() -> None:
    """With `auto_truncate` the client flushes, and the service truncates."""
    time, flushed = Time(), list[str]()
    clock = PlaybackClock(clock=time, on_flush=lambda: flushed.append("now"))
    detection = {"type": "server_vad", "auto_truncate": True}
    async with talk(detection=detection, playback=clock) as t:
        await playing(t)
        time.now += 0.5
        await t.comes(speech_started())
        assert flushed
        await t.nothing_sent()


async def test_an_item_that_the_service_has_truncated() -> None:
    """An item that the service has truncated is not truncated again."""
    time = Time()
    async with talk(playback=PlaybackClock(clock=time)) as t:
        await playing(t)
        time.now += 0.5
        where = {"item_id": "item_1", "content_index": 0, "audio_end_ms": 400}
        await t.comes({"type": "conversation.item.truncated"} | where, speech_started())
        await t.nothing_sent()


async def test_cancel_stops_the_playback() -> None:
    """`response.cancel` flushes and truncates, also when generation is over."""
    time = Time()
    detection = {"type": "server_vad", "auto_truncate": True}
    async with talk(detection=detection, playback=PlaybackClock(clock=time)) as t:
        await playing(t)
        await t.comes(done("resp_1"))
        time.now += 0.25
        await t.keeper.response.cancel()
        truncation = await t.sent("conversation.item.truncate")
        assert truncation["audio_end_ms"] == 250
        await t.nothing_sent()


async def test_cancel_of_one_response_stops_its_audio_alone() -> None:
    """A cancel of a particular response keeps the audio of others."""
    time = Time()
    async with talk(playback=PlaybackClock(clock=time)) as t:
        await playing(t, 1000)
        await t.keeper.response.create(response={"conversation": "none"})
        await t.sent("response.create")
        await t.comes(created("resp_2", None), audio("resp_2", "item_2", 1000))
        time.now += 1.5
        await t.keeper.response.cancel(response_id="resp_2")
        sent = [(await t.peer.receive()).event for _ in range(2)]
        kinds = {event["type"]: event for event in sent}
        assert kinds["response.cancel"]["response_id"] == "resp_2"
        truncation = kinds["conversation.item.truncate"]
        assert (truncation["item_id"], truncation["audio_end_ms"]) == ("item_2", 500)
        assert await t.comes(audio("resp_2", "item_2")) == []


async def test_a_new_session_knows_no_items() -> None:
    """Items of an earlier session are not truncated."""
    time = Time()
    async with talk(playback=PlaybackClock(clock=time)) as t:
        await playing(t)
        time.now += 0.5
        await t.comes(session(), speech_started())
        await t.nothing_sent()


# --- barge-in and function calls ---------------------------------------------------


def slow_tools() -> tuple[ToolSet, asyncio.Event]:
    tools, ready = ToolSet(), asyncio.Event()

    @tools.tool
    async def look_up() -> str:
        await ready.wait()
        return "found"

    return tools, ready


async def test_calls_of_an_interrupted_response_are_not_run() -> None:
    """Calls of an interrupted response are dropped."""
    tools, ready = slow_tools()
    ready.set()
    async with talk(tools=tools) as t:
        events = calling("resp_1", call("call_1", "look_up"))
        await t.comes(*events[:-1])
        assert [c.call_id for c in t.keeper.pending_calls] == ["call_1"]
        await t.comes(speech_started(), done("resp_1", "cancelled"))
        assert t.keeper.pending_calls == ()
        await t.comes(speech_stopped())
        await t.nothing_sent()


async def test_the_answer_to_the_user_knows_the_outputs() -> None:
    """A response that started after the outputs includes them."""
    tools, ready = slow_tools()
    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")), speech_started())
        ready.set()
        output = await t.sent("conversation.item.create")
        await t.comes(acknowledged(output))
        await t.nothing_sent()
        await t.comes(speech_stopped(), created("resp_vad"), done("resp_vad"))
        await t.nothing_sent()


async def test_an_answer_that_does_not_know_the_outputs() -> None:
    """A response that started before the outputs is followed by another one."""
    tools, ready = slow_tools()
    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.comes(speech_started(), speech_stopped(), created("resp_vad"))
        ready.set()
        output = await t.sent("conversation.item.create")
        await t.comes(acknowledged(output), done("resp_vad"))
        await t.sent("response.create")


async def test_a_collision_with_an_answer_that_knows_the_outputs() -> None:
    """No retry if the other response started after the outputs."""
    tools, ready = slow_tools()
    ready.set()
    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        output = await t.sent("conversation.item.create")
        request = await t.sent("response.create")
        await t.comes(acknowledged(output), created("resp_vad"), collision(request))
        await t.comes(done("resp_vad"))
        await t.nothing_sent()


async def test_cancel_while_a_function_runs() -> None:
    """After a cancel, outputs are sent without a response."""
    tools, ready = slow_tools()
    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "look_up")))
        await t.keeper.response.cancel()
        ready.set()
        await t.sent("conversation.item.create")
        await t.nothing_sent()


# --- harmless errors ---------------------------------------------------------------


async def judged(t: Talk, event: Event) -> HarmlessReason | None:
    [error] = await t.comes(event)
    assert isinstance(error, ServerEventError)
    return t.keeper.benign(error)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("response_cancel_not_active", HarmlessReason.RESPONSE_OVER),
        ("item_already_truncated", HarmlessReason.ALREADY_TRUNCATED),
        ("item_delete_invalid_item_id", HarmlessReason.ALREADY_DELETED),
        ("input_audio_buffer_commit_empty", None),
        ("invalid_value", None),
        (None, None),
    ],
)
async def test_harmless_errors_are_recognised(
    code: str | None, reason: HarmlessReason | None
) -> None:
    """Errors for a state that already exists are harmless."""
    async with talk() as t:
        event = refusal({}, code or "")
        event["error"]["code"] = code
        assert await judged(t, event) is reason


async def test_an_empty_commit_after_the_services_own() -> None:
    """With turn detection, an empty commit is harmless: it was too late."""
    async with talk() as t:
        await t.comes(committed())
        empty = refusal({}, "input_audio_buffer_commit_empty")
        assert await judged(t, empty) is HarmlessReason.ALREADY_COMMITTED


async def test_an_empty_commit_without_turn_detection() -> None:
    """Without turn detection, an empty commit is an error."""
    async with talk(detection=None) as t:
        await t.comes(committed())
        empty = refusal({}, "input_audio_buffer_commit_empty")
        assert await judged(t, empty) is None


async def test_a_refused_truncation_of_the_keeper() -> None:
    """A refused truncation of the keeper is harmless."""
    time = Time()
    async with talk(playback=PlaybackClock(clock=time)) as t:
        await playing(t)
        time.now += 0.5
        await t.comes(speech_started())
        truncation = await t.sent("conversation.item.truncate")
        error = refusal(truncation, "item_truncate_invalid_item_id")
        assert await judged(t, error) is HarmlessReason.TRUNCATION_REFUSED
