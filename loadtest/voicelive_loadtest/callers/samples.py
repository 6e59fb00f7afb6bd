"""Measurements: user-perceived intervals, failures, counters.

The event loop writes to a `MetricsRecorder` and periodically takes an immutable `Batch`
from it, which may be passed to another thread.
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
    """Statistics of a load test, all of them durations.

    Each one starts at its intended start time, so that a stalled service or generator
    cannot hide its delay (no coordinated omission).
    """

    CONNECT = "connect"
    """From the intended start of the call until the WebSocket is open."""

    SESSION_READY = "session ready"
    """From the intended start of the call until the session is configured."""

    SPEECH_TO_AUDIO = "end of speech to first audio"
    """From the due time of the last speech frame until the first audio of the response.

    Includes the silence that turn detection waits for.
    """

    REQUEST_TO_AUDIO = "request to first audio"
    """From the due time of the request until the first audio of the response."""

    REQUEST_TO_TEXT = "request to first text"
    """From the due time of the request until the first text of the response."""

    TURN = "turn"
    """From the intended start of the turn until the response was played to the end."""

    BARGE_IN = "barge-in to silence"
    """From the due time of the first frame of an interruption until playback stops."""

    GAP = "gap in the audio"
    """Silence within a response because audio arrived late; recorded for gaps only."""

    TOOL = "tool round trip"
    """From the due time of the tool result until the first audio after it."""

    SEND_LATENESS = "frame sent late"
    """Delay of a sent frame. A statistic of the generator."""

    LOOP_LAG = "event loop late"
    """Lag of the event loop. A statistic of the generator."""


GENERATOR = frozenset({Interval.SEND_LATENESS, Interval.LOOP_LAG})
"""Statistics of the generator itself."""

ANSWERS = frozenset(
    {Interval.SPEECH_TO_AUDIO, Interval.REQUEST_TO_AUDIO, Interval.REQUEST_TO_TEXT}
)
"""Latencies of responses."""


def bucket(ms: float) -> float:
    """Return the histogram bucket of a time: 0.1 ms wide, above 100 ms about 1 %.

    Args:
        ms: Time in milliseconds.
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
    """Histogram of times in milliseconds, with exact minimum, maximum and sum.

    Attributes:
        counts: Number of samples by `bucket`.
        count: Number of samples.
        total: Sum of the samples.
        least: Shortest sample; 0 if there is none.
        most: Longest sample; 0 if there is none.
    """

    counts: dict[float, int] = field(default_factory=dict[float, int])
    count: int = 0
    total: float = 0.0
    least: float = 0.0
    most: float = 0.0

    def add(self, ms: float) -> None:
        """Add a sample."""
        key = bucket(ms)
        self.counts[key] = self.counts.get(key, 0) + 1
        self.least = min(self.least, ms) if self.count else ms
        self.count += 1
        self.total += ms
        self.most = max(self.most, ms)

    def merge(self, other: Histogram) -> None:
        """Add the samples of another histogram."""
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
        """The mean; 0 without samples."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """Return a percentile; 0 without samples.

        Args:
            share: The percentile as a fraction, such as 0.95.
        """
        below, wanted = 0, share * self.count
        for key in sorted(self.counts):
            below += self.counts[key]
            if below >= wanted:
                return min(key, round(self.most, 1))
        return 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Measurements since the previous batch.

    Attributes:
        intervals: Samples of each statistic.
        failures: Number of failures by statistic and reason.
        counters: Event counters by name.
    """

    intervals: dict[Interval, Histogram]
    failures: dict[tuple[Interval, str], int]
    counters: dict[str, int]


class MetricsRecorder:
    """Collects measurements in one thread."""

    def __init__(self) -> None:
        self._codes: dict[str, set[str]] = defaultdict(set)
        self._begin()

    def _begin(self) -> None:
        self._intervals: dict[Interval, Histogram] = defaultdict(Histogram)
        self._failures: Counter[tuple[Interval, str]] = Counter()
        self._counters: Counter[str] = Counter()

    def record(self, interval: Interval, seconds: float) -> None:
        """Record a sample.

        Args:
            interval: The statistic.
            seconds: The duration. A negative one, of an event before its due time, is
                counted as early instead.
        """
        if seconds < 0:
            self.count(f"early.{interval}")
        else:
            self._intervals[interval].add(seconds * 1000)

    def record_all(self, interval: Interval, times: Histogram) -> None:
        """Record the samples of a histogram."""
        if times.count:
            self._intervals[interval].merge(times)

    def fail(self, interval: Interval, reason: str) -> None:
        """Record a failure instead of a sample.

        Args:
            interval: The statistic.
            reason: One of a bounded set of reasons.
        """
        self._failures[interval, reason] += 1

    def count(self, name: str, times: int = 1) -> None:
        """Increment a counter."""
        self._counters[name] += times

    def code(self, kind: str, code: str | int | None) -> str:
        """Return the name `kind.code` for a code from the service.

        The number of names is bounded: malformed codes, and all after the first 40 of
        a kind, become `other`.
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
        """Return the measurements since the previous call."""
        batch = Batch(dict(self._intervals), dict(self._failures), dict(self._counters))
        self._begin()
        return batch
