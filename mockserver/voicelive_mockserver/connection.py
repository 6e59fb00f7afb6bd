"""One WebSocket: moves frames between a client and its engine, and keeps the time."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from math import inf
from time import monotonic
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from .engine import Closing, SessionEngine
from .faults import Action, CloseConnection, FaultStage, LoseConnection, SendFrame
from .journal import SessionJournal
from .metrics import Metrics
from .pacer import Pacer

_logger = logging.getLogger(__name__)

_STALL_BYTES = 256 * 1024
"""From this much unsent data on, responses wait for the reader."""

_PAUSE_BYTES = 4 * 1024 * 1024
"""From this much unsent data on, requests are not read any more either."""

_PATIENCE_SECONDS = 30.0
"""For so long a client may leave more unread than makes responses wait."""

_MOST_WAITING = 256
"""With so many requests that are not worked off yet, no more are read."""

_TURN_SECONDS = 0.005
"""After so much work for one session, it is the turn of the others."""

_CLOSE_SECONDS = 1.5
"""A client that has not answered a close frame for this long is cut off."""

_POLL_SECONDS = 0.02
_TOO_SLOW = 1008
_ENDS = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)
_REASON_BYTES = 123
_TEXT_FRAME = 0x81
_BINARY_FRAME = 0x82


def text_header(size: int) -> bytes:
    """Return the header of an unmasked WebSocket text frame.

    Args:
        size: The size of the payload in bytes.
    """
    return _header(_TEXT_FRAME, size)


def _header(kind: int, size: int) -> bytes:
    if size < 126:
        return bytes((kind, size))
    if size < 1 << 16:
        return bytes((kind, 126)) + size.to_bytes(2, "big")
    return bytes((kind, 127)) + size.to_bytes(8, "big")


def close_reason(text: str) -> bytes:
    """Return a text as the reason of a close frame, which has little room.

    Args:
        text: The text; what does not fit is left out.
    """
    return text.encode()[:_REASON_BYTES].decode(errors="ignore").encode()


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
        metrics: Counts them.
        speed: How fast time passes for the session; infinity leaves out all waiting.
        stage: What the frames for the client go through.
    """

    def __init__(
        self,
        engine: SessionEngine,
        websocket: "web.WebSocketResponse[bool]",
        transport: asyncio.Transport,
        pacer: Pacer,
        journal: SessionJournal,
        metrics: Metrics,
        speed: float,
        stage: FaultStage,
    ) -> None:
        self.slot: int | None = None
        self._engine = engine
        self._websocket = websocket
        self._transport = transport
        self._pacer = pacer
        self.journal = journal
        self._metrics = metrics
        self._speed = speed
        self._stage = stage
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._next_due: float | None = None
        self._stalled_since: float | None = None
        self._pushed = 0
        self._closing: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Serve the session until the connection ends, whichever side ends it."""
        self._pump()
        try:
            await self._read()
        finally:
            self._pacer.discard(self)
            self._unsent.clear()
            if self._closing is not None:
                await self._closing
            if self.journal.close_code is None:
                self.journal.close_code = self._websocket.close_code

    async def _read(self) -> None:
        worked = 0.0
        receive = self._websocket.receive
        while True:
            message = await receive()
            began = monotonic()
            if message.type is WSMsgType.TEXT:
                self._receive(message.data)
            elif message.type is WSMsgType.BINARY:
                # The protocol has none; the engine rejects what is no JSON.
                self._receive(b"")
            elif message.type in _ENDS:
                return
            worked += monotonic() - began
            if worked > _TURN_SECONDS:
                worked = 0.0
                await asyncio.sleep(0)
            # The end of that is no event: the socket has none for it.
            while self._is_behind():  # noqa: ASYNC110
                await asyncio.sleep(_POLL_SECONDS)

    def _is_behind(self) -> bool:
        """Whether the client asks for more than can be done, or than it reads."""
        hurries = self._engine.waiting > _MOST_WAITING
        if not hurries and self._stalled_since is None:
            return False
        if self._closing is not None or self._transport.is_closing():
            return False
        return (hurries and self._speed < inf) or self._backlog() > _PAUSE_BYTES

    @property
    def waiting(self) -> int:
        """How many requests were read and are not worked off yet."""
        return self._engine.waiting

    def wake(self) -> None:
        """Do what is due, and see whether a slow reader has caught up."""
        if self._stalled_since is not None:
            # Being late is the fault of the reader.
            self._check_reader(self._stalled_since)
        else:
            self._note_lateness()
        self._pump()

    def push(self, event: Mapping[str, Any]) -> None:
        """Send an event that the session has not caused.

        Args:
            event: The event; without an `event_id`, it gets one.
        """
        if "event_id" not in event:
            self._pushed += 1
            event = {"event_id": f"event_pushed{self._pushed}", **event}
        self._collect()
        self._send([msgspec.json.encode(event)])

    async def close(self, code: int, reason: str) -> None:
        """End the session from the side of the server.

        Args:
            code: The close code.
            reason: Why; the end of a long text is left out.
        """
        self._flush()
        if self.journal.close_code is None:
            self.journal.close_code = code
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._websocket.close(code=code, message=close_reason(reason))
        except TimeoutError:
            # A client that does not read does not see the close frame either.
            self._transport.abort()

    def elapsed(self) -> float:
        """Return how long the connection has been there, in seconds of real time."""
        return self._loop.time() - self._began

    def _now(self) -> float:
        if self._speed == inf:
            return self._engine.now
        return self.elapsed() * self._speed

    def _receive(self, frame: bytes) -> None:
        now = self._now()
        self.journal.record(now, frame, from_client=True)
        self._metrics.received(frame)
        if not self._stage.is_idle:
            self._stage.hear(frame, self.elapsed())
        self._engine.receive(frame, now)
        if self._speed == inf:
            self._pump()
        else:
            self._collect()

    def _pump(self) -> None:
        """Let the engine work and send what it has."""
        engine = self._engine
        if self._speed < inf:
            engine.advance(self._now())
            self._collect()
            return
        more = True
        while more:
            engine.advance(inf)
            self._collect()
            # There is more only when production paused because it ran far ahead.
            more = engine.next_due is not None

    def _collect(self) -> None:
        """Send what the engine has ready, and see to it that it is woken in time."""
        engine = self._engine
        frames = engine.take()
        if not self._stage.is_idle:
            self._act(frames)
        elif frames:
            self._send(frames)
        if frames and self._stalled_since is None and self._backlog() > _STALL_BYTES:
            self._stalled_since = self._loop.time()
            engine.stall(True)
        if self._stalled_since is not None:
            self._pacer.schedule(self._loop.time() + _POLL_SECONDS, self)
        if engine.closing is not None:
            if not self._stage.is_holding:
                self._close_once(engine.closing)
        elif self._speed < inf:
            due = engine.next_due
            if due is not None:
                # Most input changes nothing about what is due next.
                if due != self._next_due or self.slot is None:
                    self._next_due = due
                    self._pacer.schedule(self._began + due / self._speed, self)
            elif self.slot is None:
                # Nothing is left but to end the session when its time has come.
                self._pacer.schedule(
                    self._began + engine.expires_at / self._speed, self
                )

    def _note_lateness(self) -> None:
        due = self._engine.next_due
        if due is not None and self._speed < inf:
            late = self.elapsed() - due / self._speed
            if late >= 0:
                self._metrics.late(late)

    def _close_once(self, closing: Closing) -> None:
        """Close because the session has ended by itself."""
        if self._closing is None:
            self._closing = self._loop.create_task(
                self.close(closing.code, closing.reason)
            )

    def _act(self, frames: Iterable[bytes]) -> None:
        """Send frames through the faults and do what comes out."""
        stage, elapsed = self._stage, self.elapsed()
        stage.send(frames, elapsed)
        for action in stage.take(elapsed):
            self._do(action)
        if stage.next_due is not None:
            self._pacer.schedule(self._began + stage.next_due, self)

    def _do(self, action: Action) -> None:
        match action:
            case SendFrame(frame, is_binary):
                if is_binary:
                    self._send_as(_header(_BINARY_FRAME, len(frame)), frame)
                else:
                    self._send([frame])
            case CloseConnection(code, reason):
                self._close_once(Closing(code, reason))
            case LoseConnection(frame):
                if frame is not None:
                    self._send_as(text_header(len(frame)), frame[: len(frame) // 2])
                self._flush()
                self._transport.close()

    def _send_as(self, header: bytes, payload: bytes) -> None:
        """Send something that is no proper text frame."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self.journal.record(self._engine.now, payload, from_client=False)
        self._metrics.sent(payload)
        self._unsent += (header, payload)
        self._unsent_bytes += len(payload)

    def _send(self, frames: list[bytes]) -> None:
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self.journal.record_sent(self._engine.now, frames)
        self._metrics.sent(*frames)
        add = self._unsent.append
        for frame in frames:
            size = len(frame)
            add(_SHORT_HEADERS[size] if size < 4096 else text_header(size))
            add(frame)
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
            self._closing is None
            and self._loop.time() - stalled_since > _PATIENCE_SECONDS
        ):
            _logger.warning(
                "session %s: closed, the client does not read", self._engine.id
            )
            self._close_once(Closing(_TOO_SLOW, "The client reads too slowly."))
