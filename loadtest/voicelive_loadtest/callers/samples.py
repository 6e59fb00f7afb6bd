"""Measurements: user-perceived intervals, failures, counters.

The event loop writes to a `Recorder` and periodically takes an immutable `Batch` from
it, which may be passed to another thread.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,48}")
_MAX_CODES = 40
OTHER = "other"


class Interval(StrEnum):
    """The name of a statistic; all are times.

    Each one counts from when its beginning was intended, so that a service or a
    generator that is late cannot make its own delay disappear.
    """

    CONNECT = "connect"
    """From when the call was to begin until the WebSocket is open."""

    SESSION_READY = "session ready"
    """From when the call was to begin until the session is configured."""

    SPEECH_TO_AUDIO = "end of speech to first audio"
    """From when the last frame of speech was due until the first audio of the answer.

    The pause that the service waits for, to be sure of the end, is part of it.
    """

    REQUEST_TO_AUDIO = "request to first audio"
    """From when a response was to be asked for until its first audio."""

    REQUEST_TO_TEXT = "request to first text"
    """From when a response was to be asked for until its first text."""

    TURN = "turn"
    """From when the caller was to begin until the answer was heard to its end."""

    BARGE_IN = "barge-in to silence"
    """From when the first frame of the interruption was due until nothing is heard."""

    GAP = "gap in the audio"
    """Silence inside of an answer, because audio came too late; only where it was."""

    TOOL = "tool round trip"
    """From when the result of a tool was due until the first audio that follows."""

    SEND_LATENESS = "frame sent late"
    """How much later than planned a frame left. Tells about the generator."""

    LOOP_LAG = "event loop late"
    """How late the event loop was. Tells about the generator."""


GENERATOR = frozenset({Interval.SEND_LATENESS, Interval.LOOP_LAG})
"""Statistics of the generator itself."""

ANSWERS = frozenset(
    {Interval.SPEECH_TO_AUDIO, Interval.REQUEST_TO_AUDIO, Interval.REQUEST_TO_TEXT}
)
"""What a caller waits for in each turn."""


def bucket(ms: float) -> float:
    """Round a time so that few values differ: to 0.1 ms, from 100 ms on to 1 %.

    Args:
        ms: Milliseconds.
    """
    if ms < 100:
        return round(ms, 1)
    if ms < 1000:
        return float(round(ms))
    if ms < 10_000:
        return float(round(ms, -1))
    return float(round(ms, -2))


@dataclass(slots=True)
class Histogram:
    """Times in milliseconds, counted by `bucket`; the extremes and the sum are exact.

    Attributes:
        counts: How many times fell into a bucket.
        count: How many there were.
        total: Their sum.
        least: The shortest; 0 if there was none.
        most: The longest.
    """

    counts: dict[float, int] = field(default_factory=dict[float, int])
    count: int = 0
    total: float = 0.0
    least: float = 0.0
    most: float = 0.0

    def add(self, ms: float) -> None:
        """Count a time."""
        key = bucket(ms)
        self.counts[key] = self.counts.get(key, 0) + 1
        self.least = min(self.least, ms) if self.count else ms
        self.count += 1
        self.total += ms
        self.most = max(self.most, ms)

    def merge(self, other: Histogram) -> None:
        """Add all times of another one."""
        if not other.count:
            return
        self.least = min(self.least, other.least) if self.count else other.least
        for key, count in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count
        self.count += other.count
        self.total += other.total
        self.most = max(self.most, other.most)

    @property
    def mean(self) -> float:
        """The mean; 0 if there was none."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """Return the time that a share of all did not exceed; 0 if there was none.

        Args:
            share: 0.95 for the 95th percentile.
        """
        below, wanted = 0, share * self.count
        for key in sorted(self.counts):
            below += self.counts[key]
            if below >= wanted:
                return min(key, round(self.most, 1))
        return 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What was measured since the batch before.

    Attributes:
        intervals: The times of each statistic.
        failures: How often something that should have been measured failed, by the
            statistic and the reason.
        counters: How often something happened.
    """

    intervals: dict[Interval, Histogram]
    failures: dict[tuple[Interval, str], int]
    counters: dict[str, int]


class Recorder:
    """Collects measurements in one thread."""

    def __init__(self) -> None:
        self._codes: dict[str, set[str]] = defaultdict(set)
        self._begin()

    def _begin(self) -> None:
        self._intervals: dict[Interval, Histogram] = defaultdict(Histogram)
        self._failures: Counter[tuple[Interval, str]] = Counter()
        self._counters: Counter[str] = Counter()

    def record(self, interval: Interval, seconds: float) -> None:
        """Note a time.

        Args:
            interval: Of what.
            seconds: How long it took. Below 0 there was nothing to wait for: it is
                only counted.
        """
        if seconds < 0:
            self.count(f"early.{interval}")
        else:
            self._intervals[interval].add(seconds * 1000)

    def record_all(self, interval: Interval, times: Histogram) -> None:
        """Note many times."""
        if times.count:
            self._intervals[interval].merge(times)

    def fail(self, interval: Interval, reason: str) -> None:
        """Note that there is no time, and why: one of a few reasons."""
        self._failures[interval, reason] += 1

    def count(self, name: str, times: int = 1) -> None:
        """Count something."""
        self._counters[name] += times

    def code(self, kind: str, code: str | int | None) -> str:
        """Return `kind.code`, the name for a code that the service chose.

        However many different codes there are, there are few names: strange ones, and
        all that come after the first 40, are `other`.
        """
        text = str(code)
        known = self._codes[kind]
        if text not in known:
            if not _CODE.fullmatch(text) or len(known) >= _MAX_CODES:
                text = OTHER
            else:
                known.add(text)
        return f"{kind}.{text}"

    def take(self) -> Batch:
        """Return what was noted since the last time."""
        batch = Batch(dict(self._intervals), dict(self._failures), dict(self._counters))
        self._begin()
        return batch
