"""Turn management with events that do not match their types."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.turns.service import (
    Event,
    audio,
    call,
    created,
    done,
    session,
    speech_started,
    talk,
)
from voicelive.aio import SessionRejected
from voicelive.turns import (
    NoResponse,
    PlaybackClock,
    ToolSet,
    TurnKeeper,
)
from voicelive_protocol import InvalidServerEvent, decode_server_event

# What `response.done` of resp_1 may look like when one thing in it is odd. The first
# is the shape that was reported.

pytestmark = pytest.mark.virtual_time


ODD_ENDS: dict[str, Event] = {
    "null tokens": done("resp_1")
    | {
        "response": {
            "id": "resp_1",
            "object": "realtime.response",
            "status": "completed",
            "output": [],
            "usage": {"total_tokens": None, "input_tokens": 3, "output_tokens": 4},
        }
    },
    "usage is text": {"type": "response.done"}
    | {"response": {"id": "resp_1", "status": "completed", "usage": "many"}},
    "number as text": {"type": "response.done"}
    | {"response": {"id": "resp_1", "temperature": "hot", "output": None}},
    "output is no list": {"type": "response.done"}
    | {"response": {"id": "resp_1", "status": "completed", "output": {}}},
    "id is a number": {"type": "response.done"}
    | {"response": {"id": 1, "status": "completed", "output": []}},
    "no id": {"type": "response.done", "response": {"status": "completed"}},
    "response is null": {"type": "response.done", "response": None},
    "response is missing": {"type": "response.done"},
    "id outside": {"type": "response.done", "response_id": "resp_1", "response": 7},
}


@pytest.mark.parametrize("end", ODD_ENDS.values(), ids=ODD_ENDS.keys())
async def test_a_response_ends_however_odd_its_end_is(end: Event) -> None:
    """The next request is sent, and `respond` returns the response."""
    async with talk() as t:
        first = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        await t.keeper.response.create()
        assert t.keeper.waiting_responses == 1
        await t.comes(end)
        await t.sent("response.create")
        assert (await first).status in ("completed", None)
        assert t.keeper.active_response is None


@pytest.mark.parametrize(
    "response",
    [
        {"id": "resp_1", "status": "in_progress", "modalities": "all of them"},
        {"id": "resp_1", "metadata": 3, "voice": 4},
        {"id": 7},
        None,
    ],
)
async def test_a_response_begins_however_odd_its_beginning_is(response: Any) -> None:
    """It counts as active, can be cancelled, and ends."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        await t.comes({"type": "response.created", "response": response})
        assert not t.keeper.response_requested
        assert t.keeper.active_response is not None
        await t.keeper.response.create()
        await t.nothing_sent()
        await t.keeper.response.cancel()
        await t.sent("response.cancel")
        await t.comes(done("resp_1", "cancelled"))
        await t.sent("response.create")


async def test_what_of_a_response_fits_is_read() -> None:
    """Valid fields are present, invalid ones absent."""
    async with talk() as t:
        asked = asyncio.create_task(t.keeper.respond())
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        odd = {"id": "resp_1", "status": "incomplete", "temperature": "hot"}
        await t.comes({"type": "response.done", "response": odd})
        response = await asked
        assert (response.id, response.status) == ("resp_1", "incomplete")
        assert response.temperature is None


async def test_late_deltas_of_a_cancelled_response_are_dropped() -> None:
    """Also those that do not fit their type."""
    async with talk() as t:
        await t.keeper.response.create()
        await t.sent("response.create")
        await t.comes(created("resp_1"))
        await t.keeper.response.cancel()
        await t.sent("response.cancel")
        odd = audio("resp_1") | {"delta": None}
        assert isinstance(decode_server_event(json.dumps(odd)), InvalidServerEvent)
        assert await t.comes(odd) == []
        assert len(await t.comes(odd | {"response_id": "resp_2"})) == 1


async def test_speech_interrupts_however_odd_its_event_is() -> None:
    """The playback is flushed and the item truncated."""
    flushed: list[int] = []
    clock = PlaybackClock(reported=True, on_flush=lambda: flushed.append(1))
    async with talk(playback=clock) as t:
        await t.comes(created("resp_1"), audio("resp_1", ms=500))
        clock.played(ms=200)
        await t.comes(speech_started() | {"audio_start_ms": "soon", "item_id": None})
        truncation = await t.sent("conversation.item.truncate")
        assert truncation["audio_end_ms"] == 200
        assert flushed == [1]


async def test_audio_counts_however_odd_the_rest_of_its_event_is() -> None:
    """Playback follows items by their ids."""
    clock = PlaybackClock(reported=True)
    async with talk(playback=clock) as t:
        await t.comes(created("resp_1"))
        odd = audio("resp_1", ms=500) | {"content_index": None, "output_index": "first"}
        await t.comes(odd)
        assert clock.received_ms("item_1") == 500


async def test_a_session_counts_however_odd_it_is() -> None:
    """`turn_detection` is read if another field of the session is invalid."""
    odd = session({"type": "server_vad", "interrupt_response": False}, tools="none")
    flushed: list[int] = []
    clock = PlaybackClock(on_flush=lambda: flushed.append(1))
    async with talk(playback=clock) as t:
        await t.comes(odd | {"type": "session.updated"}, speech_started())
        assert not flushed


@pytest.mark.parametrize(
    "events",
    [
        # The event of the arguments says nothing, the item says it all.
        [{"arguments": "", "name": "say"}, {}],
        [{"arguments": None, "name": None}, {}],
        # The item cannot be read as an item, but has what matters.
        [None, {"status": 5, "id": None}],
        [{"arguments": "", "output_index": "first"}, {"status": None}],
    ],
)
async def test_a_call_is_put_together_from_its_events(events: list[Any]) -> None:
    """Name and arguments come from the event of the arguments, the item, or both."""
    said: list[str] = []
    tools = ToolSet()

    @tools.tool
    async def say(word: str) -> str:
        said.append(word)
        return word

    arguments, changes = events
    item = call("call_1", "say", '{"word": "hello"}') | changes
    of = {"response_id": "resp_1", "item_id": "item_call_1", "call_id": "call_1"}
    async with talk(tools=tools) as t:
        await t.comes(created("resp_1"))
        if arguments is not None:
            kind = {"type": "response.function_call_arguments.done"}
            await t.comes(kind | of | {"output_index": 0} | arguments)
        kind = {"type": "response.output_item.done"}
        await t.comes(kind | {"response_id": "resp_1", "item": item})
        await t.comes(done("resp_1"))
        sent = await t.sent("conversation.item.create")
        assert sent["item"]["call_id"] == "call_1"
        assert said == ["hello"]
        await t.sent("response.create")


@pytest.mark.parametrize("where", ["event", "item"])
async def test_arguments_in_either_place(where: str) -> None:
    """Any of the events may lack the arguments."""
    said: list[str] = []
    tools = ToolSet()

    @tools.tool
    async def say(word: str) -> str:
        said.append(word)
        return word

    full, empty = '{"word": "hello"}', ""
    async with talk(tools=tools) as t:
        item = call("call_1", "say", full if where == "item" else empty)
        of = {"response_id": "resp_1", "item_id": "item_call_1", "call_id": "call_1"}
        kind = {"type": "response.function_call_arguments.done", "output_index": 0}
        fields = {"arguments": full if where == "event" else empty, "name": "say"}
        end = done("resp_1", "completed", item)
        await t.comes(created("resp_1"), kind | of | fields, end)
        await t.sent("conversation.item.create")
        assert said == ["hello"]


@pytest.mark.parametrize(
    "error",
    [
        {"code": "invalid_model", "message": "not supported here"},
        {"type": "server_error", "code": "invalid_model", "message": None},
        {"type": "server_error", "code": 500, "message": "not supported here"},
    ],
)
async def test_a_rejected_session_fails_respond(error: dict[str, Any]) -> None:
    """`respond()` raises an error of the service of any shape."""

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.receive()
        await peer.send({"type": "error", "event_id": "e1", "error": error})
        await peer.close(1000)
        await peer.gone()

    async with (
        serve_in_memory(script) as server,
        dial(server) as connection,
        TurnKeeper(connection) as keeper,
    ):
        asked = asyncio.create_task(keeper.respond())
        await asyncio.sleep(0)
        assert (await keeper.recv()).as_dict()["error"] == error
        with pytest.raises(SessionRejected, match=error["message"]):
            await keeper.recv()
        with pytest.raises(SessionRejected) as caught:
            await asked
        assert caught.value.error is not None
        assert caught.value.error.code == str(error["code"])


async def test_a_rejected_session_that_is_not_closed() -> None:
    """`respond()` raises the error also if the service does not close."""
    error = {"type": "invalid_request_error", "code": "no", "message": "never"}

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.receive()
        await peer.send({"type": "error", "error": error})
        await peer.gone()

    async with (
        serve_in_memory(script) as server,
        dial(server) as connection,
        TurnKeeper(connection) as keeper,
    ):
        asked = asyncio.create_task(keeper.respond())
        await asyncio.sleep(0)
        await keeper.recv()
        with pytest.raises(NoResponse, match="never") as caught:
            await asked
        assert caught.value.error is not None
        assert caught.value.error.code == "no"


async def test_a_failure_in_keeping_turns_costs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged once; all events are delivered, and the connection stays open."""

    class Broken(PlaybackClock):
        def follow(self, seen: Any, session: Any) -> None:
            raise ZeroDivisionError("broken")

    with caplog.at_level(logging.WARNING, "voicelive"):
        async with talk(playback=Broken()) as t:
            await t.keeper.response.create()
            await t.sent("response.create")
            assert len(await t.comes(created("resp_1"), audio("resp_1"))) == 2
            await t.keeper.response.create()
            assert len(await t.comes(done("resp_1"))) == 1
            await t.sent("response.create")
    assert [r.getMessage() for r in caplog.records if r.exc_info] == [
        "keeping turns failed; the connection goes on, and further failures are logged "
        "at DEBUG only"
    ]
