"""Upstream connections of the recorder: URL, credentials, proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import aiohttp
from aiohttp import web

from voicelive._errors import ProxyError
from voicelive._recorder.handshake import (
    Headers,
    UpgradeMiddleware,
    forwardable_headers,
    gateway_error,
    open_websocket,
)
from voicelive._transport.proxy import check_proxy, proxy_for
from voicelive._transport.url import build_url, with_scheme
from voicelive_core.redaction import (
    is_secret_name,
    is_secret_parameter,
    remember_secret,
)
from voicelive_protocol.endpoint import PATH

# Headers and query parameters with credentials.
_CREDENTIALS = frozenset({"api-key", "authorization"})
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class UpstreamConnection:
    """An open WebSocket to the service.

    Attributes:
        ws: The WebSocket.
        transport: Its transport.
        headers: Response headers of the handshake, for the application.
        secrets: Keys and tokens in the handshake.
    """

    ws: aiohttp.ClientWebSocketResponse[Literal[False]]
    transport: asyncio.Transport
    headers: Headers
    secrets: tuple[str, ...]
    _http: aiohttp.ClientSession

    async def release(self) -> None:
        """Close the WebSocket and its HTTP session."""
        self.transport.close()
        await self.ws.close()
        await self._http.close()


class Upstream:
    """Opens connections to the service on behalf of applications.

    Args:
        endpoint: URL of the resource.
        api_key: Key for applications that send no credential; None for no key.
        token: Token for these applications, used without `api_key`.
        proxy: URL of an HTTP proxy; None for the proxy of the environment.

    Raises:
        ValueError: The endpoint or the proxy is not a URL, or a proxy is used with an
            endpoint without TLS.
    """

    def __init__(
        self,
        endpoint: str,
        api_key: str | None,
        token: str | None,
        *,
        proxy: str | None = None,
    ) -> None:
        parts = urlsplit(build_url(with_scheme(endpoint), {}, {}))
        self._parts = parts._replace(path=parts.path.removesuffix(PATH))
        self._proxy = None if proxy is None else check_proxy(proxy)
        if self._proxy is not None and parts.scheme != "wss":
            raise ValueError(
                "a proxy needs an https:// endpoint: without TLS it sees the key"
            )
        self._own: Headers = []
        if api_key:
            self._own = [("api-key", api_key)]
        elif token:
            self._own = [("Authorization", f"Bearer {token}")]

    @property
    def address(self) -> str:
        """The endpoint without its query, for display."""
        scheme = "https" if self._parts.scheme == "wss" else "http"
        return urlunsplit(self._parts._replace(scheme=scheme, query=""))

    def is_at(self, host: str, port: int) -> bool:
        """Return whether the endpoint is this address of the local machine."""
        here = self._parts.hostname in {host, *_THIS_MACHINE}
        return here and self._parts.port == port

    async def connect(self, request: web.BaseRequest) -> UpstreamConnection:
        """Forward the handshake of an application.

        Args:
            request: The request of the application.

        Raises:
            UpgradeRefused: The service rejected the handshake or could not be reached.
        """
        headers = forwardable_headers(request.headers)
        if not _has_credential(request) and _is_trusted(request):
            headers = [pair for pair in headers if pair[0].lower() not in _CREDENTIALS]
            headers += self._own
        url = self._url(request)
        middleware = UpgradeMiddleware()
        http = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(middleware,),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            # `open_websocket` limits the handshake as a whole; sessions have no limit.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        )
        try:
            proxy = proxy_for(url, self._proxy, trust_env=True)
            ws = await open_websocket(http, url, headers, request, proxy)
        except ProxyError as error:
            await http.close()
            raise gateway_error(502, str(error)) from None
        except BaseException:
            await http.close()
            raise
        assert middleware.transport is not None
        secrets = _secrets(headers, url)
        for secret in secrets:
            remember_secret(secret)
        return UpstreamConnection(
            ws, middleware.transport, middleware.headers, secrets, http
        )

    def _url(self, request: web.BaseRequest) -> str:
        """Return the upstream URL for a request."""
        asked = request.rel_url
        pairs = parse_qsl(self._parts.query, keep_blank_values=True)
        own = urlencode([(key, text) for key, text in pairs if key not in asked.query])
        query = "&".join(filter(None, (asked.raw_query_string, own)))
        path = self._parts.path + asked.raw_path
        return urlunsplit(self._parts._replace(path=path, query=query))


def _has_credential(request: web.BaseRequest) -> bool:
    given: Iterable[tuple[str, str]] = (
        *request.headers.items(),
        *request.query.items(),
    )
    return any(name.lower() in _CREDENTIALS and text for name, text in given)


def _is_trusted(request: web.BaseRequest) -> bool:
    """Return whether a request comes from a program or a local web page.

    Browsers let any page connect to local ports; other pages must not use our key.
    """
    origin = request.headers.get("Origin")
    try:
        return origin is None or urlsplit(origin).hostname in _THIS_MACHINE
    except ValueError:
        return False


def _secrets(headers: Headers, url: str) -> tuple[str, ...]:
    given = [text for name, text in headers if is_secret_name(name)]
    query = parse_qsl(urlsplit(url).query)
    given += [text for name, text in query if is_secret_parameter(name)]
    return tuple(given)
