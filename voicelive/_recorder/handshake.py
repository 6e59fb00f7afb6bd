"""The handshake with the service, and what an application is told of it."""

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
from voicelive_protocol import encode
from voicelive_protocol._redaction import printable

MAX_MSG_SIZE = DEFAULT_MAX_MSG_SIZE
"""Largest message that goes through, in bytes."""

_CONNECT_SECONDS = 30.0
_BODY_LIMIT = 1 << 20

# What concerns one connection and not what goes over it. The body of a refusal is
# counted anew.
_OF_THE_HOP = frozenset(
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
_OF_THE_SOCKET = "sec-websocket-"

Headers = list[tuple[str, str]]
"""Headers in their order; a name may come twice."""


class Refusal(aiohttp.ClientError):
    """There is no WebSocket; this is what the application is answered.

    Args:
        status: HTTP status.
        reason: What stands beside it.
        headers: Headers of the answer.
        body: Its content.
        summary: The same for a person, in a few words.
    """

    def __init__(
        self, status: int, reason: str, headers: Headers, body: bytes, summary: str
    ) -> None:
        super().__init__(summary)
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body


def passed_on(headers: Mapping[str, str]) -> Headers:
    """The headers that go through to the other side.

    Args:
        headers: Those that came.
    """
    named = headers.get("Connection", "").lower().replace(" ", "").split(",")
    stopped = _OF_THE_HOP.union(named)
    return [
        (name, value)
        for name, value in headers.items()
        if name.lower() not in stopped and not name.lower().startswith(_OF_THE_SOCKET)
    ]


async def shake_hands(
    http: aiohttp.ClientSession,
    url: str,
    headers: Headers,
    request: web.BaseRequest,
    proxy: str | None = None,
) -> aiohttp.ClientWebSocketResponse[Literal[False]]:
    """Open a WebSocket to the service.

    Args:
        http: A session with a `Gate`.
        url: The address.
        headers: Headers of the handshake.
        request: The request of the application.
        proxy: URL of an HTTP proxy; None without one.

    Raises:
        Refusal: The service refuses, or cannot be reached.
    """
    protocols = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    address = without_query(url)
    shown = None if proxy is None else shown_proxy(proxy)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await http.ws_connect(
                url,
                headers=headers,
                proxy=proxy,
                protocols=[name.strip() for name in protocols if name.strip()],
                # Closes, pings and pongs are passed on like everything else.
                autoclose=False,
                autoping=False,
                compress=0,
                decode_text=False,
                max_msg_size=MAX_MSG_SIZE,
            )
    except Refusal:
        raise
    except TimeoutError:
        text = f"no answer from {address} within {_CONNECT_SECONDS:g} s"
        raise no_way(504, text) from None
    except Exception as error:
        # Whatever the answer was, the application is told.
        raise no_way(502, str(unreachable(address, error, shown))) from None


class Gate:
    """Client middleware that lets nothing but an upgrade through.

    aiohttp by itself would follow redirects and throw the text of a refusal away.

    Attributes:
        transport: What is under the WebSocket.
        headers: Headers of the answer, for the application.
    """

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.headers: Headers = []

    async def __call__(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send the handshake and look at the answer.

        Raises:
            Refusal: It is no upgrade.
        """
        response = await send(request)
        self.headers = passed_on(response.headers)
        if response.status == 101:
            if response.connection is not None:
                self.transport = response.connection.transport
            return response
        try:
            body = await read_body(response, _BODY_LIMIT)
        finally:
            response.close()
        raise Refusal(
            response.status,
            printable(response.reason or ""),
            self.headers,
            body,
            f"the service answered HTTP {response.status}",
        )


def no_way(status: int, text: str) -> Refusal:
    """A refusal that is none of the service.

    Args:
        status: HTTP status.
        text: What is wrong.
    """
    error = {"code": str(status), "message": f"voicelive record: {text}"}
    body = encode({"error": error})
    headers = [("Content-Type", "application/json; charset=utf-8")]
    return Refusal(status, "", headers, body, text)
