"""Fault stage between a session and its socket."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import Any

from voicelive_core.close_codes import CloseCode
from voicelive_mockserver.defaults import FATAL_CLOSE_CODE
from voicelive_mockserver.engine.errors import (
    RequestError,
    error_body,
    example,
)
from voicelive_mockserver.engine.replies import Failed
from voicelive_mockserver.faults.actions import (
    AbortConnection,
    AnswerPings,
    CloseConnection,
    SendFrame,
    StageAction,
)
from voicelive_mockserver.faults.edits import OutgoingFrame, apply_fault
from voicelive_mockserver.faults.model import (
    AnyFault,
    Close,
    Delay,
    Drop,
    EventFault,
    Expire,
    FailResponse,
    IgnorePings,
    Inject,
    PointFault,
    Reorder,
    SendError,
    Stall,
)
from voicelive_mockserver.faults.pending import (
    PendingEdit,
    PendingFailure,
    PendingFault,
    ReorderedEvent,
)
from voicelive_mockserver.wire_type import own_wire_type, wire_type
from voicelive_protocol import ServerEventError, encode

_MAX_REORDER_SECONDS = 1.0
_EXPIRED = "session_expired"
_UNKNOWN_EVENT = {"type": "response.mood.delta", "mood": "cheerful"}


class FaultStage:
    """The faults of one connection, sans-I/O: frames in, actions out.

    The owner passes frames of the session to `send` and frames of the client to
    `receive`, and calls `take` with the time to get the actions that are due. Times are
    seconds since the connection was made, and monotonic.

    Args:
        seed: The seed of random decisions.
        fatal_close_code: The close code after a fatal error.
    """

    def __init__(self, seed: str, fatal_close_code: int = FATAL_CLOSE_CODE) -> None:
        self.ended = False
        """Whether the connection was closed or aborted; no actions follow."""
        self.is_idle = True
        """Whether frames can bypass the stage, as it would not change them."""
        self._seed = seed
        self._fatal_close_code = fatal_close_code
        self._faults = 0
        self._strikes = 0
        self._pending: list[PendingFault] = []
        self._edits: list[PendingEdit] = []
        self._failures: list[PendingFailure] = []
        self._timers: list[tuple[float, int, PointFault]] = []
        self._queue: deque[OutgoingFrame] = deque()
        self._reordered: list[ReorderedEvent] = []
        self._stalled_until = -inf
        self._cuts_next = False
        self._ignores_pings = False
        self._actions: list[StageAction] = []
        # Created on demand: seeding is expensive, and few sessions need it.
        self._event_ids: Random | None = None

    @property
    def is_holding(self) -> bool:
        """Whether frames are held for later."""
        return bool(self._queue or self._reordered)

    @property
    def next_due(self) -> float | None:
        """The time of the next call of `take`, in seconds; `None` for never."""
        if self.ended:
            return None
        due = [reordered.until for reordered in self._reordered]
        if self._timers:
            due.append(self._timers[0][0])
        if self._queue:
            due.append(max(self._queue[0].due, self._stalled_until))
        earliest = min(due, default=inf)
        return None if earliest == inf else earliest

    def add(self, fault: AnyFault, now: float, *, waits_for: str | None = None) -> None:
        """Add a fault. Its counters start at 0; handshake faults are ignored.

        Args:
            fault: The fault.
            now: The time in seconds.
            waits_for: The type of the server event that starts counting, and is the
                first to count.
        """
        self.is_idle = False
        self._faults += 1
        random = Random(f"{self._seed}/{self._faults}")
        if isinstance(fault, PointFault):
            pending = PendingFault(fault, random, waits_for)
            if waits_for is None and pending.is_reached:
                if pending.happens():
                    self._arm(fault, now)
            else:
                self._pending.append(pending)
        elif isinstance(fault, EventFault):
            self._edits.append(PendingEdit(fault, random, waits_for))
        elif isinstance(fault, FailResponse):
            self._failures.append(PendingFailure(fault, random))

    def clear(self, now: float) -> None:
        """Remove all faults and release held frames.

        Args:
            now: The time in seconds.
        """
        self._pending.clear()
        self._edits.clear()
        self._failures.clear()
        self._timers.clear()
        self._cuts_next = False
        self._stalled_until = -inf
        if self._ignores_pings:
            self._ignores_pings = self.is_idle = False
            self._actions.append(AnswerPings(True))
        for outgoing in self._queue:
            outgoing.due = now
        for reordered in self._reordered:
            self._enqueue(reordered.outgoing, now)
        self._reordered.clear()

    def failed_response(self) -> Failed | None:
        """Return the failure of the next response, if any; call once per response."""
        ending = None
        for failure in self._failures:
            if failure.happens():
                error = _error(failure.fault)
                ending = Failed(error.code or "", error.message, error.error_type)
        return ending

    def send(self, frames: Iterable[bytes], now: float) -> None:
        """Accept frames of the session.

        Args:
            frames: Server events, in order.
            now: The time in seconds.
        """
        if self.ended:
            return
        for frame in frames:
            self._apply_event_faults(
                OutgoingFrame(frame, own_wire_type(frame), now), now
            )

    def receive(self, frame: bytes, now: float) -> None:
        """Count a frame of the client.

        Args:
            frame: The frame, valid or not.
            now: The time in seconds.
        """
        if any(pending.fault.client_event for pending in self._pending):
            self._count(wire_type(frame), now, from_client=True)

    def take(self, now: float) -> list[StageAction]:
        """Return the actions that are due, in order.

        Args:
            now: The time in seconds.
        """
        for reordered in list(self._reordered):
            if reordered.until <= now:
                self._reordered.remove(reordered)
                self._enqueue(reordered.outgoing, now)
        while not self.ended:
            timer = self._timers[0][0] if self._timers else inf
            frame = max(self._queue[0].due, self._stalled_until) if self._queue else inf
            if min(timer, frame) > now:
                break
            if timer <= frame:
                self._trigger(heappop(self._timers)[2], now)
            else:
                self._release(self._queue.popleft(), now)
        if self._stalled_until <= now:
            self._stalled_until = -inf
        actions, self._actions = self._actions, []
        self.is_idle = not (
            self._pending
            or self._edits
            or self._timers
            or self._queue
            or self._reordered
            or self._cuts_next
            or self._stalled_until > now
            or self.ended
        )
        return actions

    def _apply_event_faults(self, outgoing: OutgoingFrame, now: float) -> None:
        """Apply the event faults to one event."""
        passed = [outgoing]
        for edit in self._edits:
            if not (edit.may_apply_to(outgoing.event_type) and edit.happens()):
                continue
            fault = edit.fault
            if isinstance(fault, Delay):
                for item in passed:
                    item.due += fault.seconds + fault.jitter * edit.random.random()
            elif isinstance(fault, Reorder):
                # One at a time, or events would wait for one another.
                if all(waiting.fault is not fault for waiting in self._reordered):
                    self._reordered += [
                        ReorderedEvent(
                            item, fault, fault.by + 1, now + _MAX_REORDER_SECONDS
                        )
                        for item in passed
                    ]
                    passed = []
            else:
                passed = apply_fault(fault, passed)
        for item in passed:
            self._enqueue(item, item.due)
        for reordered in list(self._reordered):
            reordered.left -= 1
            if not reordered.left:
                self._reordered.remove(reordered)
                self._enqueue(reordered.outgoing, now)

    def _enqueue(self, outgoing: OutgoingFrame, due: float) -> None:
        if self._stalled_until == inf:
            # Stalled forever: do not queue frames that are never sent.
            return
        outgoing.due = due
        self._queue.append(outgoing)

    def _release(self, outgoing: OutgoingFrame, now: float) -> None:
        if self._cuts_next:
            self._end(AbortConnection(outgoing.frame))
            return
        self._actions.append(SendFrame(outgoing.frame, outgoing.is_binary))
        if outgoing.event_type is not None:
            self._count(outgoing.event_type, now, from_client=False)

    def _count(self, event_type: str, now: float, *, from_client: bool) -> None:
        for pending in list(self._pending):
            if (
                pending.counts(event_type, from_client=from_client)
                and pending.is_reached
            ):
                if pending.happens():
                    self._arm(pending.fault, now)
                elif pending.can_still_happen:
                    continue
                self._pending.remove(pending)

    def _arm(self, fault: PointFault, now: float) -> None:
        due = now + (fault.seconds or 0.0)
        # The counter keeps faults with equal times in insertion order.
        self._strikes += 1
        heappush(self._timers, (due, self._strikes, fault))

    def _trigger(self, fault: PointFault, now: float) -> None:
        match fault:
            case Close():
                self._end(CloseConnection(fault.code, fault.reason))
            case Drop():
                if fault.mid_frame:
                    self._cuts_next = True
                else:
                    self._end(AbortConnection())
            case Stall():
                self._stalled_until = (
                    inf if fault.duration is None else now + fault.duration
                )
                if fault.duration is None:
                    self._queue.clear()
            case IgnorePings():
                self._ignores_pings = True
                self._actions.append(AnswerPings(False))
            case Expire():
                self._reject(SendError(_EXPIRED), now)
            case SendError():
                self._reject(fault, now)
            case Inject():
                if fault.text is None:
                    self._inject(fault.data or _UNKNOWN_EVENT, now)
                else:
                    self._insert(fault.text.encode(), now)
            case _:
                raise AssertionError(fault)

    def _reject(self, fault: SendError, now: float) -> None:
        error = _error(fault)
        self._inject({"type": ServerEventError.type, **error_body(error, None)}, now)
        if error.fatal:
            is_expiry = fault.error == _EXPIRED
            code = CloseCode.GOING_AWAY if is_expiry else self._fatal_close_code
            self._end(CloseConnection(code, error.message))

    def _inject(self, event: dict[str, Any], now: float) -> None:
        if self._event_ids is None:
            self._event_ids = Random(f"{self._seed}/events")
        event_id = f"event_{self._event_ids.getrandbits(88):022x}"
        self._insert(encode({"event_id": event_id} | event), now)

    def _insert(self, frame: bytes, now: float) -> None:
        """Send an injected frame ahead of the queue."""
        if self._stalled_until > now:
            self._enqueue(OutgoingFrame(frame, None, now), now)
        else:
            self._actions.append(SendFrame(frame))

    def _end(self, action: StageAction) -> None:
        self.ended = True
        self._queue.clear()
        self._reordered.clear()
        self._actions.append(action)


def _error(fault: SendError | FailResponse) -> RequestError:
    error = example(fault.error)
    error.code = fault.code or error.code
    error.message = fault.message or error.message
    return error
