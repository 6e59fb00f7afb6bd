"""Listening socket: the acceptor of WebSockets, and aiohttp for other requests."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from types import NoneType

from aiohttp import web
from aiohttp.typedefs import Handler

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.handshake import PATHS
from voicelive_mockserver.server.admission import Admission
from voicelive_mockserver.server.control import ControlRoutes
from voicelive_mockserver.server.controlled import Controlled
from voicelive_mockserver.server.options import check_number, check_type
from voicelive_mockserver.server.peers import WorkerPeers
from voicelive_mockserver.websocket import LINE_LIMIT_BYTES, Acceptor

logger = redacting_logger(__name__)

# With the time for closing sessions, below the two seconds in which a server must stop.
_CLEANUP_SECONDS = 0.3

_REQUEST_TIMEOUT_SECONDS = 10.0
"""The timeout of a request."""


class Listener:
    """The listening sockets of a running server.

    Args:
        server: The server of the control endpoint.
        admission: Accepts or refuses connections.
        peers: The other workers of the port, if any.
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        tls: The TLS context; `None` for plain text.
        share_port: Whether other processes listen on the same port.

    Raises:
        TypeError: An option has a wrong type.
        ValueError: The port is out of range.
    """

    def __init__(
        self,
        server: Controlled,
        admission: Admission,
        peers: WorkerPeers | None,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        *,
        share_port: bool,
    ) -> None:
        check_number("port", port, least=0, most=65535, whole=True)
        check_type("tls", tls, (ssl.SSLContext, NoneType), "an ssl.SSLContext")
        self._server = server
        self._admission = admission
        self._peers = peers
        self._host = host
        self._port = port
        self._tls = tls
        self._share_port = share_port
        self._public: web.AppRunner | None = None
        self._internal: web.AppRunner | None = None
        self._acceptor: Acceptor | None = None
        self._listening: asyncio.Server | None = None

    @property
    def endpoint(self) -> str:
        """The base URL: `http://…` or `https://…`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{host}:{self._port}"

    @property
    def sockets(self) -> Sequence[socket.socket]:
        """The listening sockets."""
        return () if self._listening is None else self._listening.sockets

    async def start(self) -> None:
        """Start listening.

        Raises:
            OSError: The address is not available.
        """
        public = _runner(self._application(self._peers, check_host=True))
        await public.setup()
        assert public.server is not None
        acceptor = Acceptor(self._admission, public.server, _REQUEST_TIMEOUT_SECONDS)
        try:
            listening = await asyncio.get_running_loop().create_server(
                acceptor,
                self._host,
                self._port,
                ssl=self._tls,
                reuse_port=True if self._share_port else None,
            )
        except OSError:
            acceptor.stop()
            await public.cleanup()
            raise
        self._public = public
        self._acceptor = acceptor
        self._listening = listening
        self._port = int(listening.sockets[0].getsockname()[1])
        if self._server.worker == 0:
            self._admission.warn_about_default_key(self._host)
        if self._peers is not None:
            # Without peers: other workers ask for the state of this one only.
            internal = self._internal = _runner(
                self._application(None, check_host=False)
            )
            await internal.setup()
            await web.UnixSite(internal, str(self._peers.socket)).start()

    def close(self) -> None:
        """Stop accepting connections."""
        if self._listening is not None:
            self._listening.close()

    async def stop(self) -> None:
        """Close the connections that are not WebSockets."""
        if self._acceptor is not None:
            self._acceptor.stop()
        for runner in (self._public, self._internal):
            if runner is not None:
                await runner.cleanup()

    def _application(
        self, peers: WorkerPeers | None, *, check_host: bool
    ) -> web.Application:
        """Return the application for all requests that are not WebSocket upgrades.

        Args:
            peers: The workers whose state the control endpoint includes.
            check_host: Whether the host policy applies.
        """
        admission = self._admission
        middlewares = [_one_request]
        if check_host:
            middlewares.append(admission.check_host)
        app = web.Application(middlewares=middlewares)
        for path in PATHS:
            app.router.add_route("*", path, admission.handle_plain)
        ControlRoutes(self._server, peers).add_routes(app.router)
        app.router.add_route("*", "/{rest:.*}", admission.handle_unknown_path)
        return app


def _runner(app: web.Application) -> web.AppRunner:
    return web.AppRunner(
        app,
        access_log=None,
        # aiohttp logs malformed requests, which may contain a key.
        logger=logger,
        max_line_size=LINE_LIMIT_BYTES,
        max_field_size=LINE_LIMIT_BYTES,
        shutdown_timeout=_CLEANUP_SECONDS,
        keepalive_timeout=_REQUEST_TIMEOUT_SECONDS,
    )


@web.middleware
async def _one_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read the whole request, answer it, and close the connection.

    A client may write everything before it reads. And only the first request of a
    connection is checked for an upgrade, so there must not be a second one.
    """
    try:
        async with asyncio.timeout(_REQUEST_TIMEOUT_SECONDS):
            await request.read()
        response = await handler(request)
    except TimeoutError:
        response = web.Response(status=408)
    response.force_close()
    return response
