"""Timeline of measurements per second, merged from workers, in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from voicelive_loadtest.callers.engine import EngineReport
from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.run_result import RunResult, make_result
from voicelive_loadtest.results.thresholds import HEARD, WITH_GAPS

_SLICES = 600
_KEPT_COUNTERS = (HEARD, WITH_GAPS)


@dataclass(slots=True)
class ProcessUsage:
    """What a process of the generator did in a slice.

    Attributes:
        callers: How many callers it had.
        calls: How many calls were open.
        cpu_seconds: CPU time it took.
        wall_seconds: In how many seconds.
    """

    callers: int = 0
    calls: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


@dataclass(slots=True)
class Slice:
    """What was measured in a piece of time.

    Attributes:
        begins: When it begins, in whole seconds of the clock.
        intervals: The times of each statistic.
        failures: What failed, by statistic and reason.
        counters: What is needed for usage.
        usage: What each process did, by name.
    """

    begins: int
    intervals: dict[Interval, Histogram] = field(
        default_factory=dict[Interval, Histogram]
    )
    failures: dict[Interval, dict[str, int]] = field(
        default_factory=dict[Interval, dict[str, int]]
    )
    counters: dict[str, int] = field(default_factory=dict[str, int])
    usage: dict[str, ProcessUsage] = field(default_factory=dict[str, ProcessUsage])

    def add(self, other: Slice) -> None:
        """Add what was measured at the same time, or right after."""
        for interval, times in other.intervals.items():
            self.times(interval).merge(times)
        for interval, reasons in other.failures.items():
            mine = self.failures.setdefault(interval, {})
            for reason, count in reasons.items():
                mine[reason] = mine.get(reason, 0) + count
        for name, count in other.counters.items():
            self.counters[name] = self.counters.get(name, 0) + count
        for process, share in other.usage.items():
            ours = self.usage.setdefault(process, ProcessUsage())
            ours.callers = max(ours.callers, share.callers)
            ours.calls = max(ours.calls, share.calls)
            ours.cpu_seconds += share.cpu_seconds
            ours.wall_seconds += share.wall_seconds

    def times(self, interval: Interval) -> Histogram:
        """Return the times of a statistic, to be added to."""
        return self.intervals.setdefault(interval, Histogram())

    @property
    def callers(self) -> int:
        """How many callers there were."""
        return sum(share.callers for share in self.usage.values())

    @property
    def calls(self) -> int:
        """How many calls were open."""
        return sum(share.calls for share in self.usage.values())

    @property
    def cpu(self) -> float:
        """The share of a core that the busiest process used."""
        return max(
            (
                s.cpu_seconds / s.wall_seconds
                for s in self.usage.values()
                if s.wall_seconds
            ),
            default=0.0,
        )

    def result(self, seconds: float) -> RunResult:
        """Return it as the result of a short run.

        Args:
            seconds: How long it took.
        """
        failures = {
            (interval, reason): count
            for interval, reasons in self.failures.items()
            for reason, count in reasons.items()
        }
        batch = Batch(dict(self.intervals), failures, dict(self.counters))
        health = Health(
            self.times(Interval.SEND_LATENESS),
            self.times(Interval.LOOP_LAG),
            self.cpu,
            1.0,
            self.cpu,
        )
        return make_result(batch, {"all": health}, seconds, ())


class _TimelineUpdate(msgspec.Struct, array_like=True):
    """What a worker sends.

    Attributes:
        now: The clock of the worker, which nobody else knows.
        slices: What it measured since the last time.
    """

    now: float
    slices: list[Slice]


class Timeline:
    """Slices of a second each, and of more seconds when there are too many of them.

    A worker hands over what it has with `take`, and its master adds that with `merge`.

    Args:
        clock: Seconds that never go back.
        most: How many slices to keep. When there are more, each two become one.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, most: int = _SLICES
    ) -> None:
        self.clock = clock
        self._most = most
        self._offsets: dict[str, int] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything; the run begins now."""
        self.origin = int(self.clock())
        """When the run began, in seconds of the clock."""
        self.step = 1
        """How many seconds a slice has."""
        self._slices: dict[int, Slice] = {}

    def add(self, report: EngineReport, process: str) -> None:
        """Add what the callers of this process have measured by now."""
        batch, health = report.batch, report.health
        now = int(self.clock())
        piece = Slice(now, batch.intervals)
        for (interval, reason), count in batch.failures.items():
            piece.failures.setdefault(interval, {})[reason] = count
        piece.counters = {
            name: batch.counters[name]
            for name in _KEPT_COUNTERS
            if name in batch.counters
        }
        piece.usage[process] = ProcessUsage(
            report.callers, report.calls, health.cpu_seconds, health.wall_seconds
        )
        self._at(now).add(piece)

    def take(self) -> bytes:
        """Return and forget everything, for a master."""
        parcel = _TimelineUpdate(self.clock(), list(self._slices.values()))
        self._slices = {}
        return msgspec.msgpack.encode(parcel)

    def merge(self, data: bytes, process: str) -> None:
        """Add what a worker has taken.

        Args:
            data: What its `take` returned.
            process: The name of the worker.
        """
        parcel = msgspec.msgpack.decode(data, type=_TimelineUpdate)
        # Its clock counts from some other moment. A second more or less does not
        # matter, but it must not change from one report to the next.
        ahead = int(self.clock()) - int(parcel.now)
        ahead = self._offsets.setdefault(process, ahead)
        for piece in parcel.slices:
            self._at(piece.begins + ahead).add(piece)

    def slices(self) -> Iterator[Slice]:
        """Yield all slices, the oldest first."""
        for begins in sorted(self._slices):
            yield self._slices[begins]

    def window(self, begins: float, ends: float) -> Slice:
        """Return all that was measured in a part of the run, as one slice.

        Args:
            begins: Seconds of the clock; slices that begin before are left out.
            ends: The same; slices that begin then or later are left out.
        """
        whole = Slice(int(begins))
        for piece in self.slices():
            if begins <= piece.begins < ends:
                whole.add(piece)
        return whole

    def _at(self, second: int) -> Slice:
        begins = second - (second - self.origin) % self.step
        piece = self._slices.get(begins)
        if piece is None:
            piece = self._slices[begins] = Slice(begins)
            while len(self._slices) > self._most:
                self._halve()
                begins = second - (second - self.origin) % self.step
            piece = self._slices[begins]
        return piece

    def _halve(self) -> None:
        """Make one slice of each two."""
        pieces = list(self.slices())
        self.step *= 2
        self._slices = {}
        for piece in pieces:
            begins = piece.begins - (piece.begins - self.origin) % self.step
            self._slices.setdefault(begins, Slice(begins)).add(piece)
