"""WebSocket client on a TCP connection, which can send invalid frames."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

from tests.support.engine_driver import Event
from tests.support.waiting import eventually
from voicelive_mockserver import MockServer

QUERY = {"api-version": "2026-04-10", "model": "gpt-realtime", "api-key": "test-key"}
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(
    payload: bytes | str | Event,
    *,
    kind: int = TEXT,
    final: bool = True,
    masked: bool = True,
) -> bytes:
    """Return a WebSocket frame of a client, by default masked with zeros."""
    if isinstance(payload, dict):
        payload = json.dumps(payload)
    if isinstance(payload, str):
        payload = payload.encode()
    head = bytes([(0x80 if final else 0) | kind])
    size = len(payload)
    mask = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask | size])
    elif size < 1 << 16:
        head += bytes([mask | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([mask | 127]) + size.to_bytes(8, "big")
    return head + bytes(4 if masked else 0) + payload


def upgrade(mock: MockServer, query: Mapping[str, str] | None = None) -> bytes:
    """Return the upgrade request of a session."""
    target = mock.url.removeprefix("ws://").partition("/")[2]
    return (
        f"GET /{target}?{urlencode({**QUERY, **(query or {})})} HTTP/1.1\r\nHost: x\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


class Peer:
    """WebSocket client without a state machine, for invalid frames."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer

    async def open(
        self, mock: MockServer, query: Mapping[str, str] | None = None
    ) -> None:
        """Open a session."""
        self.writer.write(upgrade(mock, query))
        assert b" 101 " in await self.reader.readuntil(b"\r\n\r\n")
        assert (await self.event())["type"] == "session.created"

    async def configure(self) -> None:
        """Configure the session."""
        updated = await self.ask(frame({"type": "session.update", "session": {}}))
        assert updated["type"] == "session.updated", updated

    async def message(self) -> tuple[int, bytes]:
        async with asyncio.timeout(20):
            kind, size = await self.reader.readexactly(2)
            if size > 125:
                extended = await self.reader.readexactly(2 if size == 126 else 8)
                size = int.from_bytes(extended, "big")
            return kind & 15, await self.reader.readexactly(size)

    async def event(self) -> Event:
        kind, payload = await self.message()
        assert kind == TEXT, (kind, payload)
        event: Event = json.loads(payload)
        return event

    async def close_code(self) -> int | None:
        """Read until the end; return the close code, or `None` without one."""
        payload = await self.close_payload()
        return int.from_bytes(payload[:2], "big") if payload else None

    async def close_payload(self) -> bytes | None:
        """Read until the end; return the close frame, or `None` without one."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                kind, payload = await self.message()
                if kind == CLOSE:
                    return payload
        return None

    async def ask(self, *frames: bytes) -> Event:
        """Send frames; return the next event."""
        self.writer.write(b"".join(frames))
        return await self.event()

    async def is_alive(self) -> bool:
        """Return whether the session answers; earlier events must have been read."""
        self.writer.write(frame({"type": "input_audio_buffer.clear"}))
        answer: str = (await self.event())["type"]
        return answer == "input_audio_buffer.cleared"

    def abort(self) -> None:
        """Abort the TCP connection."""
        self.writer.transport.abort()


@asynccontextmanager
async def peer(mock: MockServer, *, buffer: int | None = None) -> AsyncIterator[Peer]:
    """Connect to a server over TCP.

    Args:
        mock: The server.
        buffer: The size of the receive buffer of the client, in bytes.
    """
    sock = socket.socket()
    if buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.setblocking(False)
    host, _, port = mock.endpoint.rpartition("/")[2].partition(":")
    await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
    limit = 1 << 16 if buffer is None else buffer
    reader, writer = await asyncio.open_connection(sock=sock, limit=limit)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def session(
    mock: MockServer,
    *,
    buffer: int | None = None,
    query: Mapping[str, str] | None = None,
) -> AsyncIterator[Peer]:
    """Connect, and open and configure a session."""
    async with peer(mock, buffer=buffer) as client:
        await client.open(mock, query)
        await client.configure()
        yield client


async def sessions_closed(mock: MockServer, *, at_most: int = 0) -> None:
    """Wait until the server has at most some open sessions."""
    await eventually(lambda: len(mock.open_sessions) <= at_most)
