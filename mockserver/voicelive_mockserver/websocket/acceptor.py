"""Where connections come in: WebSockets are let in here, the rest is left to aiohttp.

Going through a web framework would cost a connection several times what its session
costs, in time and in memory.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol, cast

from voicelive_mockserver.websocket.upgrade import (
    Plain,
    UpgradeRequest,
    http_response,
    read_upgrade,
)
from voicelive_mockserver.websocket.websocket import WebSocket
from voicelive_mockserver.websocket.write_batcher import Hub

_END = b"\r\n\r\n"
_LONGEST_HEAD = 1 << 16


class Doorkeeper(Protocol):
    """Decides who is let in."""

    def wants(self, path: str) -> bool:
        """Whether there is a WebSocket at a path."""
        ...

    def admit(self, request: UpgradeRequest, visit: "Visit") -> None:
        """Answer a request, now or later, with one of the methods of the visit."""
        ...

    def refuse_unread(self, kind: Plain, visit: "Visit") -> None:
        """Refuse what is no HTTP request, or one whose body has no length."""
        ...


class Visit:
    """A connection that waits for the answer to its request.

    Args:
        door: The connection.
        rest: What it has sent after the request already.
        request: What it asks for; `None` when it can only be refused.
    """

    __slots__ = ("_door", "_request", "_rest")

    def __init__(
        self, door: "Door", rest: bytes, request: UpgradeRequest | None = None
    ) -> None:
        self._door = door
        self._request = request
        self._rest = rest

    def accept(self) -> WebSocket | None:
        """Open the WebSocket; `None` if the client is gone.

        What the client has sent already is handed on in the next pass of the event
        loop.
        """
        assert self._request is not None
        transport = self._door.leave()
        if transport is None:
            return None
        opened = WebSocket(transport, self._door.hub)
        transport.set_protocol(opened)
        opened.write(self._request.accepted())
        rest = self._rest + self._door.rest
        if rest:
            loop = asyncio.get_running_loop()
            loop.call_soon(opened.feed, rest)
        return opened

    def refuse(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Answer with an HTTP error.

        Args:
            status: The HTTP status.
            body: JSON.
            headers: Headers beside the usual ones.
        """
        transport = self._door.leave()
        if transport is not None:
            transport.write(http_response(status, body, headers))
            transport.close()


class Doors:
    """The connections that have not said yet what they want.

    Args:
        keeper: Decides about those that want a WebSocket.
        others: Makes a protocol for each of the others.
        seconds: How long a client may take to say what it wants.
    """

    def __init__(
        self,
        keeper: Doorkeeper,
        others: Callable[[], asyncio.Protocol],
        seconds: float,
    ) -> None:
        self.keeper = keeper
        self.others = others
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self.hub = Hub(self._loop)
        """What the WebSockets share."""
        self._waiting: dict[Door, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sweep()

    def __call__(self) -> "Door":
        """Return the protocol of a new connection."""
        return Door(self, self._loop)

    def came(self, door: "Door") -> None:
        """Expect a request."""
        self._waiting[door] = self._loop.time()

    def heard(self, door: "Door") -> None:
        """Expect a request no more."""
        self._waiting.pop(door, None)

    def stop(self) -> None:
        """Cut off all that are still waiting."""
        if self._timer is not None:
            self._timer.cancel()
        for door in list(self._waiting):
            door.abort()

    def _sweep(self) -> None:
        self._timer = self._loop.call_later(self._seconds / 4, self._sweep)
        limit = self._loop.time() - self._seconds
        for door, since in list(self._waiting.items()):
            # The oldest are first.
            if since > limit:
                break
            door.abort()


class Door(asyncio.Protocol):
    """One connection until it has said what it wants.

    Args:
        doors: All of them.
        loop: The running event loop.
    """

    __slots__ = ("_doors", "_is_decided", "_loop", "_transport", "rest")

    def __init__(self, doors: Doors, loop: asyncio.AbstractEventLoop) -> None:
        self.rest = b""
        """What has come and was not looked at."""
        self._doors = doors
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._is_decided = False

    @property
    def hub(self) -> Hub:
        """What the WebSockets share."""
        return self._doors.hub

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the request."""
        # Those of other event loops are transports by what they can, not by name.
        self._transport = cast(asyncio.Transport, transport)
        self._doors.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._doors.heard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Look whether the head of the request is complete."""
        self.rest += data
        if self._is_decided:
            if self._transport is not None and len(self.rest) > _LONGEST_HEAD:
                self._transport.pause_reading()
            return
        end = self.rest.find(_END)
        # What does not even begin like a request is answered without waiting for more.
        is_request = self.rest[:1].isupper() and len(self.rest) <= _LONGEST_HEAD
        if end < 0 and is_request:
            return
        self._is_decided = True
        self._doors.heard(self)
        head = self.rest[: end + len(_END)]
        request = read_upgrade(head, self._loop) if end >= 0 else Plain.MALFORMED
        if request is Plain.MALFORMED or request is Plain.CHUNKED:
            self._doors.keeper.refuse_unread(request, Visit(self, b""))
            return
        if request is Plain.REQUEST or not self._doors.keeper.wants(request.path):
            self._hand_over()
            return
        rest, self.rest = self.rest[len(head) :], b""
        self._doors.keeper.admit(request, Visit(self, rest, request))

    def leave(self) -> asyncio.Transport | None:
        """Return the connection, which somebody else takes; `None` if it is gone."""
        transport, self._transport = self._transport, None
        if transport is None or transport.is_closing():
            return None
        if not transport.is_reading():
            transport.resume_reading()
        # Who vanishes without a word is noticed some day.
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return transport

    def abort(self) -> None:
        """End the connection at once."""
        self._doors.heard(self)
        if self._transport is not None:
            self._transport.abort()

    def _hand_over(self) -> None:
        transport = self.leave()
        if transport is not None:
            other = self._doors.others()
            transport.set_protocol(other)
            other.connection_made(transport)
            other.data_received(self.rest)
