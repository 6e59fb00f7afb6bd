"""Cancelling, closing and slow reading, at every point of a conversation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from math import inf
from typing import Any

import pytest

from tests.integration.client.client_driver import (
    KINDS,
    Client,
    ClientDriver,
    open_client,
)
from tests.support.waiting import eventually
from voicelive.aio import ConnectionClosed, ConnectionLost
from voicelive.turns import TurnKeeper
from voicelive_mockserver import MockServer, ReplyRequest
from voicelive_mockserver.server import session_driver as mock_connection
from voicelive_protocol import (
    ErrorCode,
    ResponseStatus,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventResponseDone,
)

MOST_EVENTS = 25
ALL_KINDS = [*KINDS, "turns"]


def short(_request: ReplyRequest) -> str:
    return "A short answer."


def long(_request: ReplyRequest) -> str:
    return "This is a very long story that goes on and on and on. " * 16


@asynccontextmanager
async def using(kind: str, server: MockServer, **options: Any) -> AsyncIterator[Client]:
    """A client of any kind."""
    if kind == "turns":
        async with (
            open_client("connection", server, **options) as link,
            TurnKeeper(link) as keeper,
        ):
            yield keeper
    else:
        async with open_client(kind, server, **options) as client:  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            yield client


@pytest.mark.parametrize(("speed", "story"), [(80, long), (inf, short)])
@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_cancel_at_each_event(
    kind: str, speed: float, story: Callable[[ReplyRequest], str]
) -> None:
    """`response.cancel` after any number of events ends only that response.

    At infinite speed the response has ended before the service receives the cancel.
    """
    async with MockServer(speed=speed, responder=story) as server:
        statuses: list[object] = []
        async with using(kind, server) as client:
            driver, done = ClientDriver(client), None
            await client.session.update(session={})
            await driver.until("session.updated")
            while done is None and len(statuses) < MOST_EVENTS:
                await client.response.create()
                for _ in range(len(statuses)):
                    (event,) = await driver.until(lambda _: True)
                    if isinstance(event, ServerEventResponseDone):
                        done = event.response
                        break
                await client.response.cancel()
                statuses.append((done or await driver.answer()).status)
                # Fence: the answer to a late cancel arrives before the answer to this.
                await client.input_audio_buffer.clear()
                await driver.until("input_audio_buffer.cleared")
        errors = [
            e.error.code for e in driver.events if isinstance(e, ServerEventError)
        ]
        assert set(errors) <= {ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE}
        assert len(statuses) > 15
        ends = ResponseStatus.COMPLETED if speed == inf else ResponseStatus.CANCELLED
        assert set(statuses[1:]) == {ends}
        if kind == "turns":
            # A cancel without an active response is not sent.
            assert len(server.last_session.sent("response.cancel")) <= len(statuses)


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_close_at_each_event(kind: str) -> None:
    """A client may close after any number of events, without leaks."""
    async with MockServer(speed=200, responder=short) as server:
        at, ended = 0, False
        while not ended:
            async with using(kind, server) as client, asyncio.timeout(5):
                await client.session.update(session={})
                await client.response.create()
                for _ in range(at):
                    event = await client.recv()
                    ended = ended or isinstance(event, ServerEventResponseDone)
            assert client.closed
            with pytest.raises(ConnectionClosed):
                await client.response.create()
            at += 1
        await eventually(lambda: not server.open_sessions)
        assert at > 15
        assert {session.close_code for session in server.sessions} == {1000}


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_cancel_the_task_at_each_step(kind: str) -> None:
    """A task cancelled at any step, handshake included, leaves no session open."""

    async def talk() -> None:
        async with using(kind, server) as client:
            driver = ClientDriver(client)
            await driver.configure()
            await driver.ask("Hello!")

    async with MockServer(speed=inf, responder=short) as server:
        for steps in count():
            task = asyncio.create_task(talk())
            for _ in range(steps):
                await asyncio.sleep(0)
            if not task.cancel():
                await task
                break
            await asyncio.wait({task}, timeout=5)
            assert task.cancelled()
        await eventually(lambda: not server.open_sessions)


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_cancelled_receives_lose_nothing(kind: str) -> None:
    """Cancelled receives lose, repeat and reorder no events."""
    async with (
        MockServer(speed=200, responder=short) as server,
        using(kind, server) as client,
    ):
        await client.session.update(session={})
        await client.response.create()
        events: list[str] = []
        while "response.done" not in events:
            receiving = asyncio.create_task(client.recv())
            for _ in range(len(events) % 3):
                await asyncio.sleep(0)
            receiving.cancel()
            try:
                event = await receiving
            except asyncio.CancelledError:
                event = await client.recv()
            events.append(str(event.type))
        sent = server.last_session.server_events()
        assert events == [event["type"] for event in sent]


@asynccontextmanager
async def long_replies() -> AsyncIterator[MockServer]:
    """Run a service whose replies exceed all buffers on the way to the client."""
    async with MockServer(speed=inf, responder=long) as server:
        assert server._listener.sockets
        for listening in server._listener.sockets:
            # By default, the kernel buffers several megabytes.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        yield server


async def fill_buffers(server: MockServer, client: Client) -> None:
    """Request a long reply, and read nothing until the service stops sending."""
    await client.session.update(session={})
    await client.response.create()
    frames = -1
    async with asyncio.timeout(10):
        while not server.sessions or server.last_session.frames != frames:
            frames = server.last_session.frames if server.sessions else -1
            await asyncio.sleep(0.03)
    assert not server.last_session.received("response.done")


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_a_slow_reader_slows_the_service(kind: str) -> None:
    """Back pressure: unread events stay at the service, and all arrive later."""
    async with (
        long_replies() as server,
        using(kind, server, handled=False) as client,
    ):
        await fill_buffers(server, client)
        driver = ClientDriver(client)
        assert (await driver.answer()).status == "completed"
        deltas = [
            event.delta
            for event in driver.events
            if isinstance(event, ServerEventResponseAudioDelta)
        ]
        sent = server.last_session.received("response.audio.delta")
        assert len(deltas) == len(sent)
        assert sum(map(len, deltas)) > 1_500_000


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_a_slow_reader_can_close(kind: str) -> None:
    """Closing does not wait for unread events."""
    async with long_replies() as server:
        async with using(kind, server, handled=False) as client:
            await fill_buffers(server, client)
            async with asyncio.timeout(5):
                await client.close()
        await eventually(lambda: not server.open_sessions)


@pytest.mark.parametrize("kind", ["connection", "reconnecting"])
async def test_the_service_drops_a_slow_reader(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is too slow is closed with 1008, after the events sent so far."""
    monkeypatch.setattr(mock_connection, "_PATIENCE_SECONDS", 0.1)
    async with (
        long_replies() as server,
        using(kind, server, handled=False) as client,
    ):
        await fill_buffers(server, client)
        await eventually(lambda: server.last_session.close_code is not None)
        driver = ClientDriver(client)
        with pytest.raises(ConnectionClosed) as caught:
            await driver.rest()
        assert (caught.value.code, caught.value.retryable) == (1008, False)
        assert "read" in caught.value.reason
        assert driver.count("response.audio.delta") > 10


@pytest.mark.parametrize("kind", ["connection", "turns"])
async def test_pings_need_a_reader(kind: str) -> None:
    """Without reading, pongs are not seen, and the connection is lost."""
    async with long_replies() as server:
        async with using(kind, server, heartbeat=0.1) as client:
            await client.session.update(session={})
            await client.response.create()
            await eventually(lambda: server.sessions and not server.open_sessions)
            with pytest.raises(ConnectionLost) as caught:
                await ClientDriver(client).rest()
            assert caught.value.retryable
            assert "PONG" in str(caught.value)
        assert server.last_session.close_code is None
