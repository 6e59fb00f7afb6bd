"""One WebSocket: moves frames between a client and its engine, and keeps the time."""

import asyncio
import logging
from math import inf

from aiohttp import WSMsgType, web

from .engine import SessionEngine
from .journal import SessionJournal
from .pacer import Pacer

_logger = logging.getLogger(__name__)

_STALL_BYTES = 256 * 1024
"""From this much unsent data on, responses wait for the reader."""

_ABORT_BYTES = 4 * 1024 * 1024
"""A reader that leaves this much unsent is cut off."""

_ABORT_SECONDS = 30.0
"""A reader that has been too slow for this long is cut off."""

_POLL_SECONDS = 0.02
_TEXT_FRAME = 0x81


def text_header(size: int) -> bytes:
    """Return the header of an unmasked WebSocket text frame.

    Args:
        size: The size of the payload in bytes.
    """
    if size < 126:
        return bytes((_TEXT_FRAME, size))
    if size < 1 << 16:
        return bytes((_TEXT_FRAME, 126)) + size.to_bytes(2, "big")
    return bytes((_TEXT_FRAME, 127)) + size.to_bytes(8, "big")


# Most frames are short and come by the thousand.
_SHORT_HEADERS = tuple(text_header(size) for size in range(4096))


class Connection:
    """Drives one engine from one WebSocket.

    Everything that is sent in one pass of the event loop leaves in one write: with
    many small events, the system calls would cost more than the events.

    Args:
        engine: The session.
        websocket: The connection, upgraded.
        transport: What lies under the connection.
        pacer: Wakes this connection.
        journal: Remembers the frames.
        speed: How fast time passes for the session; infinity leaves out all waiting.
    """

    def __init__(
        self,
        engine: SessionEngine,
        websocket: "web.WebSocketResponse[bool]",
        transport: asyncio.Transport,
        pacer: Pacer,
        journal: SessionJournal,
        speed: float,
    ) -> None:
        self.slot: int | None = None
        self._engine = engine
        self._websocket = websocket
        self._transport = transport
        self._pacer = pacer
        self._journal = journal
        self._speed = speed
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._stalled_since: float | None = None

    async def serve(self) -> None:
        """Serve the session until the connection ends, whichever side ends it."""
        self._pump()
        try:
            async for message in self._websocket:
                if message.type is WSMsgType.TEXT:
                    self._receive(message.data)
                elif message.type is WSMsgType.BINARY:
                    # The protocol has none; the engine rejects what is no JSON.
                    self._receive(b"")
        finally:
            self._pacer.discard(self)
            self._unsent.clear()
            if self._journal.close_code is None:
                self._journal.close_code = self._websocket.close_code

    def wake(self) -> None:
        """Do what is due, and see whether a slow reader has caught up."""
        if self._stalled_since is not None:
            self._check_reader(self._stalled_since)
        self._pump()

    async def close(self, code: int, reason: str) -> None:
        """End the session from the side of the server.

        Args:
            code: The close code.
            reason: Why, in at most 123 bytes.
        """
        self._flush()
        self._journal.close_code = code
        await self._websocket.close(code=code, message=reason.encode())

    def _now(self) -> float:
        if self._speed == inf:
            return self._engine.now
        return (self._loop.time() - self._began) * self._speed

    def _receive(self, frame: bytes) -> None:
        now = self._now()
        self._journal.record(now, frame, from_client=True)
        self._engine.receive(frame, now)
        self._pump()

    def _pump(self) -> None:
        """Let the engine work and send what it has."""
        engine = self._engine
        hurried = self._speed == inf
        while True:
            engine.advance(inf if hurried else self._now())
            frames = engine.take()
            if frames:
                self._send(frames)
            if self._stalled_since is None and self._backlog() > _STALL_BYTES:
                self._stalled_since = self._loop.time()
                engine.stall(True)
            # There is more only when production paused because it ran far ahead.
            if not hurried or engine.next_due is None:
                break
        if self._stalled_since is not None:
            self._pacer.schedule(self._loop.time() + _POLL_SECONDS, self)
        due = engine.next_due
        if due is not None and not hurried:
            self._pacer.schedule(self._began + due / self._speed, self)

    def _send(self, frames: list[bytes]) -> None:
        if not self._unsent:
            self._loop.call_soon(self._flush)
        now = self._engine.now
        record = self._journal.record
        for frame in frames:
            record(now, frame, from_client=False)
            size = len(frame)
            header = _SHORT_HEADERS[size] if size < 4096 else text_header(size)
            self._unsent += (header, frame)
            self._unsent_bytes += size

    def _flush(self) -> None:
        unsent = self._unsent
        if not unsent:
            return
        self._unsent = []
        self._unsent_bytes = 0
        if not self._websocket.closed and not self._transport.is_closing():
            self._transport.write(b"".join(unsent))

    def _backlog(self) -> int:
        return self._unsent_bytes + self._transport.get_write_buffer_size()

    def _check_reader(self, stalled_since: float) -> None:
        backlog = self._backlog()
        if backlog < _STALL_BYTES // 2:
            self._stalled_since = None
            self._engine.stall(False)
        elif (
            backlog > _ABORT_BYTES or self._loop.time() - stalled_since > _ABORT_SECONDS
        ):
            _logger.warning(
                "session %s: cut off a client that does not read", self._engine.id
            )
            # A close frame would have to wait behind what the client does not read.
            self._transport.abort()
