"""Who connects and then says nothing is not waited for."""

import asyncio
from weakref import WeakKeyDictionary, WeakSet

from aiohttp import web
from aiohttp.typedefs import Handler


class Watchman:
    """Cuts off connections that ask for nothing.

    Args:
        seconds: How long a client may take for its first request.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: WeakKeyDictionary[asyncio.BaseTransport, float] = (
            WeakKeyDictionary()
        )
        self._known: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._timer: asyncio.TimerHandle | None = None

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Leave a connection alone, since it has brought a request."""
        if request.transport is not None:
            self._known.add(request.transport)
        return await handler(request)

    def start(self, server: web.Server) -> None:
        """Begin to watch the connections of a server."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds / 4, self.start, server)
        now = loop.time()
        for connection in server.connections:
            transport = connection.transport
            if transport is None or transport in self._known:
                continue
            if now - self._since.setdefault(transport, now) >= self._seconds:
                transport.abort()

    def stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
