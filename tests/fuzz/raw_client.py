"""Bare WebSocket client, which can also break the rules."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode, urlsplit

from voicelive_mockserver import MockServer

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def client_frame(
    opcode: int,
    payload: bytes,
    *,
    final: bool = True,
    masked: bool = True,
    reserved: int = 0,
) -> bytes:
    """Return a frame of a client, masked with zeros."""
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    mask_bit = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 1 << 16:
        head += bytes([mask_bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", size)
    return head + (bytes(4) if masked else b"") + payload


def upgrade_request(server: MockServer, *, model: str, api_version: str) -> bytes:
    """Return the request that opens a session."""
    query = {"api-version": api_version, "model": model, "api-key": server.api_key}
    address = urlsplit(server.url)
    return (
        f"GET {address.path}?{urlencode(query)} HTTP/1.1\r\n"
        f"Host: {address.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


class RawClient:
    """A socket to the mock service.

    Attributes:
        close_code: The code of the close frame; None if there was none.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.close_code: int | None = None
        self._reader = reader
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Send bytes, unless the socket is gone."""
        if not self._writer.is_closing():
            self._writer.write(data)

    def end(self) -> None:
        """Send the end of the stream, and go on reading."""
        if not self._writer.is_closing() and self._writer.can_write_eof():
            with contextlib.suppress(OSError):  # the peer has reset the connection
                self._writer.write_eof()

    async def head(self) -> bytes:
        """Receive the head of an HTTP answer; what there is if it ends before."""
        try:
            return await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        except (ConnectionError, asyncio.LimitOverrunError):
            return b""

    async def message(self) -> tuple[int, bytes] | None:
        """Receive one frame; None at the end of the connection."""
        try:
            kind, size = await self._reader.readexactly(2)
            if size > 125:
                extended = await self._reader.readexactly(2 if size == 126 else 8)
                size = int.from_bytes(extended, "big")
            payload = await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        if kind & 15 == CLOSE and payload:
            self.close_code = int.from_bytes(payload[:2], "big")
        return kind & 15, payload


@asynccontextmanager
async def raw_client(server: MockServer) -> AsyncIterator[RawClient]:
    """Connect a socket to the server."""
    address = urlsplit(server.url)
    assert address.hostname is not None
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)
