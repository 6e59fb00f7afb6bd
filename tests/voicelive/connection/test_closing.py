from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.scripted_service import (
    CLOSE,
    Peer,
    Server,
    serve,
    tls_context,
    trusting_context,
)
from voicelive.aio import (
    ConnectionClosed,
    ConnectionLost,
    VoiceLiveConnection,
    connect,
)


class Closing:
    """Server that begins a session and records the close of the client."""

    def __init__(self) -> None:
        self.closed: list[tuple[int, str]] = []
        self.gone = asyncio.Event()

    async def __call__(self, peer: Peer) -> None:
        await peer.begin()
        try:
            while (frame := await peer.receive()).opcode != CLOSE:
                pass
            self.closed.append(frame.closing)
            await peer.close(*frame.closing)
            await peer.gone()
        finally:
            self.gone.set()


@asynccontextmanager
async def closing(
    **options: Any,
) -> AsyncIterator[tuple[Closing, VoiceLiveConnection]]:
    server_side = Closing()
    async with serve(server_side) as server:
        async with dial(server, **options) as connection:
            yield server_side, connection
        await asyncio.wait_for(server_side.gone.wait(), 5)


async def test_leaving_the_context() -> None:
    """Leaving the context closes with 1000."""
    async with closing() as (server_side, connection):
        await connection.recv()
    assert server_side.closed == [(1000, "")]
    assert connection.closed
    assert "closed" in repr(connection)


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        ("", ""),
        ("enough", "enough"),
        ("x" * 200, "x" * 123),
        ("é" * 100, "é" * 61),
    ],
)
async def test_code_and_reason(reason: str, sent: str) -> None:
    """close() sends code and reason; a reason that is too long is cut."""
    async with closing() as (server_side, connection):
        await connection.close(code=4000, reason=reason)
    assert server_side.closed == [(4000, sent)]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2000, 5000])
async def test_code_that_may_not_be_sent(code: int) -> None:
    """Codes that RFC 6455 reserves are refused; the connection stays open."""
    async with closing() as (server_side, connection):
        with pytest.raises(ValueError, match=str(code)):
            await connection.close(code=code)
        assert not connection.closed
    assert server_side.closed == [(1000, "")]


async def test_closing_again() -> None:
    """Closing again, from other tasks and at the end of the context, does nothing."""
    async with closing() as (server_side, connection):
        await asyncio.gather(*(connection.close(code=4000 + n) for n in range(5)))
        await connection.close(code=4010)
    assert server_side.closed == [(4000, "")]


async def test_closing_while_receiving() -> None:
    """A recv() in another task ends when the connection is closed."""
    async with closing() as (server_side, connection):
        await connection.recv()
        waiting = asyncio.create_task(connection.recv())
        await asyncio.sleep(0)
        await connection.close(code=4000)
        with pytest.raises(ConnectionClosed) as caught:
            await waiting
        assert caught.value.code == 4000
    assert server_side.closed == [(4000, "")]


async def test_exception_in_the_context() -> None:
    """An exception in the context propagates, and the connection is closed."""
    server_side = Closing()

    async def use(server: Server) -> None:
        async with dial(server) as connection:
            async for _ in connection:
                raise LookupError("mine")

    async with serve(server_side) as server:
        with pytest.raises(LookupError, match="mine"):
            await use(server)
        await asyncio.wait_for(server_side.gone.wait(), 5)
    assert server_side.closed == [(1000, "")]


@pytest.mark.parametrize("state", ["receiving", "sending", "idle"])
async def test_cancelled_context(state: str) -> None:
    """Cancelling the task that uses a connection closes it."""
    begun = asyncio.Event()
    server_side = Closing()

    async def use() -> None:
        async with dial(server) as connection:
            await connection.recv()
            begun.set()
            while True:
                if state == "receiving":
                    await connection.recv()
                elif state == "sending":
                    await connection.send({"type": "x"})
                await asyncio.sleep(0)

    async with serve(server_side) as server:
        task = asyncio.create_task(use())
        await begun.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server_side.gone.wait(), 5)
    assert server_side.closed == [(1000, "")]


# --- uncooperative services -----------------------------------------------------


async def _silent(peer: Peer) -> None:
    await peer.begin()
    await peer.gone_unanswered()


async def _talkative(peer: Peer) -> None:
    await peer.begin()
    while True:
        await peer.send({"type": "more"})
        await asyncio.sleep(0)


async def _deaf(peer: Peer) -> None:
    await peer.begin()
    await asyncio.Event().wait()


@pytest.mark.slow
@pytest.mark.parametrize("script", [_silent, _talkative, _deaf])
@pytest.mark.parametrize("limit", [0, 0.1])
@pytest.mark.parametrize("tls", [False, True])
async def test_close_timeout(script: Any, limit: float, tls: bool) -> None:
    """Closing takes no longer than close_timeout, whatever the service does."""
    async with serve(script, tls=tls_context() if tls else None) as server:
        context = connect(
            credential="key",
            endpoint=server.endpoint.replace("http", "https" if tls else "http"),
            connection_options={
                "close_timeout": limit,
                "vendor_options": {"ssl": trusting_context()} if tls else {},
            },
        )
        async with context as connection:
            sending = None
            if script is _deaf:
                # The close then has to wait behind this.
                sending = asyncio.create_task(connection.send("x" * 8_000_000))
                await asyncio.sleep(0.01)
            loop = asyncio.get_running_loop()
            started = loop.time()
            await connection.close()
            assert limit * 0.9 <= loop.time() - started < limit + 1
            if sending is not None:
                await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.virtual_time(sockets=True)
async def test_long_close_timeout() -> None:
    """A close_timeout above the 10 seconds of aiohttp is respected."""
    async with serve(_silent) as server, dial(server, close_timeout=60) as connection:
        began = asyncio.get_running_loop().time()
        await connection.close()
        assert asyncio.get_running_loop().time() - began == pytest.approx(60)


@pytest.mark.virtual_time(sockets=True)
async def test_cancelled_close() -> None:
    """A close() that is cancelled drops the socket at once."""
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await _silent(peer)
        gone.set()

    async with serve(script) as server, dial(server) as connection:
        closing = asyncio.create_task(connection.close(code=4000))
        await asyncio.sleep(2)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await asyncio.wait_for(gone.wait(), 5)
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
        assert caught.value.code == 4000


@pytest.mark.virtual_time(sockets=True)
async def test_cancelled_second_close() -> None:
    """Cancelling a close() that waits for another one does not cut that one short."""
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await go.wait()
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        first = asyncio.create_task(connection.close())
        second = asyncio.create_task(connection.close())
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait((first, second), timeout=0.05)
        assert second.cancelled()
        assert not first.done()
        go.set()
        await first


async def test_both_sides_close() -> None:
    """A close of the service that crosses ours is taken as the answer."""
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await go.wait()
        await peer.close(1001)
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        await connection.recv()
        go.set()
        await connection.close()
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
        assert caught.value.code == 1000


@pytest.mark.virtual_time(sockets=True)
async def test_close_after_the_socket_broke() -> None:
    """Closing a connection whose socket is gone raises nothing and waits for nothing.

    Whether the client has noticed the end does not matter.
    """
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await go.wait()
        peer.abort()

    for noticed in (False, True):
        async with (
            serve(script) as server,
            dial(server, close_timeout=60) as connection,
        ):
            await connection.recv()
            go.set()
            if noticed:
                with pytest.raises(ConnectionLost):
                    await connection.recv()
            else:
                await asyncio.sleep(2)  # until the reset has arrived
            began = asyncio.get_running_loop().time()
            await connection.close()
            assert asyncio.get_running_loop().time() == began
            go.clear()


@pytest.mark.parametrize("autoclose", [True, False])
@pytest.mark.parametrize("code", [1000, None])
async def test_close_of_the_service_leaves_nothing_to_wait_for(
    code: int | None, autoclose: bool
) -> None:
    """After a close of the service, with a code or not, leaving is quick."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.close(code)
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    started = loop.time()
    async with serve(script) as server, dial(server, autoclose=autoclose) as connection:
        await connection.recv()
        with pytest.raises(ConnectionClosed):
            await connection.recv()
    assert loop.time() - started < 5
