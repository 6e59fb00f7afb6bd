"""Cancelling, closing and not reading, at every moment of a conversation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from math import inf
from typing import Any

import pytest

from tests.integration.client.user import KINDS, Client, User, opened
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
            opened("connection", server, **options) as link,
            TurnKeeper(link) as keeper,
        ):
            yield keeper
    else:
        async with opened(kind, server, **options) as client:  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            yield client


@pytest.mark.parametrize(("speed", "story"), [(80, long), (inf, short)])
@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_cancel_at_each_event(
    kind: str, speed: float, story: Callable[[ReplyRequest], str]
) -> None:
    """`response.cancel` after any number of events ends the response, and only it.

    At infinite speed the response is over whenever the service hears of it.
    """
    async with MockServer(speed=speed, responder=story) as server:
        statuses: list[object] = []
        async with using(kind, server) as client:
            user, done = User(client), None
            await client.session.update(session={})
            await user.until("session.updated")
            while done is None and len(statuses) < MOST_EVENTS:
                await client.response.create()
                for _ in range(len(statuses)):
                    (event,) = await user.until(lambda _: True)
                    if isinstance(event, ServerEventResponseDone):
                        done = event.response
                        break
                await client.response.cancel()
                statuses.append((done or await user.answer()).status)
                # The answer to a cancel that came too late is before that to this.
                await client.input_audio_buffer.clear()
                await user.until("input_audio_buffer.cleared")
        errors = [e.error.code for e in user.events if isinstance(e, ServerEventError)]
        assert set(errors) <= {ErrorCode.RESPONSE_CANCEL_NOT_ACTIVE}
        assert len(statuses) > 15
        ends = ResponseStatus.COMPLETED if speed == inf else ResponseStatus.CANCELLED
        assert set(statuses[1:]) == {ends}
        if kind == "turns":
            # It sends nothing that it knows to be in vain.
            assert len(server.last_session.sent("response.cancel")) <= len(statuses)


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_close_at_each_event(kind: str) -> None:
    """A client may leave after any number of events; nothing of it stays."""
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
async def test_give_up_at_each_step(kind: str) -> None:
    """A task that is cancelled at any step, handshake included, leaves nothing."""

    async def talk() -> None:
        async with using(kind, server) as client:
            user = User(client)
            await user.configure()
            await user.ask("Hello!")

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
    """Every receive is cancelled once, and every event comes, once and in order."""
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
async def telling_a_long_story() -> AsyncIterator[MockServer]:
    """A service whose answers are longer than all buffers on the way to the client."""
    async with MockServer(speed=inf, responder=long) as server:
        assert server._listener.sockets
        for listening in server._listener.sockets:
            # Else the kernel alone would take some megabytes.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        yield server


async def not_reading(server: MockServer, client: Client) -> None:
    """Ask for much, and read nothing until the service waits."""
    await client.session.update(session={})
    await client.response.create()
    frames = -1
    async with asyncio.timeout(10):
        while not server.sessions or server.last_session.frames != frames:
            frames = server.last_session.frames if server.sessions else -1
            await asyncio.sleep(0.03)
    assert not server.last_session.received("response.done")


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_a_slow_reader_makes_the_service_wait(kind: str) -> None:
    """What is not read stays at the service, and all of it comes in the end."""
    async with (
        telling_a_long_story() as server,
        using(kind, server, handled=False) as client,
    ):
        await not_reading(server, client)
        user = User(client)
        assert (await user.answer()).status == "completed"
        deltas = [
            event.delta
            for event in user.events
            if isinstance(event, ServerEventResponseAudioDelta)
        ]
        sent = server.last_session.received("response.audio.delta")
        assert len(deltas) == len(sent)
        assert sum(map(len, deltas)) > 1_500_000


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_a_slow_reader_can_leave(kind: str) -> None:
    """Closing does not wait for what was not read."""
    async with telling_a_long_story() as server:
        async with using(kind, server, handled=False) as client:
            await not_reading(server, client)
            async with asyncio.timeout(5):
                await client.close()
        await eventually(lambda: not server.open_sessions)


@pytest.mark.parametrize("kind", ["connection", "staying"])
async def test_the_patience_of_the_service_ends(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is too slow for the service is told so, after what it has read."""
    monkeypatch.setattr(mock_connection, "_PATIENCE_SECONDS", 0.1)
    async with (
        telling_a_long_story() as server,
        using(kind, server, handled=False) as client,
    ):
        await not_reading(server, client)
        await server_ends(server)
        user = User(client)
        with pytest.raises(ConnectionClosed) as caught:
            await user.rest()
        assert (caught.value.code, caught.value.retryable) == (1008, False)
        assert "read" in caught.value.reason
        assert user.count("response.audio.delta") > 10


async def server_ends(server: MockServer) -> None:
    """Wait until the service has given a client up."""
    await eventually(lambda: server.last_session.close_code is not None)


@pytest.mark.parametrize("kind", ["connection", "turns"])
async def test_pings_need_a_reader(kind: str) -> None:
    """Who reads nothing sees no answers to pings: the connection is given up."""
    async with telling_a_long_story() as server:
        async with using(kind, server, heartbeat=0.1) as client:
            await client.session.update(session={})
            await client.response.create()
            await eventually(lambda: server.sessions and not server.open_sessions)
            with pytest.raises(ConnectionLost) as caught:
                await User(client).rest()
            assert caught.value.retryable
            assert "PONG" in str(caught.value)
        assert server.last_session.close_code is None
