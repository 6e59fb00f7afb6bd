"""Server side of a WebSocket for reference servers: the handshake, text frames."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import cast

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def text_frame(payload: bytes) -> bytes:
    """Return a text message as a server sends it."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return bytes((0x81, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x81, 127)) + size.to_bytes(8, "big") + payload


class UpgradedProtocol(asyncio.Protocol):
    """Connection that accepts every WebSocket handshake.

    A subclass implements `opened`, `received` and `closed`.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._is_open = False
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer the handshake; pass on all data after it."""
        if self._is_open:
            self.received(data)
            return
        self._request += data
        request, end, rest = self._request.partition(b"\r\n\r\n")
        if end:
            self._upgrade(request.decode())
            if rest:
                self.received(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        """Call `closed` if the handshake was answered."""
        if self._is_open:
            self.closed()

    def opened(self) -> None:
        """Called after the handshake."""

    def received(self, data: bytes) -> None:
        """Called with data after the handshake."""

    def closed(self) -> None:
        """Called at the end of an upgraded connection."""

    def _upgrade(self, request: str) -> None:
        fields = dict(line.split(": ", 1) for line in request.split("\r\n")[1:])
        key = next(
            value
            for name, value in fields.items()
            if name.lower() == "sec-websocket-key"
        )
        digest = hashlib.sha1(key.encode() + _GUID).digest()
        accept = base64.b64encode(digest).decode()
        self.transport.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self._is_open = True
        self.opened()
