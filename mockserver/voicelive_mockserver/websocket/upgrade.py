"""The request that opens a WebSocket, and its answer."""

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
LINE_LIMIT = 1 << 16
"""The longest line of a request, in bytes: a token is long, and may be in the query."""


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
    """Why a request does not open a WebSocket.

    Attributes:
        status: The HTTP status of the answer.
        message: The text for a reader.
        headers: Headers that belong to the answer.
    """

    status: int
    message: str
    headers: Mapping[str, str]


def parse_upgrade(
    head: bytes, loop: asyncio.AbstractEventLoop
) -> UpgradeRequest | NonUpgrade:
    """Return what a request asks for.

    Args:
        head: Everything up to the empty line, which is included.
        loop: The running event loop.
    """
    # The third number is how much of a body may wait; here, there is none.
    parser = HttpRequestParser(
        BaseProtocol(loop),
        loop,
        LINE_LIMIT,
        max_line_size=LINE_LIMIT,
        max_field_size=LINE_LIMIT,
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
    """Return what RFC 6455 has against a request for a WebSocket.

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
