"""Relay between two WebSockets that forwards and journals every frame."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import dataclass
from typing import Literal

import aiohttp
from aiohttp import WSMsgType, web

from voicelive._recorder.journal import Direction, Journal
from voicelive_core.close_codes import CloseCode

_CLOSE_TIMEOUT_SECONDS = 10.0
"""Time for the second side to close after the first one has."""

_Frames = (
    aiohttp.ClientWebSocketResponse[Literal[False]]
    | web.WebSocketResponse[Literal[False]]
)


@dataclass(slots=True)
class Side:
    """One side of a relay.

    Attributes:
        ws: The WebSocket.
        transport: Its transport.
        direction: Direction of its frames as seen by the application.
        close_sent: Whether a close frame was sent to it.
    """

    ws: _Frames
    transport: asyncio.Transport
    direction: Direction
    close_sent: bool = False

    async def send(self, data: bytes, kind: WSMsgType) -> None:
        """Send a frame with back pressure; do nothing if the connection is lost."""
        # The loss is handled where frames are received.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self.ws.send_frame(data, kind)

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, unless one was sent before.

        Args:
            code: The close code; 1005 for a frame without one.
            reason: The close reason.
        """
        if self.close_sent:
            return
        self.close_sent = True
        payload = b""
        if code != CloseCode.NO_STATUS:
            payload = struct.pack("!H", code) + reason.encode()
        await self.send(payload, WSMsgType.CLOSE)


class Relay:
    """Forwards frames between two WebSockets until both are closed.

    At most one frame per direction is in flight, so back pressure is preserved.

    Args:
        application: The side of the application.
        service: The side of the service.
        journal: Journal for the frames.
    """

    def __init__(self, application: Side, service: Side, journal: Journal) -> None:
        self._application = application
        self._service = service
        self._journal = journal
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Forward frames until both sides are closed."""
        application, service = self._application, self._service
        tasks = [
            asyncio.ensure_future(self._forward(application, service)),
            asyncio.ensure_future(self._forward(service, application)),
        ]
        try:
            _, open_ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # The other side may send more frames before its close frame.
            if open_:
                await asyncio.wait(open_, timeout=_CLOSE_TIMEOUT_SECONDS)
        finally:
            if not all(task.done() for task in tasks):
                self._abort()
                for task in tasks:
                    task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            self._over.set()
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def stop(self, reason: str, *, within: float) -> None:
        """Close both sides with code 1001 while frames are forwarded.

        Args:
            reason: Close reason sent to both sides.
            within: Seconds after which the connections are aborted.
        """
        code = CloseCode.GOING_AWAY
        if not self._application.close_sent:
            self._journal.close(self._service.direction, code, reason)
        try:
            async with asyncio.timeout(within):
                await asyncio.gather(
                    self._application.close(code, reason),
                    self._service.close(code, reason),
                )
                await self._over.wait()
        except TimeoutError:
            self._abort()

    def _abort(self) -> None:
        self._application.transport.abort()
        self._service.transport.abort()

    async def _forward(self, source: Side, target: Side) -> None:
        while True:
            message = await source.ws.receive()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    data: bytes = message.data
                    binary = message.type is WSMsgType.BINARY
                    self._journal.frame(source.direction, data, binary=binary)
                    await target.send(data, message.type)
                case WSMsgType.PING | WSMsgType.PONG:
                    await target.send(bytes(message.data), message.type)
                case WSMsgType.CLOSE:
                    code = message.data or CloseCode.NO_STATUS
                    await self._close(source, target, code, message.extra or "")
                    return
                case _:
                    await self._handle_loss(source, target, message.data)
                    return

    async def _close(self, source: Side, target: Side, code: int, reason: str) -> None:
        self._journal.close(source.direction, code, reason)
        await target.close(code, reason)

    async def _handle_loss(self, source: Side, target: Side, error: object) -> None:
        """Handle a side that was lost without a close frame or broke the protocol."""
        if isinstance(error, aiohttp.WebSocketError):
            # aiohttp has sent a close frame with this code.
            source.close_sent = True
            reason = "voicelive record cannot read a frame"
            await self._close(source, target, error.code, reason)
            return
        self._journal.close(source.direction, CloseCode.ABNORMAL, "")
        # Code 1006 must not be sent: close the transport after the buffered data, so
        # that the other side sees the same loss.
        target.transport.close()
