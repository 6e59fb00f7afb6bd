"""Rules of every transport: the one of aiohttp over a socket, and that in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

import pytest

from tests.support.client import KEY
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.support.scripted_service import Frame, Peer, serve
from voicelive.aio import (
    ConnectionClosed,
    ConnectionLost,
    MessageTooLarge,
    ReceiveTimeout,
    SessionRejected,
    VoiceLiveConnection,
    WebsocketConnectionOptions,
    connect,
)
from voicelive.models import InvalidServerEvent


class ScriptedPeer(Protocol):
    """The methods that both peers share."""

    async def begin(self) -> None: ...
    async def accept(self) -> None: ...
    async def send(self, event: Any) -> None: ...
    async def close(self, code: int | None = 1000, reason: str = "") -> None: ...
    async def receive(self) -> Frame: ...
    async def gone(self) -> None: ...
    async def hang_up(self) -> None: ...


Script = Callable[[ScriptedPeer], Awaitable[None]]
Opener = Callable[..., AbstractAsyncContextManager[VoiceLiveConnection]]


@pytest.fixture(params=["aiohttp", "memory"])
def connected(request: pytest.FixtureRequest) -> Opener:
    """Connect to a service that runs a script; keywords are connection options."""

    @asynccontextmanager
    async def over_aiohttp(
        script: Script, **options: Any
    ) -> AsyncIterator[VoiceLiveConnection]:
        async def run(peer: Peer) -> None:
            await script(peer)

        async with (
            serve(run) as server,
            connect(
                credential=KEY,
                endpoint=server.endpoint,
                connection_options=cast(WebsocketConnectionOptions, options),
            ) as connection,
        ):
            yield connection

    @asynccontextmanager
    async def in_memory(
        script: Script, **options: Any
    ) -> AsyncIterator[VoiceLiveConnection]:
        async def run(peer: MemoryPeer) -> None:
            await script(peer)

        async with (
            serve_in_memory(run) as server,
            connect(
                credential=KEY,
                endpoint=server.endpoint,
                connection_options=cast(WebsocketConnectionOptions, options),
                transport=server.transport,
            ) as connection,
        ):
            yield connection

    return over_aiohttp if request.param == "aiohttp" else in_memory


async def _end_of(connection: VoiceLiveConnection) -> ConnectionClosed:
    while True:
        try:
            await connection.recv()
        except ConnectionClosed as error:
            return error


async def test_messages_in_both_directions(connected: Opener) -> None:
    """Messages arrive whole and in order, in both directions."""

    async def echo(peer: ScriptedPeer) -> None:
        await peer.begin()
        while (frame := await peer.receive()).opcode == 1:
            await peer.send(frame.payload.decode())
        await peer.close(*frame.closing)

    async with connected(echo) as connection:
        await connection.recv()
        for number in range(20):
            await connection.send({"type": "x", "text": "é" * number * 1000})
        for number in range(20):
            event = (await connection.recv()).as_dict()
            assert event["text"] == "é" * number * 1000


@pytest.mark.parametrize("autoclose", [True, False])
@pytest.mark.parametrize(
    ("code", "reason", "expected", "answer"),
    [
        (1000, "", 1000, 1000),
        (4321, "why", 4321, 4321),
        (1011, "broken", 1011, 1011),
        (None, "", 1005, 1000),
    ],
)
async def test_close_of_the_service(
    connected: Opener,
    code: int | None,
    reason: str,
    expected: int,
    answer: int,
    autoclose: bool,
) -> None:
    """Code and reason arrive after earlier events, and the close is answered."""
    answers = asyncio.Queue[tuple[int, str]]()

    async def script(peer: ScriptedPeer) -> None:
        await peer.begin()
        await peer.send({"type": "last"})
        await peer.close(code, reason)
        await answers.put((await peer.receive()).closing)

    async with connected(script, autoclose=autoclose) as connection:
        assert [(await connection.recv()).as_dict()["type"] for _ in range(2)] == [
            "session.created",
            "last",
        ]
        error = await _end_of(connection)
        assert (error.code, error.reason) == (expected, reason)
        if autoclose:
            assert await answers.get() == (answer, "")
        else:
            await asyncio.sleep(0)
            assert answers.empty()
            await connection.close(code=4000, reason="mine")
            assert await answers.get() == (4000, "mine")


async def test_end_without_a_close(connected: Opener) -> None:
    """Events before the end are delivered; then receiving and sending fail."""

    async def script(peer: ScriptedPeer) -> None:
        await peer.begin()
        await peer.send({"type": "last"})
        await peer.hang_up()

    async with connected(script) as connection:
        await connection.recv()
        assert (await connection.recv()).as_dict() == {"type": "last"}
        error = await _end_of(connection)
        assert type(error) is ConnectionLost
        assert str(error) == (
            "connection closed with code 1006: the connection broke without a close"
        )
        with pytest.raises(ConnectionLost):
            await connection.send({"type": "x"})


async def test_close_of_the_client(connected: Opener) -> None:
    """The service receives code and reason after earlier messages."""
    received = asyncio.Queue[Any]()

    async def script(peer: ScriptedPeer) -> None:
        await peer.begin()
        await received.put((await peer.receive()).event)
        closing = (await peer.receive()).closing
        await received.put(closing)
        await peer.close(*closing)

    async with connected(script) as connection:
        await connection.send({"type": "x"})
        receiving = asyncio.create_task(_end_of(connection))
        await asyncio.sleep(0)
        await connection.close(code=4001, reason="enough")
        assert await received.get() == {"type": "x"}
        assert await received.get() == (4001, "enough")
        assert (await receiving).code == 4001
        with pytest.raises(ConnectionClosed):
            await connection.send({"type": "x"})


async def test_messages_that_cannot_be_decoded(connected: Opener) -> None:
    """A message that is not an event is delivered, and the next one too."""

    async def script(peer: ScriptedPeer) -> None:
        await peer.begin()
        for text in ("not JSON", "[]", "", '{"type": "response.done"}'):
            await peer.send(text)
        await peer.close()
        await peer.gone()

    async with connected(script) as connection:
        events = [event async for event in connection]
    assert len(events) == 5
    assert all(isinstance(event, InvalidServerEvent) for event in events[1:])


async def test_message_above_the_limit(connected: Opener) -> None:
    """A message above `max_msg_size` ends the connection with code 1009."""
    codes = asyncio.Queue[int]()

    async def script(peer: ScriptedPeer) -> None:
        await peer.accept()
        await peer.send("x" * 999)
        await peer.send("x" * 1000)
        await codes.put((await peer.receive()).closing[0])

    async with connected(script, max_msg_size=1000) as connection:
        assert await connection.recv_bytes() == b"x" * 999
        error = await _end_of(connection)
        assert type(error) is MessageTooLarge
        assert error.code == 1009
        assert "(connection_options['max_msg_size'])" in error.reason
        assert await codes.get() == 1009


async def test_one_task_receives(connected: Opener) -> None:
    """A second receiver is refused; cancelling the first loses no event."""
    go = asyncio.Event()

    async def script(peer: ScriptedPeer) -> None:
        await peer.accept()
        await go.wait()
        await peer.send({"type": "one"})
        await peer.gone()

    async with connected(script) as connection:
        waiting = asyncio.create_task(connection.recv())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task is receiving"):
            await connection.recv()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go.set()
        assert (await connection.recv()).as_dict() == {"type": "one"}


async def test_receive_timeout(connected: Opener) -> None:
    """`receive_timeout` limits a receive and leaves the connection open."""
    go = asyncio.Event()

    async def script(peer: ScriptedPeer) -> None:
        await peer.accept()
        await go.wait()
        await peer.send({"type": "one"})
        await peer.gone()

    async with connected(script, receive_timeout=0.05) as connection:
        with pytest.raises(ReceiveTimeout):
            await connection.recv()
        go.set()
        event = None
        while event is None:
            with contextlib.suppress(ReceiveTimeout):
                event = await connection.recv()
        assert event.as_dict() == {"type": "one"}


async def test_a_service_that_does_not_read(connected: Opener) -> None:
    """Back pressure blocks a sender, until the connection ends."""

    async def script(peer: ScriptedPeer) -> None:
        await peer.begin()
        await asyncio.Event().wait()

    async with connected(script, close_timeout=0) as connection:
        sending = asyncio.create_task(connection.send("x" * 8_000_000))
        blocked = asyncio.create_task(connection.send("x" * 8_000_000))
        await connection.recv()
        done, _ = await asyncio.wait((blocked,), timeout=0.1)
        assert not done
        await connection.close(code=4000)
        results = await asyncio.gather(sending, blocked, return_exceptions=True)
        assert isinstance(results[1], ConnectionClosed)


async def test_a_client_that_does_not_read(connected: Opener) -> None:
    """Back pressure stops the service; no event is lost when reading goes on."""
    sent = 0

    async def script(peer: ScriptedPeer) -> None:
        nonlocal sent
        await peer.accept()
        for number in range(400):
            await peer.send({"type": "x", "number": number, "text": "x" * 50_000})
            sent += 1
        await peer.close()
        await peer.gone()

    async with connected(script) as connection:
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.05)
        assert sent < 400
        events = [event.as_dict() async for event in connection]
    assert [event["number"] for event in events] == list(range(400))


async def test_refused_session(connected: Opener) -> None:
    """An error in place of `session.created` and a close are a SessionRejected."""

    async def script(peer: ScriptedPeer) -> None:
        await peer.accept()
        await peer.send({"type": "error", "error": {"type": "x", "message": "no"}})
        await peer.close(1008, "no")
        await peer.gone()

    async with connected(script) as connection:
        with pytest.raises(SessionRejected, match="no"):
            await connection.wait_until_ready()
