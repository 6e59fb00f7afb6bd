"""Opening handshake: parses and validates upgrade requests, builds responses."""

from __future__ import annotations

import asyncio
import binascii
import re
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
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
_VERSION = "13"
_KEY_BYTES = 16
LINE_LIMIT_BYTES = 1 << 16
"""The maximum length of a line: tokens are long, and may be in the query."""


class NonUpgrade(Enum):
    """Kinds of requests that do not open a WebSocket."""

    PLAIN = "plain"
    """An ordinary HTTP request, or an invalid upgrade."""
    MALFORMED = "malformed"
    """Data that is not HTTP."""
    CHUNKED = "chunked"
    """A request with `Transfer-Encoding`, whose body has no known length."""


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """A valid upgrade request.

    Attributes:
        path: The path of the URL.
        query: The query of the URL.
        headers: The headers; the mapping ignores case.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    def accepted(self) -> bytes:
        """Return the response that opens the WebSocket.

        No extension is negotiated: compression costs far more CPU time than the saved
        bandwidth is worth.
        """
        key = self.headers["Sec-WebSocket-Key"].strip().encode()
        accept = b64encode(sha1(key + WS_KEY).digest())
        return (
            b"HTTP/1.1 101 Switching Protocols\r\n"
            b"Upgrade: websocket\r\n"
            b"Connection: upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n"
            b"Server: %b\r\n\r\n" % (accept, SERVER_SOFTWARE.encode())
        )


@dataclass(frozen=True, slots=True)
class UpgradeProblem:
    """The reason why a request is not a valid upgrade.

    Attributes:
        status: The HTTP status of the response.
        message: The human-readable message.
        headers: Additional headers of the response.
    """

    status: int
    message: str
    headers: Mapping[str, str]


def parse_upgrade(
    head: bytes, loop: asyncio.AbstractEventLoop
) -> UpgradeRequest | NonUpgrade:
    """Parse the head of a request.

    Args:
        head: The request up to and including the empty line.
        loop: The running event loop.
    """
    # The third argument limits the buffered body; there is none here.
    parser = HttpRequestParser(
        BaseProtocol(loop),
        loop,
        LINE_LIMIT_BYTES,
        max_line_size=LINE_LIMIT_BYTES,
        max_field_size=LINE_LIMIT_BYTES,
    )
    try:
        messages, upgraded, _ = parser.feed_data(head)
    except (HttpProcessingError, ValueError):
        return NonUpgrade.MALFORMED
    if not messages:
        return NonUpgrade.MALFORMED
    if "Transfer-Encoding" in messages[0][0].headers:
        return NonUpgrade.CHUNKED
    if not upgraded or _UPGRADE.search(head) is None:
        return NonUpgrade.PLAIN
    message = messages[0][0]
    problem = upgrade_problem(message.method, tuple(message.version), message.headers)
    if problem is not None:
        return NonUpgrade.PLAIN
    return UpgradeRequest(message.url.path, message.url.query, message.headers)


def upgrade_problem(
    method: str, version: tuple[int, ...], headers: Mapping[str, str]
) -> UpgradeProblem | None:
    """Return the violation of RFC 6455 by an upgrade request; `None` if it is valid.

    Args:
        method: The HTTP method.
        version: The version of HTTP, such as `(1, 1)`.
        headers: The headers; a name may come several times.
    """
    given: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in headers.items():
        given[name.casefold()].append(value.strip())
    if method != "GET":
        return UpgradeProblem(405, "Open a WebSocket with GET.", {"Allow": "GET"})
    if version < (1, 1):
        return UpgradeProblem(400, "A WebSocket needs HTTP/1.1.", {})
    if len(given["host"]) != 1:
        return UpgradeProblem(400, "A WebSocket needs one header 'Host'.", {})
    if "websocket" not in _tokens(given["upgrade"]):
        text = "This address speaks WebSocket only."
        return UpgradeProblem(426, text, {"Upgrade": "websocket"})
    if "upgrade" not in _tokens(given["connection"]):
        text = "A WebSocket needs the header 'Connection: Upgrade'."
        return UpgradeProblem(400, text, {})
    if given["sec-websocket-version"] != [_VERSION]:
        text = f"This address speaks version {_VERSION} of WebSocket only."
        return UpgradeProblem(426, text, {"Sec-WebSocket-Version": _VERSION})
    keys = given["sec-websocket-key"]
    if len(keys) != 1 or not _is_key(keys[0]):
        text = "The header 'Sec-WebSocket-Key' must be 16 bytes in base64."
        return UpgradeProblem(400, text, {})
    if given["content-length"]:
        return UpgradeProblem(400, "A request for a WebSocket has no body.", {})
    return None


def _tokens(values: list[str]) -> set[str]:
    return {token.strip().casefold() for value in values for token in value.split(",")}


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def http_response(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a response with `Connection: close`.

    Args:
        status: The HTTP status.
        body: The JSON body.
        headers: Headers in addition to the standard ones.
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
