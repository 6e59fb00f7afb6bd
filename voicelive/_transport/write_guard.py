"""Watchdog of a blocked socket after its WebSocket has ended."""

from __future__ import annotations

import asyncio
from typing import Literal

import aiohttp

from voicelive._transport.response_handler import ResponseHandler

# Polling interval.
_INTERVAL_SECONDS = 0.1


class WriteGuard:
    """Watchdog that aborts a socket that cannot be written, after the WebSocket ended.

    aiohttp only closes the transport, which waits until its buffer is written, and so
    would blocked senders. The guard runs while the buffer is full.

    Args:
        ws: The WebSocket.
        handler: Protocol object of the WebSocket.
        socket: Socket transport of the WebSocket.
        grace: How long writing may take after the end, in seconds.
    """

    def __init__(
        self,
        ws: aiohttp.ClientWebSocketResponse[Literal[False]],
        handler: ResponseHandler,
        socket: asyncio.Transport,
        grace: float,
    ) -> None:
        self._ws = ws
        self._handler = handler
        self._socket = socket
        self._grace = grace
        self._timer: asyncio.TimerHandle | None = None
        self._closed_at: float | None = None

    def watch(self) -> None:
        """Start the watchdog, unless it is running."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_INTERVAL_SECONDS, self._check)

    def stop(self) -> None:
        """Stop the watchdog."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if not self._handler.writing_paused:
            return
        if self._ws.closed:
            now = asyncio.get_running_loop().time()
            self._closed_at = now if self._closed_at is None else self._closed_at
            unanswered = isinstance(self._ws.exception(), aiohttp.ServerTimeoutError)
            if unanswered or now - self._closed_at >= self._grace:
                self._socket.abort()
                return
        elif self._socket.is_closing():
            return  # closed by the network
        self.watch()
