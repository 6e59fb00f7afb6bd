"""Metrics of a server: counters and a histogram of lateness."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from operator import add
from typing import Any

import msgspec

from voicelive_mockserver.engine.outbox import FrameSummary
from voicelive_mockserver.wire_type import wire_type
from voicelive_protocol import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    ServerEventError,
    ServerEventResponseDone,
    parse,
)

LATENESS_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Upper bounds of the buckets of the lateness, in seconds."""

# Types from sessions are counted in batches of this size, and on access.
_MAX_UNCOUNTED = 5000
# Names from outside are unbounded: further ones are counted as "other".
_OTHER = "other"
_MAX_NAMES = 200

_ERROR = ServerEventError.type
_DONE = ServerEventResponseDone.type
# Fast path: nearly all clients write the type first.
_CLIENT_STARTS = {
    start + name.encode(): name
    for name in CLIENT_EVENTS
    for start in (b'{"type":"', b'{"type": "')
}
_CLIENT_TYPE_AT = 10

# Additive figures, for the sum over several servers.
_ADDED = (
    "bytes_in",
    "bytes_out",
    "errors",
    "events_in",
    "events_out",
    "handshakes",
    "lateness",
    "lateness_sum",
    "responses",
    "sessions",
)


class _ErrorCode(msgspec.Struct):
    code: str | None = None


class _ErrorEvent(msgspec.Struct):
    error: _ErrorCode


class _ResponseStatus(msgspec.Struct):
    status: str


class _DoneEvent(msgspec.Struct):
    response: _ResponseStatus


class Metrics:
    """Counters of a server.

    Counting happens for every frame, so it uses plain dicts; `prometheus` makes the
    report.
    """

    __slots__ = (
        *(name for name in _ADDED if name != "events_out"),
        "_events_out",
        "_uncounted",
        "started",
    )

    def __init__(self) -> None:
        self.started = time.monotonic()
        """The start of counting, on the monotonic clock."""
        self.sessions = 0
        """The number of sessions, including open ones."""
        self.handshakes: Counter[int] = Counter()
        """Handshakes by HTTP status; 101 is a success."""
        self.events_in: Counter[str] = Counter()
        """Events of clients by type."""
        self.bytes_in = 0
        """Bytes of frames from clients."""
        self.bytes_out = 0
        """Bytes of frames to clients."""
        self.responses: Counter[str] = Counter()
        """Responses that ended, by status."""
        self.errors: Counter[str] = Counter()
        """`error` events by code."""
        self.lateness = [0] * (len(LATENESS_BUCKETS) + 1)
        """Histogram of the lateness: a count per bucket, and one above the last."""
        self.lateness_sum = 0.0
        """The total lateness in seconds."""
        self._events_out: Counter[str] = Counter()
        self._uncounted: list[str] = []

    @property
    def events_out(self) -> Counter[str]:
        """Events of the server by type."""
        self._count_up()
        return self._events_out

    @property
    def uptime(self) -> float:
        """The seconds since the start of counting."""
        return time.monotonic() - self.started

    def state(self) -> dict[str, Any]:
        """Return all figures in a form that can be encoded as JSON."""
        return {name: getattr(self, name) for name in _ADDED} | {"uptime": self.uptime}

    def add(self, state: Mapping[str, Any]) -> None:
        """Add the figures of another server.

        Args:
            state: The result of `state`, possibly after a round trip through JSON.
        """
        self.started = min(self.started, time.monotonic() - state["uptime"])
        for name in _ADDED:
            own, other = getattr(self, name), state[name]
            if isinstance(own, Counter):
                if own is self.handshakes:
                    other = {int(status): number for status, number in other.items()}
                own.update(other)
            elif isinstance(own, list):
                own[:] = map(add, own, other)
            else:
                setattr(self, name, own + other)

    def received(self, frame: bytes) -> None:
        """Count a frame of a client.

        Args:
            frame: The frame, valid or not.
        """
        self.bytes_in += len(frame)
        kind = _CLIENT_STARTS.get(frame[: frame.find(b'"', _CLIENT_TYPE_AT)])
        self.events_in[kind or _known_type(frame)] += 1

    def sent(self, frames: Sequence[bytes], size: int) -> None:
        """Count frames to a client whose types are unknown, such as injected ones.

        Args:
            frames: The frames, valid or not.
            size: The total size of the frames in bytes.
        """
        self.bytes_out += size
        for frame in frames:
            kind = _known_type(frame)
            self._events_out[kind] += 1
            if kind in (_DONE, _ERROR):
                self._count_outcome(kind, frame)

    def sent_as_made(self, summary: FrameSummary, size: int) -> None:
        """Count frames to a client that are unchanged output of the session.

        Args:
            summary: The types and outcomes of the frames.
            size: The total size of the frames in bytes.
        """
        self.bytes_out += size
        self._uncounted += summary.types
        if len(self._uncounted) > _MAX_UNCOUNTED:
            self._count_up()
        for status in summary.statuses:
            _count(self.responses, status)
        for code in summary.codes:
            _count(self.errors, code or "")

    def record_lateness(self, seconds: float) -> None:
        """Count a timed action.

        Args:
            seconds: The lateness of the action.
        """
        self.lateness[bisect_left(LATENESS_BUCKETS, seconds)] += 1
        self.lateness_sum += seconds

    def _count_up(self) -> None:
        self._events_out.update(self._uncounted)
        self._uncounted.clear()

    def _count_outcome(self, kind: str, frame: bytes) -> None:
        try:
            if kind == _ERROR:
                _count(self.errors, parse(frame, _ErrorEvent).error.code or "")
            else:
                _count(self.responses, parse(frame, _DoneEvent).response.status)
        except (ValueError, RecursionError):
            # An event that a fault has damaged.
            pass


def _count(counter: Counter[str], name: str) -> None:
    known = name in counter or len(counter) < _MAX_NAMES
    counter[name if known else _OTHER] += 1


def _known_type(frame: bytes) -> str:
    """Return the type of a frame if the protocol has it, otherwise "other"."""
    kind = wire_type(frame)
    return kind if kind in CLIENT_EVENTS or kind in SERVER_EVENTS else _OTHER
