"""WebSocket handshake with the service, and the responses to failed handshakes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal

import aiohttp
from aiohttp import web

from voicelive._transport.handshake import read_body, unreachable
from voicelive._transport.options import DEFAULT_MAX_MSG_SIZE
from voicelive._transport.proxy import shown_proxy
from voicelive._transport.url import without_query
from voicelive_core.redaction import printable
from voicelive_protocol import encode

MAX_MSG_SIZE = DEFAULT_MAX_MSG_SIZE
"""Largest message that the recorder forwards, in bytes."""

_CONNECT_TIMEOUT_SECONDS = 30.0
_MAX_BODY_BYTES = 1 << 20

# Headers that apply to one connection only (RFC 9110, section 7.6.1), `Host`, and
# `Content-Length`, which aiohttp sets for the forwarded body.
_HOP_BY_HOP_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_WEBSOCKET_HEADER_PREFIX = "sec-websocket-"

Headers = list[tuple[str, str]]
"""Headers in order; names may repeat."""


class UpgradeRefused(aiohttp.ClientError):
    """The handshake failed; holds the HTTP response for the application.

    Args:
        status: HTTP status code.
        reason: HTTP reason phrase.
        headers: Response headers.
        body: Response body.
        summary: One-line description for the user.
    """

    def __init__(
        self, status: int, reason: str, headers: Headers, body: bytes, summary: str
    ) -> None:
        super().__init__(summary)
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body


def forwardable_headers(headers: Mapping[str, str]) -> Headers:
    """Return the end-to-end headers of a handshake.

    Args:
        headers: The received headers.
    """
    named = headers.get("Connection", "").lower().replace(" ", "").split(",")
    stopped = _HOP_BY_HOP_HEADERS.union(named)
    return [
        (name, value)
        for name, value in headers.items()
        if name.lower() not in stopped
        and not name.lower().startswith(_WEBSOCKET_HEADER_PREFIX)
    ]


async def open_websocket(
    http: aiohttp.ClientSession,
    url: str,
    headers: Headers,
    request: web.BaseRequest,
    proxy: str | None = None,
) -> aiohttp.ClientWebSocketResponse[Literal[False]]:
    """Open a WebSocket to the service.

    Args:
        http: A session with an `UpgradeMiddleware`.
        url: URL of the service.
        headers: Headers of the handshake.
        request: The request of the application.
        proxy: URL of an HTTP proxy; None for a direct connection.

    Raises:
        UpgradeRefused: The service rejected the handshake or could not be reached.
    """
    protocols = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    address = without_query(url)
    shown = None if proxy is None else shown_proxy(proxy)
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
            return await http.ws_connect(
                url,
                headers=headers,
                proxy=proxy,
                protocols=[name.strip() for name in protocols if name.strip()],
                # Close, ping and pong frames are forwarded like all others.
                autoclose=False,
                autoping=False,
                compress=0,
                decode_text=False,
                max_msg_size=MAX_MSG_SIZE,
            )
    except UpgradeRefused:
        raise
    except TimeoutError:
        text = f"no answer from {address} within {_CONNECT_TIMEOUT_SECONDS:g} s"
        raise gateway_error(504, text) from None
    except Exception as error:
        # The application gets a response for any failure.
        raise gateway_error(502, str(unreachable(address, error, shown))) from None


class UpgradeMiddleware:
    """Client middleware that accepts only the response 101 Switching Protocols.

    Without it, aiohttp would follow redirects and discard the body of a rejection.

    Attributes:
        transport: The transport of the WebSocket.
        headers: Response headers, for the application.
    """

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.headers: Headers = []

    async def __call__(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send the handshake and check the response.

        Raises:
            UpgradeRefused: The status is not 101.
        """
        response = await send(request)
        self.headers = forwardable_headers(response.headers)
        if response.status == 101:
            if response.connection is not None:
                self.transport = response.connection.transport
            return response
        try:
            body = await read_body(response, _MAX_BODY_BYTES)
        finally:
            response.close()
        raise UpgradeRefused(
            response.status,
            printable(response.reason or ""),
            self.headers,
            body,
            f"the service answered HTTP {response.status}",
        )


def gateway_error(status: int, text: str) -> UpgradeRefused:
    """Return an error response of the recorder itself, such as 502 Bad Gateway.

    Args:
        status: HTTP status code.
        text: Error message.
    """
    error = {"code": str(status), "message": f"voicelive record: {text}"}
    body = encode({"error": error})
    headers = [("Content-Type", "application/json; charset=utf-8")]
    return UpgradeRefused(status, "", headers, body, text)
