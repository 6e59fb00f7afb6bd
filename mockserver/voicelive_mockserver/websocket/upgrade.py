"""The request that opens a WebSocket, and its answer."""

import asyncio
import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import (
    RESPONSES,
    SERVER_SOFTWARE,
    WS_KEY,
    HttpProcessingError,
    HttpRequestParser,
)

_UPGRADE = re.compile(rb"\nupgrade:", re.IGNORECASE)
_VERSIONS = ("13", "8", "7")
_KEY_BYTES = 16
_LINE_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """A client asks for a WebSocket.

    Attributes:
        path: The path of the URL.
        query: Its query.
        headers: The headers; the mapping ignores case.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    def accepted(self) -> bytes:
        """Return the answer that opens the WebSocket.

        No extension is agreed on: deflating costs a core many times what it saves
        the wire.
        """
        key = self.headers["Sec-WebSocket-Key"].encode()
        accept = b64encode(sha1(key + WS_KEY).digest())
        return (
            b"HTTP/1.1 101 Switching Protocols\r\n"
            b"Upgrade: websocket\r\n"
            b"Connection: upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n"
            b"Server: %b\r\n\r\n" % (accept, SERVER_SOFTWARE.encode())
        )


def read_upgrade(head: bytes, loop: asyncio.AbstractEventLoop) -> UpgradeRequest | None:
    """Return what a request asks for, or `None` if it is not a proper upgrade.

    Args:
        head: Everything up to the empty line, which is included.
        loop: The running event loop.
    """
    if _UPGRADE.search(head) is None:
        return None
    parser = HttpRequestParser(BaseProtocol(loop), loop, _LINE_LIMIT)
    try:
        messages, upgraded, _ = parser.feed_data(head)
    except HttpProcessingError:
        return None
    if not upgraded:
        return None
    message = messages[0][0]
    headers = message.headers
    if (
        message.method != "GET"
        or "Content-Length" in headers
        or "Transfer-Encoding" in headers
        or headers.get("Upgrade", "").strip().casefold() != "websocket"
        or headers.get("Sec-WebSocket-Version") not in _VERSIONS
        or not _is_key(headers.get("Sec-WebSocket-Key", ""))
    ):
        return None
    return UpgradeRequest(message.url.path, message.url.query, headers)


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def http_response(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a response after which the connection is closed.

    Args:
        status: The HTTP status.
        body: JSON.
        headers: Headers beside those that every response has.
    """
    lines = [
        f"HTTP/1.1 {status} {RESPONSES[status][0] if status in RESPONSES else ''}",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {len(body)}",
        f"Server: {SERVER_SOFTWARE}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
