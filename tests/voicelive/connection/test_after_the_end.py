"""Repeated use of what has ended, and waits that end with the connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.client import KEY, dial
from tests.support.scripted_service import (
    Peer,
    Server,
    serve,
    tls_context,
    trusting_context,
)
from voicelive import VoiceLiveClient
from voicelive.aio import ConnectionLost, connect
from voicelive.resilience import (
    Backoff,
    ReconnectPolicy,
    SendQueue,
    SilenceKeepAlive,
    stay_connected,
)
from voicelive.turns import TurnKeeper


async def ending(peer: Peer) -> None:
    """A session that begins, takes what comes, and ends."""
    await peer.begin()
    await peer.close(1008)
    await peer.gone()


Opened = Callable[[Server], Any]


def reconnecting(server: Server) -> Any:
    policy = ReconnectPolicy(backoff=Backoff(max_attempts=1))
    return stay_connected(credential=KEY, endpoint=server.endpoint, policy=policy)


@asynccontextmanager
async def keeping_turns(server: Server) -> AsyncIterator[TurnKeeper]:
    async with dial(server) as connection, TurnKeeper(connection) as keeper:
        yield keeper


@asynccontextmanager
async def quiet(server: Server) -> AsyncIterator[SilenceKeepAlive]:
    async with dial(server) as connection, SilenceKeepAlive(connection) as link:
        yield link


def session(server: Server, **options: Any) -> Any:
    return VoiceLiveClient(server.endpoint, KEY).create_session("gpt", **options)


LAYERS: dict[str, Opened] = {
    "connection": dial,
    "reconnecting": reconnecting,
    "turns": keeping_turns,
    "silence": quiet,
    "session": session,
    "session with turns": lambda server: session(server, keep_turns=True),
    "session that reconnects": lambda server: session(
        server, reconnect=ReconnectPolicy(backoff=Backoff(max_attempts=1))
    ),
}

Use = Callable[[Any], Awaitable[object]]


async def iterate(link: Any) -> None:
    async for _ in link:
        pass


USES: dict[str, Use] = {
    "recv": lambda link: link.recv(),
    "iterate": iterate,
    "send": lambda link: link.send({"type": "x"}),
    "update": lambda link: link.session.update(session={}),
    "respond": lambda link: link.response.create(),
    "cancel": lambda link: link.response.cancel(),
}


async def the_end(link: Any) -> None:
    """Receive up to the end."""
    with contextlib.suppress(ConnectionError):
        while True:
            await link.recv()


async def lets_others_run(use: Callable[[], Awaitable[object]]) -> None:
    """Use something that has ended, as the loop of a sample does, next to a ticker.

    The sample ignores the errors that networks have, and nothing else ends it.
    """
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    for _ in range(100):
        with contextlib.suppress(ConnectionError, OSError):
            await use()
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    assert ticks >= 100


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
async def test_repeated_use_lets_others_run(layer: Opened, use: Use) -> None:
    """Every call after the end yields to the event loop, at every layer."""
    async with serve(ending) as server, layer(server) as link:
        await the_end(link)
        await lets_others_run(lambda: use(link))


async def test_waiting_for_readiness_lets_others_run() -> None:
    """Waiting for a session that cannot begin raises as well."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.close(1008)
        await peer.gone()

    for layer in (dial, reconnecting):
        async with serve(script) as server, layer(server) as link:
            with pytest.raises(ConnectionError):
                await link.wait_until_ready()
            await lets_others_run(link.wait_until_ready)


@pytest.mark.virtual_time(sockets=True)
async def test_sending_on_a_broken_socket_lets_others_run() -> None:
    """Nothing has told of the end yet: the failed write itself yields."""
    async with serve(Peer.begin) as server, dial(server) as connection:
        await asyncio.sleep(2)  # until the reset has arrived
        await lets_others_run(lambda: connection.send({"type": "x"}))


async def test_flushing_a_failed_queue_lets_others_run() -> None:
    """The send queue raises what sending failed with, again and again."""
    async with serve(ending) as server, dial(server) as connection:
        with pytest.raises(ConnectionError):
            await iterate(connection)
        queue = await SendQueue(connection).__aenter__()
        queue.put_audio(b"\0\0")
        await lets_others_run(queue.flush)
        await queue.close(flush=False)


@pytest.mark.slow
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("receiving", [False, True], ids=["sending", "both"])
async def test_heartbeat_ends_a_send(tls: bool, receiving: bool) -> None:
    """A send that waits for a peer which is gone ends when the heartbeat gives up."""

    async def deaf(peer: Peer) -> None:
        await peer.begin()
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    async with serve(deaf, tls=tls_context() if tls else None) as server:
        endpoint = server.endpoint.replace("http", "https" if tls else "http")
        context = connect(
            credential=KEY,
            endpoint=endpoint,
            connection_options={
                "heartbeat": 0.4,
                "close_timeout": 60,
                "vendor_options": {"ssl": trusting_context()} if tls else {},
            },
        )
        async with context as connection:
            await connection.wait_until_ready()
            began = loop.time()
            received = asyncio.create_task(iterate(connection)) if receiving else None
            first = asyncio.create_task(connection.send("x" * 20_000_000))
            second = asyncio.create_task(connection.send("y" * 20_000_000))
            await asyncio.wait({first})  # TLS may take in the first of them whole
            for waiting in filter(None, (second, received)):
                with pytest.raises(ConnectionLost):
                    await waiting
            await asyncio.gather(first, return_exceptions=True)
            assert loop.time() - began < 5
            with pytest.raises(ConnectionLost):
                await connection.send("z")


async def test_message_too_large_while_sending_is_stuck() -> None:
    """A protocol error ends all waits too, though the peer reads nothing."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.reader.readexactly(10)
        await peer.send("x" * 2000)
        await asyncio.Event().wait()

    async with (
        serve(script) as server,
        dial(server, max_msg_size=1000, close_timeout=0.2) as connection,
    ):
        await connection.wait_until_ready()
        sending = asyncio.create_task(connection.send("x" * 20_000_000))
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionError):
                await iterate(connection)
            with pytest.raises(ConnectionError):
                await sending
