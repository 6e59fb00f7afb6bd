"""Scripted service in memory: the peer of `scripted_service` without a socket."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.support.scripted_service import CLOSE, CREATED, TEXT, UPDATED, Frame
from voicelive.aio import ConnectionClosed, ConnectionFailed
from voicelive.testing import Handshake, MemoryTransport, Transport


class MemoryPeer:
    """Connection of a client, as seen by the service; see `scripted_service.Peer`."""

    def __init__(self, transport: MemoryTransport) -> None:
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._service = transport.service
        self._close_read = False

    async def accept(self) -> None:
        """Accept the handshake."""
        self.accepted.set_result(None)

    async def begin(self) -> None:
        """Accept the handshake and begin the session."""
        await self.accept()
        await self.send(CREATED)

    async def configure(self) -> dict[str, Any]:
        """Receive the first `session.update` and accept it; return it."""
        event: dict[str, Any] = (await self.receive()).event
        assert event["type"] == "session.update", event
        await self.send(UPDATED)
        return event

    async def send(self, event: Mapping[str, Any] | str) -> None:
        """Send an event."""
        try:
            await self._service.send(
                event if isinstance(event, str) else json.dumps(event)
            )
        except ConnectionClosed:
            raise ConnectionError("the client has closed") from None

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a close, or answer that of the client."""
        await self._service.close(code, reason)

    async def receive(self) -> Frame:
        """Receive one frame; `asyncio.IncompleteReadError` at the end."""
        try:
            return Frame(TEXT, await self._service.receive_bytes(), compressed=False)
        except ConnectionClosed as end:
            if self._close_read or end.code == 1006:
                raise asyncio.IncompleteReadError(b"", 2) from None
            self._close_read = True
            payload = struct.pack("!H", end.code) + end.reason.encode()
            return Frame(CLOSE, payload, compressed=False)

    async def gone(self) -> None:
        """Wait until the client has closed."""
        try:
            while True:
                await self.receive()
        except asyncio.IncompleteReadError:
            pass

    async def hang_up(self) -> None:
        """Break the connection without a close."""
        self._service.abort()


MemoryScript = Callable[[MemoryPeer], Awaitable[None]]


class MemoryServer:
    """A running service in memory.

    Attributes:
        requests: Handshakes so far.
        peers: Connections so far.
    """

    endpoint = "https://memory.test"

    def __init__(self, script: MemoryScript) -> None:
        self.requests: list[Handshake] = []
        self.peers: list[MemoryPeer] = []
        self.failures: list[BaseException] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._script = script

    async def transport(self, handshake: Handshake, /) -> Transport:
        """Open a connection: the option `transport` of the client."""
        transport = MemoryTransport()
        peer = MemoryPeer(transport)
        self.requests.append(handshake)
        self.peers.append(peer)
        task = asyncio.create_task(self._run(peer, transport))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        await asyncio.wait((task, peer.accepted), return_when="FIRST_COMPLETED")
        if not peer.accepted.done():
            raise ConnectionFailed("the script ended without accepting")
        return await transport(handshake)

    async def _run(self, peer: MemoryPeer, transport: MemoryTransport) -> None:
        try:
            await self._script(peer)
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has closed, or the test is over
        except BaseException as error:
            self.failures.append(error)
        finally:
            transport.service.abort()


@asynccontextmanager
async def serve_in_memory(script: MemoryScript) -> AsyncIterator[MemoryServer]:
    """Run the script for every connection; an exception in it fails the test.

    When the script returns, the connection breaks.
    """
    server = MemoryServer(script)
    try:
        yield server
    finally:
        tasks = list(server.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if server.failures:
        raise server.failures[0]
