"""Sessions with everything on: reconnecting, turns, tools, playback and telemetry."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.client import KEY
from tests.support.scripted_service import Peer, serve
from tests.support.telemetry import Recorder
from tests.support.waiting import receive_until
from tests.voicelive.resilience.support import (
    created,
    item_created,
    one_after_the_other,
    quick,
    updated,
    user,
)
from tests.voicelive.turns.service import call, calling
from voicelive import VoiceLiveClient, VoiceLiveSession
from voicelive.models import RequestSession, peek
from voicelive.resilience import ReconnectPolicy
from voicelive.telemetry import VoiceLiveInstrumentor
from voicelive.turns import PlaybackClock, ToolSet, TurnKeeper

HALF = "Hi \ud83d"
RULE = "Be \ud83d kind."

Script = Callable[[Peer], Awaitable[None]]


@pytest.fixture(autouse=True)
def telemetry() -> Any:
    """Everything is observed, with content."""
    recorder, instrumentor = Recorder(), VoiceLiveInstrumentor()
    instrumentor.instrument(
        tracer_provider=recorder.tracers,
        meter_provider=recorder.meters,
        enable_content_recording=True,
    )
    yield recorder
    instrumentor.uninstrument()
    recorder.tracers.shutdown()
    recorder.meters.shutdown()


async def begin(peer: Peer, number: int) -> list[Any]:
    """Begin a session and accept its settings; returns what was sent for that."""
    await peer.accept()
    await peer.send(created(number))
    update = (await peer.receive()).event
    assert update["type"] == "session.update"
    await peer.send(updated(**update["session"]))
    return [update["session"]]


async def take(peer: Peer, *kinds: str) -> list[Any]:
    """Receive events of these types, in order."""
    events = [(await peer.receive()).event for _ in kinds]
    assert [event["type"] for event in events] == list(kinds)
    return events


@asynccontextmanager
async def session_with(*scripts: Script) -> AsyncIterator[VoiceLiveSession]:
    """A session with all layers; each script is for one connection."""
    tools = ToolSet()

    @tools.tool
    async def echo(text: str) -> str:
        return text

    @tools.tool
    async def wrap(text: str) -> dict[str, str]:
        return {"text": text}

    async with asyncio.timeout(20), serve(one_after_the_other(*scripts)) as server:
        client = VoiceLiveClient(server.endpoint, KEY)
        session = client.create_session(
            RequestSession(model="gpt-realtime", instructions=RULE),
            tools=tools,
            playback=PlaybackClock(),
            reconnect=ReconnectPolicy(backoff=quick()),
        )
        async with session:
            yield session


async def test_half_a_surrogate_pair_goes_through_everything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Text of the user, arguments, results and settings; also into the next session."""
    got: list[Any] = []

    async def first(peer: Peer) -> None:
        got.extend(await begin(peer, 1))
        await peer.send(item_created(user("item_1", HALF)))
        arguments = json.dumps({"text": HALF})
        calls = (call("call_1", "echo", arguments), call("call_2", "wrap", arguments))
        for event in calling("resp_1", *calls):
            await peer.send(event)
        outputs = await take(
            peer, "conversation.item.create", "conversation.item.create"
        )
        for event in outputs:
            got.append(event["item"]["output"])
            item = event["item"] | {"id": "item_of_" + event["item"]["call_id"]}
            await peer.send(item_created(item))
        await take(peer, "response.create")
        await peer.close(1011)
        await peer.gone()

    async def second(peer: Peer) -> None:
        got.extend(await begin(peer, 2))
        items = await take(peer, *["conversation.item.create"] * 5)
        for event in items:
            await peer.send(item_created(event["item"]))
        got.append([event["item"] for event in items])
        await take(peer, "response.create")
        await peer.send({"type": "the.last"})
        await peer.gone()

    with caplog.at_level(logging.ERROR, "voicelive"):
        async with session_with(first, second) as session:
            events = await receive_until(session, "the.last")
            [shown] = [e for e in events if peek(e).item_id == "item_1"]
            assert shown.as_dict()["item"]["content"][0]["text"] == HALF
    settings, echoed, wrapped, again, items = got
    assert settings["instructions"] == again["instructions"] == RULE
    assert (echoed, json.loads(wrapped)) == (HALF, {"text": HALF})
    assert items[0]["content"][0]["text"] == HALF
    assert [i["output"] for i in items if "output" in i] == [echoed, wrapped]
    assert not [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


ODD: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"id": 5}},
    {"type": "response.created"},
    {"type": "response.done", "response": None},
    {"type": "response.done", "response": {"id": ["resp"], "output": 5, "usage": 3}},
    {"type": "response.output_item.done", "item": {"type": "function_call"}},
    {"type": "response.output_item.done", "item": [], "response_id": {}},
    {"type": "response.function_call_arguments.done", "call_id": 5, "arguments": {}},
    {"type": "response.audio.delta", "delta": "%%%", "item_id": "i"},
    {"type": "response.audio.delta", "delta": 5, "item_id": {}},
    {"type": "response.audio.done", "item_id": []},
    {"type": "conversation.item.created", "item": {"id": {}, "content": "x"}},
    {"type": "conversation.item.created", "item": {"id": "a", "content": [5, None]}},
    {"type": "conversation.item.created", "item": {"id": "b", "type": [], "role": 5}},
    {"type": "conversation.item.retrieved", "item": 5},
    {"type": "conversation.item.truncated", "item_id": "a", "audio_end_ms": "x"},
    {"type": "conversation.item.deleted", "item_id": {"a": 1}},
    {"type": "input_audio_buffer.speech_started", "item_id": 5},
    {"type": "input_audio_buffer.speech_stopped"},
    {"type": "input_audio_buffer.committed", "previous_item_id": []},
    {"type": "session.updated", "session": {"tools": 5, "turn_detection": "vad"}},
    {"type": "session.updated", "session": {"output_audio_format": "pcm16_0hz"}},
    {"type": "session.updated", "session": {"input_audio_sampling_rate": -1}},
    {"type": "session.updated", "session": []},
    {"type": "error", "error": "what"},
    {"type": "error"},
    {"type": "rate_limits.updated", "rate_limits": "none"},
    {"type": ["response.done"]},
    {"type": None},
]


async def test_odd_events_cost_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """All are delivered, nothing fails, and the session goes on as ever."""

    async def script(peer: Peer) -> None:
        await begin(peer, 1)
        for event in ODD:
            await peer.send(event)
        await peer.send({"type": "the.last"})
        await take(peer, "response.create")
        await peer.send({"type": "response.created", "response": {"id": "resp_9"}})
        await peer.send({"type": "response.done", "response": {"id": "resp_9"}})
        await peer.gone()

    with caplog.at_level(logging.ERROR, "voicelive"):
        async with session_with(script) as session:
            events = await receive_until(session, "the.last")
            frames = [event.as_dict() for event in events]
            assert [frame for frame in frames if frame in ODD] == ODD
            response = await session.turns.respond()
            assert response.id == "resp_9"
    assert not [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


async def test_any_failure_in_bookkeeping_is_contained(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every follower broken, events are delivered and sent; it is logged once."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("broken")

    for target in (
        "voicelive._connection.responses.Responses.created",
        "voicelive.resilience._session_snapshot.SessionTracker._handle",
        "voicelive.resilience._session_snapshot.SessionTracker._track",
        "voicelive.turns._controller.TurnController._react",
        "voicelive.turns._user_turn.UserTurn.observe",
        "voicelive.turns._playback.PlaybackClock.follow",
        "voicelive.telemetry._counters.Counters.received",
        "voicelive.telemetry._counters.Counters.sent",
    ):
        monkeypatch.setattr(target, broken)
    got: list[Any] = []

    async def script(peer: Peer) -> None:
        await begin(peer, 1)
        for event in calling("resp_1", call("call_1", "echo", '{"text": "a"}')):
            await peer.send(event)
        got.extend(await take(peer, "conversation.item.create", "response.create"))
        await peer.send({"type": "the.last"})
        await peer.gone()

    with caplog.at_level(logging.WARNING, "voicelive"):
        async with session_with(script) as session:
            kinds = [
                peek(e).type for e in await receive_until(session, "response.done")
            ]
            await session.add_conversation_item(
                {"type": "message", "role": "user", "content": []}
            )
            await session.response.create()
            await receive_until(session, "the.last")
            assert isinstance(session.turns, TurnKeeper)
    assert kinds[0] == "session.created"
    assert kinds[-1] == "response.done"
    assert len(got) == 2
    failed = [r.getMessage().partition(" failed")[0] for r in caplog.records]
    assert sorted(failed) == [
        "keeping turns",
        "remembering the session",
        "telemetry",
        # That of the connection, and that of the application.
        "tracking the session",
        "tracking the session",
    ]
