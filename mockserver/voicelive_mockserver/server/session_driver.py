"""One WebSocket: moves frames between a client and its engine, and keeps the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from aiohttp import WSCloseCode

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine import Closing, SessionEngine
from voicelive_mockserver.engine.errors import error_body, rejected
from voicelive_mockserver.engine.outbox import FrameSummary
from voicelive_mockserver.faults import (
    AbortConnection,
    Action,
    AnswerPings,
    CloseConnection,
    FaultStage,
    SendFrame,
)
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.websocket import BINARY, WebSocket, frame_header, text_header
from voicelive_mockserver.websocket.frames import SHORT, SHORT_HEADERS
from voicelive_mockserver.websocket.pacer import Pacer
from voicelive_mockserver.websocket.websocket import PAUSE_BYTES
from voicelive_protocol import ServerEventError, encode

logger = redacting_logger(__name__)

_STALL_BYTES = 256 * 1024
"""From this much unsent data on, responses wait for the reader."""

_PATIENCE_SECONDS = 30.0
"""For so long a client may leave more unread than makes responses wait."""

_MOST_WAITING = 256
"""With so many requests that are not worked off yet, no more are read."""

_POLL_SECONDS = 0.02
_TOO_SLOW = 1008


class SessionDriver:
    """Drives one engine from one WebSocket.

    It is driven by callbacks: of the socket when a message comes, and of the pacer
    when something is due.

    Args:
        engine: The session.
        websocket: The connection.
        pacer: Wakes this connection.
        journal: Remembers the frames.
        metrics: Counts them.
        speed: How fast time passes for the session; infinity leaves out all waiting.
        stage: What the frames for the client go through.
        on_end: Is called when the connection is gone.
    """

    __slots__ = (
        "_began",
        "_engine",
        "_loop",
        "_metrics",
        "_next_due",
        "_on_end",
        "_pacer",
        "_pushed",
        "_speed",
        "_stage",
        "_stalled_since",
        "_websocket",
        "journal",
        "slot",
    )

    def __init__(
        self,
        engine: SessionEngine,
        websocket: WebSocket,
        pacer: Pacer,
        journal: SessionJournal,
        metrics: Metrics,
        speed: float,
        stage: FaultStage,
        on_end: Callable[[], None],
    ) -> None:
        self.slot: int | None = None
        self._engine = engine
        self._websocket = websocket
        self._pacer = pacer
        self.journal = journal
        self._metrics = metrics
        self._speed = speed
        self._stage = stage
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._on_end = on_end
        self._next_due: float | None = None
        self._stalled_since: float | None = None
        self._pushed = 0

    def start(self) -> None:
        """Begin to serve; it goes on until the connection is gone."""
        self._websocket.use(self)
        self._pump()

    def receive(self, payload: bytes, is_text: bool) -> bool:
        """Take a message of the client.

        Args:
            payload: Its bytes.
            is_text: Whether it is a text, and not binary.

        Returns:
            Whether nothing more should be read for the time being.
        """
        # The protocol has no binary ones; the engine rejects what is no JSON.
        frame = payload if is_text else b""
        try:
            return self._receive(frame)
        except Exception as problem:
            self._fail(problem)
            return False

    def _receive(self, frame: bytes) -> bool:
        engine = self._engine
        now = self._now()
        self.journal.record(now, frame, from_client=True)
        self._metrics.received(frame)
        if not self._stage.is_idle:
            self._stage.hear(frame, self.elapsed())
        if self._speed == inf:
            engine.receive(frame, now, inf)
            self._collect_all()
        else:
            engine.receive(frame, now)
            self._collect()
        return (
            self._stalled_since is not None or engine.waiting > _MOST_WAITING
        ) and self.is_behind()

    def is_behind(self) -> bool:
        """Whether the client asks for more than can be done, or than it reads."""
        hurries = self._engine.waiting > _MOST_WAITING
        return (hurries and self._speed < inf) or self._websocket.backlog > PAUSE_BYTES

    def ended(self, code: int | None) -> None:
        """Take notice that the connection is gone.

        Args:
            code: The close code; `None` when the connection was lost.
        """
        self._pacer.discard(self)
        if self.journal.close_code is None:
            self.journal.close_code = code
        on_end = self._on_end
        # It refers to this: what has ended is to go without the garbage collector.
        del self._on_end
        on_end()

    @property
    def waiting(self) -> int:
        """How many requests were read and are not worked off yet."""
        return self._engine.waiting

    def wake(self) -> None:
        """Do what is due, and see whether a slow reader has caught up."""
        if self._websocket.is_closing:
            return
        try:
            if self._stalled_since is not None:
                # Being late is the fault of the reader.
                self._check_reader(self._stalled_since)
            else:
                self._note_lateness()
            self._pump()
        except Exception as problem:
            self._fail(problem)

    def push(self, event: Mapping[str, Any]) -> None:
        """Send an event that the session has not caused; faults strike it too.

        Args:
            event: The event; without an `event_id`, it gets one.
        """
        if "event_id" not in event:
            self._pushed += 1
            event = {"event_id": f"event_pushed{self._pushed}", **event}
        self._collect()
        frame = encode(event)
        if self._stage.is_idle:
            self._send([frame])
        else:
            self._act([frame])

    async def close(self, code: int, reason: str) -> None:
        """End the session from the side of the server.

        Args:
            code: The close code.
            reason: Why; the end of a long text is left out.
        """
        self._close(Closing(code, reason))
        await self._websocket.wait_closed()

    def elapsed(self) -> float:
        """Return how long the connection has been there, in seconds of real time."""
        return self._loop.time() - self._began

    def _now(self) -> float:
        if self._speed == inf:
            return self._engine.now
        return (self._loop.time() - self._began) * self._speed

    def _pump(self) -> None:
        """Let the engine work and send what it has."""
        engine = self._engine
        if self._speed < inf:
            engine.advance(self._now())
            self._collect()
            return
        engine.advance(inf)
        self._collect_all()

    def _collect_all(self) -> None:
        """Send what the engine has, and what it makes until nothing is left to do."""
        engine = self._engine
        self._collect()
        # There is more only when production paused because it ran far ahead.
        while engine.next_due is not None:
            engine.advance(inf)
            self._collect()

    def _collect(self) -> None:
        """Send what the engine has ready, and see to it that it is woken in time."""
        engine = self._engine
        frames = engine.take()
        for frame in engine.take_data_channel():
            self.journal.record_data_channel(engine.now, frame)
        if not self._stage.is_idle:
            self._act(frames)
        elif frames:
            self._send(frames, engine.taken)
        if (
            frames
            and self._stalled_since is None
            and self._websocket.backlog > _STALL_BYTES
        ):
            self._stalled_since = self._loop.time()
            engine.stall(True)
        if self._stalled_since is not None:
            self._pacer.schedule(self._loop.time() + _POLL_SECONDS, self)
        if engine.closing is not None:
            if not self._stage.is_holding:
                self._close(engine.closing)
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

    def _close(self, closing: Closing) -> None:
        if self.journal.close_code is None and not self._websocket.is_closing:
            self.journal.close_code = closing.code
        self._websocket.close(closing.code, closing.reason)

    def _fail(self, problem: Exception) -> None:
        """Close the session with 1011 because of a fault of this program.

        What was ready is sent before, and an error that says so.
        """
        logger.error("session %s failed", self._engine.id, exc_info=problem)
        error = error_body(rejected("internal_error"), None)
        event = {"event_id": None, "type": ServerEventError.type, **error}
        try:
            self._send([*self._engine.take(), encode(event)])
        except Exception:
            logger.exception("session %s: its last frames failed", self._engine.id)
        self._close(Closing(WSCloseCode.INTERNAL_ERROR, "The service has failed."))

    def _act(self, frames: list[bytes]) -> None:
        """Send frames through the faults and do what comes out."""
        stage, elapsed = self._stage, self.elapsed()
        try:
            stage.send(frames, elapsed)
            actions = stage.take(elapsed)
        except Exception:
            # Nothing will come out of it any more.
            self._send(frames)
            raise
        for action in actions:
            self._do(action)
        if stage.next_due is not None:
            self._pacer.schedule(self._began + stage.next_due, self)

    def _do(self, action: Action) -> None:
        match action:
            case SendFrame(frame, is_binary):
                if is_binary:
                    self._send_as(frame_header(BINARY, len(frame)), frame)
                else:
                    self._send([frame])
            case CloseConnection(code, reason):
                self._close(Closing(code, reason))
            case AbortConnection(frame):
                if frame is not None:
                    self._send_as(text_header(len(frame)), frame[: len(frame) // 2])
                self._websocket.lose()
            case AnswerPings(answers):
                self._websocket.answers_pings = answers

    def _send_as(self, header: bytes, payload: bytes) -> None:
        """Send something that is no proper text frame."""
        self.journal.record(self._engine.now, payload, from_client=False)
        self._metrics.sent([payload], len(payload))
        self._websocket.write(header + payload)

    def _send(self, frames: list[bytes], summary: FrameSummary | None = None) -> None:
        parts: list[bytes] = []
        total = 0
        all_short = True
        for frame in frames:
            size = len(frame)
            total += size
            if size < SHORT:
                parts += SHORT_HEADERS[size], frame
            else:
                parts += text_header(size), frame
                all_short = False
        wire = b"".join(parts)
        # First of all: whatever fails below must not keep it from the client.
        self._websocket.write(wire)
        self.journal.record_sent(
            self._engine.now, frames, wire, total, all_short=all_short
        )
        if summary is None:
            self._metrics.sent(frames, total)
        else:
            self._metrics.sent_as_made(summary, total)

    def _check_reader(self, stalled_since: float) -> None:
        backlog = self._websocket.backlog
        if backlog < _STALL_BYTES // 2:
            self._stalled_since = None
            self._engine.stall(False)
        elif (
            not self._websocket.is_closing
            and self._loop.time() - stalled_since > _PATIENCE_SECONDS
        ):
            logger.warning(
                "session %s: closed, the client does not read", self._engine.id
            )
            self._close(Closing(_TOO_SLOW, "The client reads too slowly."))
