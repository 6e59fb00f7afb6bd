"""Passes frames on between an application and the service, and has them written."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import dataclass
from typing import Literal

import aiohttp
from aiohttp import WSCloseCode, WSMsgType, web

from voicelive._recorder.journal import Direction, Journal

_ANSWER_SECONDS = 10.0
"""How long the second side may take to end when the first one has."""

# What stands for a close without a code, and for an end without a close.
_NO_CODE = 1005

_Frames = (
    aiohttp.ClientWebSocketResponse[Literal[False]]
    | web.WebSocketResponse[Literal[False]]
)


@dataclass(slots=True)
class Side:
    """One of the two WebSockets.

    Attributes:
        ws: For frames.
        transport: What is under it.
        sends: What its frames are to the application.
        close_sent: Whether it was sent a close.
    """

    ws: _Frames
    transport: asyncio.Transport
    sends: Direction
    close_sent: bool = False

    async def send(self, data: bytes, kind: WSMsgType) -> None:
        """Send a frame, and wait while it has no room; nothing if it is gone."""
        # The other direction tells that it is gone.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self.ws.send_frame(data, kind)

    async def close(self, code: int, reason: str) -> None:
        """Send a close, unless it was sent one.

        Args:
            code: The close code; 1005 for none.
            reason: What is said about it.
        """
        if self.close_sent:
            return
        self.close_sent = True
        payload = b""
        if code != _NO_CODE:
            payload = struct.pack("!H", code) + reason.encode()
        await self.send(payload, WSMsgType.CLOSE)


class Relay:
    """Two WebSockets that are joined until one of them ends.

    Each direction has one frame in hand: who does not read makes the other side wait.

    Args:
        application: The WebSocket of the application.
        service: That of the service.
        journal: Where the frames are written.
    """

    def __init__(self, application: Side, service: Side, journal: Journal) -> None:
        self._application = application
        self._service = service
        self._journal = journal
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Pass frames on until both sides have ended."""
        application, service = self._application, self._service
        tasks = [
            asyncio.ensure_future(self._pass_on(application, service)),
            asyncio.ensure_future(self._pass_on(service, application)),
        ]
        try:
            _, open_ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # The other side may have more to say before it answers the close.
            if open_:
                await asyncio.wait(open_, timeout=_ANSWER_SECONDS)
        finally:
            if not all(task.done() for task in tasks):
                self._cut()
                for task in tasks:
                    task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            self._over.set()
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def stop(self, reason: str, *, within: float) -> None:
        """End both sides with close code 1001, while they are passed on.

        Args:
            reason: Close reason sent to both sides.
            within: Seconds after which they are cut off.
        """
        code = int(WSCloseCode.GOING_AWAY)
        if not self._application.close_sent:
            self._journal.close(self._service.sends, code, reason)
        try:
            async with asyncio.timeout(within):
                await asyncio.gather(
                    self._application.close(code, reason),
                    self._service.close(code, reason),
                )
                await self._over.wait()
        except TimeoutError:
            self._cut()

    def _cut(self) -> None:
        self._application.transport.abort()
        self._service.transport.abort()

    async def _pass_on(self, source: Side, target: Side) -> None:
        while True:
            message = await source.ws.receive()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    data: bytes = message.data
                    binary = message.type is WSMsgType.BINARY
                    self._journal.frame(source.sends, data, binary=binary)
                    await target.send(data, message.type)
                case WSMsgType.PING | WSMsgType.PONG:
                    await target.send(bytes(message.data), message.type)
                case WSMsgType.CLOSE:
                    code = message.data or _NO_CODE
                    await self._end(source, target, code, message.extra or "")
                    return
                case _:
                    await self._broken(source, target, message.data)
                    return

    async def _end(self, source: Side, target: Side, code: int, reason: str) -> None:
        self._journal.close(source.sends, code, reason)
        await target.close(code, reason)

    async def _broken(self, source: Side, target: Side, error: object) -> None:
        """A side is gone without a close, or sent what is no frame."""
        if isinstance(error, aiohttp.WebSocketError):
            # aiohttp has closed it with this code.
            source.close_sent = True
            reason = "voicelive record cannot read a frame"
            await self._end(source, target, error.code, reason)
            return
        lost = int(WSCloseCode.ABNORMAL_CLOSURE)
        self._journal.close(source.sends, lost, "")
        # Nobody can send this code: the other side gets to see the same, after what it
        # was sent before.
        target.transport.close()
