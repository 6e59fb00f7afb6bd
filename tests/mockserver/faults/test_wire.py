"""Faults over real sockets, observed by a plain WebSocket client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from math import inf
from typing import Any

import aiohttp
import pytest

from tests.support.engine_driver import every, only, respond, types, update, user
from tests.support.mock_client import connected, refused
from voicelive_mockserver import MockServer
from voicelive_mockserver.faults import Close, Inject, Malformed, Refuse, Stall

TURN = (update(modalities=["text"]), user("Hello"), respond())


def broken(*faults: Any, **options: Any) -> MockServer:
    """Return a server with faults and infinite speed."""
    return MockServer(faults=faults, **{"speed": inf, **options})


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_refused_handshakes(status: int) -> None:
    """The client gets the status, and Retry-After if there is one."""
    async with broken(Refuse(status, retry_after=3)) as server:
        error = await refused(server)
        assert error.status == status
        assert error.headers is not None
        assert error.headers["Retry-After"] == "3"
        assert server.sessions == ()


async def test_handshake_faults_precede_the_key() -> None:
    """They apply to invalid keys as well."""
    async with broken("refuse:503") as server:
        assert (await refused(server, headers={"api-key": "wrong"})).status == 503


async def test_a_slow_handshake() -> None:
    """A slow handshake takes real time at any speed, and succeeds."""
    loop = asyncio.get_running_loop()
    async with broken("slow_handshake:0.1") as server:
        began = loop.time()
        async with connected(server) as client:
            assert loop.time() - began >= 0.1
            await client.until("session.created")


async def test_a_close_with_code_and_reason() -> None:
    """Earlier events arrive, then the close frame; the journal has the code."""
    async with (
        broken(Close(4001, "Enough.", event="response.text.delta")) as server,
        connected(server) as client,
    ):
        await client.send(*TURN)
        events = await client.rest()
        assert types(events)[-1] == "response.text.delta"
        assert len(every(events, "response.text.delta")) == 1
        assert client.websocket.close_code == 4001
    assert server.sessions[0].close_code == 4001
    assert types(server.sessions[0].server_events()) == types(events)


async def test_a_close_after_a_time(skip: Callable[[float], None]) -> None:
    """Delays of faults are in real time at any speed."""
    async with broken("close:1012:seconds=60") as server, connected(server) as client:
        await client.until("session.created")
        skip(30)
        await client.ask(*TURN)
        skip(30)
        assert await client.rest() == []
        assert client.websocket.close_code == 1012


@pytest.mark.parametrize("line", ["drop", "drop:mid_frame=true"])
async def test_a_lost_connection(line: str) -> None:
    """There is no close frame, and a partial frame is not delivered."""
    async with broken(line) as server, connected(server) as client:
        # So that there is another frame, in which the loss can happen.
        await client.send(update(modalities=["text"]))
        assert types(await client.rest()) == ["session.created"]
        assert client.websocket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def test_a_stall() -> None:
    """A stall holds all frames, while requests are still processed."""
    loop = asyncio.get_running_loop()
    async with (
        broken(Stall(0.15, event="session.updated")) as server,
        connected(server) as client,
    ):
        began = loop.time()
        await client.send(*TURN)
        await client.until("session.updated")
        events = await client.until("response.done")
        assert loop.time() - began >= 0.15
        assert types(events)[0] == "conversation.item.created"


async def test_delays() -> None:
    """Every event is late, and the order is kept."""
    loop = asyncio.get_running_loop()
    async with broken("delay:0.05:0.05") as server, connected(server) as client:
        began = loop.time()
        await client.send(*TURN)
        events = await client.until("response.done")
        assert loop.time() - began > 0.05
        stamps = [event["event_id"] for event in events]
    async with MockServer(speed=inf) as server, connected(server) as client:
        await client.send(*TURN)
        punctual = await client.until("response.done")
    assert [event["event_id"] for event in punctual] == stamps


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("truncated", aiohttp.WSMsgType.TEXT),
        ("binary", aiohttp.WSMsgType.BINARY),
        ("not_utf8", aiohttp.WSMsgType.ERROR),
        ("empty", aiohttp.WSMsgType.TEXT),
    ],
)
async def test_malformed_frames(how: Any, kind: aiohttp.WSMsgType) -> None:
    """Malformed frames arrive unchanged."""
    async with broken(Malformed(how, nth=1)) as server, connected(server) as client:
        message = await client.message()
        assert message.type is kind
        if kind is aiohttp.WSMsgType.TEXT:
            with pytest.raises(json.JSONDecodeError):
                json.loads(message.data)
            await client.send(*TURN)
            await client.until("response.done")


async def test_a_failed_response() -> None:
    """Only the selected response fails, without output."""
    async with (
        broken("fail_response:rate_limit_exceeded:nth=1") as server,
        connected(server) as client,
    ):
        failed = (await client.ask(*TURN))[-1]["response"]
        assert failed["status"] == "failed"
        assert failed["output"] == []
        error = failed["status_details"]["error"]
        assert (error["type"], error["code"]) == (
            "rate_limit_error",
            "rate_limit_exceeded",
        )
        response = (await client.ask(respond()))[-1]["response"]
        assert response["status"] == "completed"


async def test_faults_while_it_runs() -> None:
    """A new fault affects an idle connection; clearing ends a stall."""
    async with broken() as server, connected(server) as client:
        await client.until("session.created")
        server.faults.add(Inject({"type": "surprise"}, after=0))
        await client.until("surprise")
        server.faults.add("stall:after=0:duration=60")
        await client.send(*TURN)
        await server.wait_for("response.create")
        server.faults.clear()
        await client.until("response.done")
        server.faults.add("close:4000:after=0")
        assert await client.rest() == []
        assert client.websocket.close_code == 4000
    assert list(server.faults) != []
    await server.reset()
    assert list(server.faults) == []


async def test_the_end_of_a_session_waits_for_delayed_events() -> None:
    """The error of an expired session arrives."""
    async with (
        broken("delay:0.1:event=error", session_seconds=0.2, speed=10) as server,
        connected(server) as client,
    ):
        events = await client.rest()
        assert only(events, "error")["error"]["code"] == "session_expired"
        assert client.websocket.close_code == 1001


async def test_other_sessions_are_not_concerned() -> None:
    """A stalled connection does not affect others."""
    async with (
        broken("stall:connection=1") as server,
        connected(server) as stalled,
        connected(server) as client,
    ):
        await stalled.send(*TURN)
        await client.send(*TURN)
        await client.until("response.done")
        assert types(server.sessions[0].server_events()) == ["session.created"]


async def test_the_same_bytes_with_the_same_seed() -> None:
    """Two runs send the same frames, random faults included."""

    async def run(seed: int) -> list[bytes]:
        server = broken(
            "omit:event=response.text.delta:probability=0.5",
            "duplicate:probability=0.2",
            "reorder:probability=0.1",
            "extra_fields:probability=0.1",
            seed=seed,
            clock=lambda: 1_800_000_000.0,
        )
        async with server, connected(server) as client:
            await client.send(*TURN)
            await client.until("response.done")
            return [entry.frame for entry in server.sessions[0].entries]

    first, second, other = [await run(seed) for seed in (1, 1, 2)]
    assert first == second
    assert len(first) != len(other)


async def test_pings_without_an_answer() -> None:
    """A client with keepalive detects a dead connection, until faults are cleared."""
    async with (
        broken("ignore_pings:event=session.updated") as server,
        connected(server, autoping=False) as client,
    ):
        answered: list[bool] = []
        for is_cleared in (False, False, True):
            if is_cleared:
                server.faults.clear()
            await client.websocket.ping()
            await client.send(update(temperature=0.8))
            kinds = set[aiohttp.WSMsgType]()
            while "session.updated" not in str(
                (message := await client.message()).data
            ):
                kinds.add(message.type)
            answered.append(aiohttp.WSMsgType.PONG in kinds)
        assert answered == [True, False, True]


async def test_pushed_events_pass_the_faults() -> None:
    """Faults apply to pushed events like to those of the session."""
    async with (
        broken("duplicate:event=warning") as server,
        connected(server) as client,
    ):
        (session,) = server.open_sessions.values()
        session.push({"type": "warning", "warning": {"message": "Careful."}})
        session.push({"type": "last"})
        assert types(await client.until("last"))[-3:] == ["warning", "warning", "last"]
