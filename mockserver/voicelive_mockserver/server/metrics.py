"""What a server counts while it runs."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from operator import add
from typing import Any

import msgspec

from voicelive_mockserver.engine.outbox import FrameSummary
from voicelive_protocol import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    ServerEventError,
    ServerEventResponseDone,
    parse,
)

LATENESS_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Upper bounds of the buckets of the lateness, in seconds."""

_OTHER = "other"
# What sessions made is counted when there is so much of it, or when somebody asks.
_MOST_UNCOUNTED = 5000
# What comes from outside can have any name: count so many, the rest together.
_MOST_NAMES = 200

# A server event starts with its identifier, of which 21 or 22 characters are random;
# then `","type":"` follows. So its type starts at byte 51, or one before.
_TYPE_AT = 51
_SERVER_TYPES = {
    name.encode()[skipped:]: name for name in SERVER_EVENTS for skipped in (0, 1)
}
# What follows a type is often the same too, so that most types are known by so many
# bytes without looking for their end.
_ENOUGH_BYTES = 32
_MOST_STARTS = 500

_ERROR = ServerEventError.type
_DONE = ServerEventResponseDone.type
_LOOKED_INTO = frozenset({_DONE, _ERROR})
# The status of a response is among the first keys of its last event.
_STATUS = b'"status":"'
_STATUS_WITHIN = 200
# Nearly all clients write the type first.
_CLIENT_STARTS = {
    start + name.encode(): name
    for name in CLIENT_EVENTS
    for start in (b'{"type":"', b'{"type": "')
}
_CLIENT_TYPE_AT = 10

# The figures of several servers can be added up.
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


class _Typed(msgspec.Struct):
    type: Any = None


class _Error(msgspec.Struct):
    code: str | None = None


class _ErrorEvent(msgspec.Struct):
    error: _Error


class _Response(msgspec.Struct):
    status: str


class _DoneEvent(msgspec.Struct):
    response: _Response


class Metrics:
    """Counts what happens on a server.

    Counting is on the path of every frame, so it is done in plain dicts; whoever asks
    makes a report of it.
    """

    __slots__ = (
        *(name for name in _ADDED if name != "events_out"),
        "_events_out",
        "_starts",
        "_uncounted",
        "started",
    )

    def __init__(self) -> None:
        self.started = time.monotonic()
        """When it began to count, on the monotonic clock."""
        self.sessions = 0
        """How many sessions there were, the open ones included."""
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
        """How late sessions were served: a count for each bucket, one for the rest."""
        self.lateness_sum = 0.0
        """The sum of all lateness in seconds."""
        self._starts: dict[bytes, str] = {}
        self._events_out: Counter[str] = Counter()
        self._uncounted: list[str] = []

    @property
    def events_out(self) -> Counter[str]:
        """Events of the server by type."""
        self._count_up()
        return self._events_out

    @property
    def uptime(self) -> float:
        """How long it has been counting, in seconds."""
        return time.monotonic() - self.started

    def state(self) -> dict[str, Any]:
        """Return all figures as JSON can carry them."""
        return {name: getattr(self, name) for name in _ADDED} | {"uptime": self.uptime}

    def add(self, state: Mapping[str, Any]) -> None:
        """Add the figures of another server, as `state` returned them.

        Args:
            state: The figures, which may have been JSON in the meantime.
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
        """Count frames of the server.

        Args:
            frames: The frames, valid or not.
            size: How many bytes they have together.
        """
        self.bytes_out += size
        counts = self._events_out
        starts = self._starts
        for frame in frames:
            start = frame[_TYPE_AT : _TYPE_AT + _ENOUGH_BYTES]
            kind = starts.get(start) or self._server_type(start, frame)
            counts[kind] += 1
            if kind in _LOOKED_INTO:
                self._look_into(kind, frame)

    def sent_as_made(self, summary: FrameSummary, size: int) -> None:
        """Count frames of the server that are just as the session made them.

        Args:
            summary: What they are.
            size: How many bytes they have together.
        """
        self.bytes_out += size
        self._uncounted += summary.types
        if len(self._uncounted) > _MOST_UNCOUNTED:
            self._count_up()
        for status in summary.statuses:
            _count(self.responses, status)
        for code in summary.codes:
            _count(self.errors, code or "")

    def late(self, seconds: float) -> None:
        """Count something that was done when it was due.

        Args:
            seconds: How late it was done.
        """
        self.lateness[bisect_left(LATENESS_BUCKETS, seconds)] += 1
        self.lateness_sum += seconds

    def _count_up(self) -> None:
        self._events_out.update(self._uncounted)
        self._uncounted.clear()

    def _server_type(self, start: bytes, frame: bytes) -> str:
        """Return the type of a frame, and remember its start if it tells the type."""
        kind = _SERVER_TYPES.get(frame[_TYPE_AT : frame.find(b'"', _TYPE_AT)])
        if kind is None:
            return _known_type(frame)
        if b'"' in start and len(self._starts) < _MOST_STARTS:
            self._starts[start] = kind
        return kind

    def _look_into(self, kind: str, frame: bytes) -> None:
        try:
            if kind == _ERROR:
                _count(self.errors, parse(frame, _ErrorEvent).error.code or "")
                return
            at = frame.find(_STATUS, 0, _STATUS_WITHIN)
            if at < 0:
                status = parse(frame, _DoneEvent).response.status
            else:
                at += len(_STATUS)
                status = frame[at : frame.index(b'"', at)].decode()
            _count(self.responses, status)
        except (ValueError, RecursionError):
            # Broken on purpose.
            pass


def _count(counter: Counter[str], name: str) -> None:
    known = name in counter or len(counter) < _MOST_NAMES
    counter[name if known else _OTHER] += 1


def _known_type(frame: bytes) -> str:
    """Return the type of a frame, if it is one of the protocol."""
    try:
        kind = parse(frame, _Typed).type
    except (ValueError, RecursionError):
        return _OTHER
    known = isinstance(kind, str) and (kind in CLIENT_EVENTS or kind in SERVER_EVENTS)
    return kind if known else _OTHER
