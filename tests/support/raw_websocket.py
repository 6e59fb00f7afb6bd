"""A client on a bare TCP connection, which can send anything."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

from tests.support.engine_driver import Event
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
    """A WebSocket frame of a client, masked with zeros unless told otherwise."""
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
    """The request that opens a session."""
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
        """Ask for a session and wait until it is there."""
        self.writer.write(upgrade(mock, query))
        assert b" 101 " in await self.reader.readuntil(b"\r\n\r\n")
        assert (await self.event())["type"] == "session.created"

    async def configure(self) -> None:
        """Let the service accept other messages than `session.update`."""
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
        """Read until the end; `None` when it came without a close code."""
        payload = await self.close_payload()
        return int.from_bytes(payload[:2], "big") if payload else None

    async def close_payload(self) -> bytes | None:
        """Read until the end; `None` when it came without a close frame."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                kind, payload = await self.message()
                if kind == CLOSE:
                    return payload
        return None

    async def ask(self, *frames: bytes) -> Event:
        """Send frames, and return the first event of the answer."""
        self.writer.write(b"".join(frames))
        return await self.event()

    async def is_alive(self) -> bool:
        """Return whether the session still answers; everything before must be read."""
        self.writer.write(frame({"type": "input_audio_buffer.clear"}))
        answer: str = (await self.event())["type"]
        return answer == "input_audio_buffer.cleared"

    def vanish(self) -> None:
        """Drop the connection without a word, not even in TCP."""
        self.writer.transport.abort()


@asynccontextmanager
async def peer(mock: MockServer, *, buffer: int | None = None) -> AsyncIterator[Peer]:
    """A TCP connection.

    Args:
        mock: Where to connect to.
        buffer: How much the client's side of the socket takes in, in bytes.
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
    """A connection with a session, which is configured."""
    async with peer(mock, buffer=buffer) as client:
        await client.open(mock, query)
        await client.configure()
        yield client


async def all_gone(mock: MockServer, *, but: int = 0) -> None:
    """Wait until the server has noticed that all clients but some are gone."""
    async with asyncio.timeout(20):
        while len(mock.open_sessions) > but:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
