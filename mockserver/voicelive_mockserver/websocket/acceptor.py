"""Acceptor of new connections: WebSocket upgrades here, other requests in aiohttp.

Routing an upgrade through a web framework would cost several times what the session
itself costs, in time and in memory.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol, cast

from voicelive_mockserver.websocket.upgrade import (
    NonUpgrade,
    UpgradeRequest,
    http_response,
    parse_upgrade,
)
from voicelive_mockserver.websocket.websocket import WebSocket
from voicelive_mockserver.websocket.write_batcher import WriteBatcher

_HEAD_END = b"\r\n\r\n"
_MAX_HEAD_BYTES = 1 << 16


class UpgradeHandler(Protocol):
    """Decides which upgrade requests are accepted."""

    def serves(self, path: str) -> bool:
        """Return whether there is a WebSocket endpoint at a path."""
        ...

    def handle(self, request: UpgradeRequest, upgrade: PendingUpgrade) -> None:
        """Accept or refuse a request, immediately or later.

        Args:
            request: The request.
            upgrade: The connection to answer on.
        """
        ...

    def handle_unreadable(self, kind: NonUpgrade, upgrade: PendingUpgrade) -> None:
        """Refuse a malformed or a chunked request.

        Args:
            kind: `NonUpgrade.MALFORMED` or `NonUpgrade.CHUNKED`.
            upgrade: The connection to answer on.
        """
        ...


class PendingUpgrade:
    """A connection whose request is not answered yet.

    Args:
        handshake: The protocol of the connection.
        rest: Bytes that were received after the request.
        request: The request; `None` if the connection can only be refused.
    """

    __slots__ = ("_handshake", "_request", "_rest")

    def __init__(
        self,
        handshake: HandshakeProtocol,
        rest: bytes,
        request: UpgradeRequest | None = None,
    ) -> None:
        self._handshake = handshake
        self._request = request
        self._rest = rest

    def accept(self) -> WebSocket | None:
        """Complete the handshake; return `None` if the client has disconnected.

        Bytes that were received already are delivered in the next iteration of the
        event loop.
        """
        assert self._request is not None
        transport = self._handshake.detach()
        if transport is None:
            return None
        opened = WebSocket(transport, self._handshake.batcher)
        transport.set_protocol(opened)
        opened.write(self._request.accepted())
        rest = self._rest + self._handshake.rest
        if rest:
            loop = asyncio.get_running_loop()
            loop.call_soon(opened.feed, rest)
        return opened

    def refuse(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Answer with an HTTP error and close the connection.

        Args:
            status: The HTTP status.
            body: The JSON body.
            headers: Headers in addition to the standard ones.
        """
        transport = self._handshake.detach()
        if transport is not None:
            transport.write(http_response(status, body, headers))
            transport.close()


class Acceptor:
    """Protocol factory of a listener, with a timeout for requests.

    Args:
        handler: Decides about upgrade requests.
        http_factory: Makes the protocol that serves other HTTP requests.
        timeout_seconds: The timeout of a request.
    """

    def __init__(
        self,
        handler: UpgradeHandler,
        http_factory: Callable[[], asyncio.Protocol],
        timeout_seconds: float,
    ) -> None:
        self.handler = handler
        self.http_factory = http_factory
        self._timeout_seconds = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self.batcher = WriteBatcher(self._loop)
        """Read buffer and write batching of all WebSockets."""
        self._pending: dict[HandshakeProtocol, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sweep()

    def __call__(self) -> HandshakeProtocol:
        """Return the protocol of a new connection."""
        return HandshakeProtocol(self, self._loop)

    def add(self, handshake: HandshakeProtocol) -> None:
        """Start the timeout of a connection."""
        self._pending[handshake] = self._loop.time()

    def discard(self, handshake: HandshakeProtocol) -> None:
        """Cancel the timeout of a connection."""
        self._pending.pop(handshake, None)

    def stop(self) -> None:
        """Abort all connections that have not sent a request."""
        if self._timer is not None:
            self._timer.cancel()
        for handshake in list(self._pending):
            handshake.abort()

    def _sweep(self) -> None:
        self._timer = self._loop.call_later(self._timeout_seconds / 4, self._sweep)
        limit = self._loop.time() - self._timeout_seconds
        for handshake, since in list(self._pending.items()):
            # The oldest are first.
            if since > limit:
                break
            handshake.abort()


class HandshakeProtocol(asyncio.Protocol):
    """A connection until its request is complete.

    Args:
        acceptor: The acceptor of the listener.
        loop: The running event loop.
    """

    __slots__ = ("_acceptor", "_is_decided", "_loop", "_transport", "rest")

    def __init__(self, acceptor: Acceptor, loop: asyncio.AbstractEventLoop) -> None:
        self.rest = b""
        """Received bytes that are not processed yet."""
        self._acceptor = acceptor
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._is_decided = False

    @property
    def batcher(self) -> WriteBatcher:
        """Read buffer and write batching of all WebSockets."""
        return self._acceptor.batcher

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the request."""
        # Transports of uvloop implement the interface without the base class.
        self._transport = cast(asyncio.Transport, transport)
        self._acceptor.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._acceptor.discard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Process the request as soon as its head is complete."""
        self.rest += data
        if self._is_decided:
            if self._transport is not None and len(self.rest) > _MAX_HEAD_BYTES:
                self._transport.pause_reading()
            return
        end = self.rest.find(_HEAD_END)
        # Data that cannot be a request is refused without waiting for more.
        is_request = self.rest[:1].isupper() and len(self.rest) <= _MAX_HEAD_BYTES
        if end < 0 and is_request:
            return
        self._is_decided = True
        self._acceptor.discard(self)
        head = self.rest[: end + len(_HEAD_END)]
        request = parse_upgrade(head, self._loop) if end >= 0 else NonUpgrade.MALFORMED
        handler = self._acceptor.handler
        if request is NonUpgrade.MALFORMED or request is NonUpgrade.CHUNKED:
            handler.handle_unreadable(request, PendingUpgrade(self, b""))
            return
        if request is NonUpgrade.PLAIN or not handler.serves(request.path):
            self._hand_over()
            return
        rest, self.rest = self.rest[len(head) :], b""
        handler.handle(request, PendingUpgrade(self, rest, request))

    def detach(self) -> asyncio.Transport | None:
        """Return the transport for another protocol; `None` if it is closed."""
        transport, self._transport = self._transport, None
        if transport is None or transport.is_closing():
            return None
        if not transport.is_reading():
            transport.resume_reading()
        # TCP keepalive, so that dead peers are detected eventually.
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return transport

    def abort(self) -> None:
        """Close the connection immediately."""
        self._acceptor.discard(self)
        if self._transport is not None:
            self._transport.abort()

    def _hand_over(self) -> None:
        """Let aiohttp serve the connection."""
        transport = self.detach()
        if transport is not None:
            protocol = self._acceptor.http_factory()
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            protocol.data_received(self.rest)
