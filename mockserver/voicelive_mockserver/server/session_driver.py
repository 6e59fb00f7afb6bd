"""Session driver: connects a WebSocket to an engine, and runs its timers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from voicelive_core.close_codes import CloseCode
from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine import Closing, SessionEngine
from voicelive_mockserver.engine.errors import error_body, rejected
from voicelive_mockserver.engine.outbox import FrameSummary
from voicelive_mockserver.faults import (
    AbortConnection,
    AnswerPings,
    CloseConnection,
    FaultStage,
    SendFrame,
    StageAction,
)
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.websocket import BINARY, WebSocket, frame_header, text_header
from voicelive_mockserver.websocket.frames import SHORT_BYTES, SHORT_HEADERS
from voicelive_mockserver.websocket.timer import CoalescingTimer
from voicelive_mockserver.websocket.websocket import PAUSE_BYTES
from voicelive_protocol import ServerEventError, encode

logger = redacting_logger(__name__)

_STALL_BYTES = 256 * 1024
"""Pause responses while this much data is unsent."""

_PATIENCE_SECONDS = 30.0
"""Close the connection of a client that does not catch up within this time."""

_MAX_WAITING = 256
"""Stop reading while this many requests are queued."""

_POLL_SECONDS = 0.02


class SessionDriver:
    """Drives an engine from a WebSocket, as its `Delegate`.

    Callbacks of the socket deliver messages, callbacks of the timer run due work.

    Args:
        engine: The session.
        websocket: The connection.
        timer: Schedules the wake-ups of the session.
        journal: Records the frames.
        metrics: Counts the frames.
        speed: The speed of time; infinity for no delays.
        stage: Applies faults to the frames for the client.
        on_end: Called when the connection has ended.
    """

    __slots__ = (
        "_began",
        "_engine",
        "_loop",
        "_metrics",
        "_next_due",
        "_on_end",
        "_pushed",
        "_speed",
        "_stage",
        "_stalled_since",
        "_timer",
        "_websocket",
        "journal",
        "slot",
    )

    def __init__(
        self,
        engine: SessionEngine,
        websocket: WebSocket,
        timer: CoalescingTimer,
        journal: SessionJournal,
        metrics: Metrics,
        speed: float,
        stage: FaultStage,
        on_end: Callable[[], None],
    ) -> None:
        self.slot: int | None = None
        self._engine = engine
        self._websocket = websocket
        self._timer = timer
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
        """Start serving; return immediately."""
        self._websocket.use(self)
        self._pump()

    def receive(self, payload: bytes, is_text: bool) -> bool:
        """Process a message of the client.

        Args:
            payload: The payload.
            is_text: Whether it is a text message, not a binary one.

        Returns:
            Whether to pause reading.
        """
        # The protocol has no binary messages; the engine rejects them as invalid JSON.
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
            self._stage.receive(frame, self.elapsed())
        if self._speed == inf:
            engine.receive(frame, now, inf)
            self._collect_all()
        else:
            engine.receive(frame, now)
            self._collect()
        return (
            self._stalled_since is not None or engine.waiting > _MAX_WAITING
        ) and self.is_behind()

    def is_behind(self) -> bool:
        """Return whether too many requests are queued, or output is not read."""
        hurries = self._engine.waiting > _MAX_WAITING
        return (hurries and self._speed < inf) or self._websocket.backlog > PAUSE_BYTES

    def ended(self, code: int | None) -> None:
        """Handle the end of the connection.

        Args:
            code: The close code; `None` if the connection was lost.
        """
        self._timer.discard(self)
        if self.journal.close_code is None:
            self.journal.close_code = code
        on_end = self._on_end
        # Break the reference cycle, so that no garbage collection is needed.
        del self._on_end
        on_end()

    @property
    def waiting(self) -> int:
        """The number of queued requests."""
        return self._engine.waiting

    def wake(self) -> None:
        """Run due work, and check whether a slow reader has caught up."""
        if self._websocket.is_closing:
            return
        try:
            if self._stalled_since is not None:
                # A slow reader, not the server, causes the delay.
                self._check_reader(self._stalled_since)
            else:
                self._note_lateness()
            self._pump()
        except Exception as problem:
            self._fail(problem)

    def push(self, event: Mapping[str, Any]) -> None:
        """Send an injected event; faults apply to it.

        Args:
            event: The event; an `event_id` is added if it is missing.
        """
        if "event_id" not in event:
            self._pushed += 1
            event = {"event_id": f"event_pushed{self._pushed}", **event}
        self._collect()
        frame = encode(event)
        if self._stage.is_idle:
            self._send([frame])
        else:
            self._send_with_faults([frame])

    async def close(self, code: int, reason: str) -> None:
        """Close the session and wait until it has ended.

        Args:
            code: The close code.
            reason: The close reason, truncated if too long.
        """
        self._close(Closing(code, reason))
        await self._websocket.wait_closed()

    def elapsed(self) -> float:
        """Return the age of the connection in seconds of real time."""
        return self._loop.time() - self._began

    def _now(self) -> float:
        if self._speed == inf:
            return self._engine.now
        return (self._loop.time() - self._began) * self._speed

    def _pump(self) -> None:
        """Advance the engine to the current time and send its output."""
        engine = self._engine
        if self._speed < inf:
            engine.advance(self._now())
            self._collect()
            return
        engine.advance(inf)
        self._collect_all()

    def _collect_all(self) -> None:
        """Send the output of the engine until it has no more work."""
        engine = self._engine
        self._collect()
        # The engine pauses production when it runs far ahead.
        while engine.next_due is not None:
            engine.advance(inf)
            self._collect()

    def _collect(self) -> None:
        """Send the output of the engine and schedule the next wake-up."""
        engine = self._engine
        frames = engine.take()
        for frame in engine.take_data_channel():
            self.journal.record_data_channel(engine.now, frame)
        if not self._stage.is_idle:
            self._send_with_faults(frames)
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
            self._timer.schedule(self._loop.time() + _POLL_SECONDS, self)
        if engine.closing is not None:
            if not self._stage.is_holding:
                self._close(engine.closing)
        elif self._speed < inf:
            due = engine.next_due
            if due is not None:
                # Most input does not change the next due time.
                if due != self._next_due or self.slot is None:
                    self._next_due = due
                    self._timer.schedule(self._began + due / self._speed, self)
            elif self.slot is None:
                # Only the expiry of the session is left.
                self._timer.schedule(
                    self._began + engine.expires_at / self._speed, self
                )

    def _note_lateness(self) -> None:
        due = self._engine.next_due
        if due is not None and self._speed < inf:
            late = self.elapsed() - due / self._speed
            if late >= 0:
                self._metrics.record_lateness(late)

    def _close(self, closing: Closing) -> None:
        if self.journal.close_code is None and not self._websocket.is_closing:
            self.journal.close_code = closing.code
        self._websocket.close(closing.code, closing.reason)

    def _fail(self, problem: Exception) -> None:
        """Close the session with 1011 because of an internal error.

        Pending output and an `error` event are sent first.
        """
        logger.error("session %s failed", self._engine.id, exc_info=problem)
        error = error_body(rejected("internal_error"), None)
        event = {"event_id": None, "type": ServerEventError.type, **error}
        try:
            self._send([*self._engine.take(), encode(event)])
        except Exception:
            logger.exception("session %s: its last frames failed", self._engine.id)
        self._close(Closing(CloseCode.INTERNAL_ERROR, "The service has failed."))

    def _send_with_faults(self, frames: list[bytes]) -> None:
        """Apply faults to frames and perform the resulting actions."""
        stage, elapsed = self._stage, self.elapsed()
        try:
            stage.send(frames, elapsed)
            actions = stage.take(elapsed)
        except Exception:
            # The stage has failed: send the frames unchanged.
            self._send(frames)
            raise
        for action in actions:
            self._perform(action)
        if stage.next_due is not None:
            self._timer.schedule(self._began + stage.next_due, self)

    def _perform(self, action: StageAction) -> None:
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
                self._websocket.drop()
            case AnswerPings(answers):
                self._websocket.answers_pings = answers

    def _send_as(self, header: bytes, payload: bytes) -> None:
        """Send a binary or incomplete frame."""
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
            if size < SHORT_BYTES:
                parts += SHORT_HEADERS[size], frame
            else:
                parts += text_header(size), frame
                all_short = False
        # First, so that failures below do not prevent it.
        self._websocket.write(b"".join(parts))
        self.journal.record_sent(self._engine.now, frames, total, all_short=all_short)
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
            self._close(
                Closing(CloseCode.POLICY_VIOLATION, "The client reads too slowly.")
            )
