"""Timeline of measurements per second, merged from workers, in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.runtime import RuntimeReport
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.run_result import RunResult, make_result
from voicelive_loadtest.results.thresholds import HEARD, WITH_GAPS

_MAX_SLICES = 600
_KEPT_COUNTERS = (HEARD, WITH_GAPS)


@dataclass(slots=True)
class ProcessUsage:
    """Callers and CPU usage of a generator process in a slice.

    Attributes:
        callers: Number of callers.
        calls: Number of open calls.
        cpu_seconds: CPU time.
        wall_seconds: Elapsed time.
    """

    callers: int = 0
    calls: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


@dataclass(slots=True)
class Slice:
    """Measurements of a period of the run.

    Attributes:
        begins: Start, in whole seconds of the clock.
        intervals: Samples of each statistic.
        failures: Number of failures by statistic and reason.
        counters: Counters of responses and gaps.
        usage: Usage of each process, by name.
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
        """Merge another slice of the same period, or the next one."""
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
        """Return the histogram of a statistic; created if missing."""
        return self.intervals.setdefault(interval, Histogram())

    @property
    def callers(self) -> int:
        """Number of callers."""
        return sum(share.callers for share in self.usage.values())

    @property
    def calls(self) -> int:
        """Number of open calls."""
        return sum(share.calls for share in self.usage.values())

    @property
    def cpu(self) -> float:
        """Share of a core of the busiest process."""
        return max(
            (
                s.cpu_seconds / s.wall_seconds
                for s in self.usage.values()
                if s.wall_seconds
            ),
            default=0.0,
        )

    def result(self, seconds: float) -> RunResult:
        """Return the measurements as the result of a run.

        Args:
            seconds: Duration.
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
    """Message from a worker to its master.

    Attributes:
        now: Time of the worker's clock, to align the slices.
        slices: Slices since the previous update.
        span: First and last time at which a call started or ended.
    """

    now: float
    slices: list[Slice]
    span: tuple[float, float] | None


class Timeline:
    """Slices of one second, merged in pairs whenever there are too many.

    A worker calls `take`, and its master passes the bytes to `merge`.

    Args:
        clock: Monotonic clock in seconds.
        max_slices: Maximum number of slices.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_slices: int = _MAX_SLICES,
    ) -> None:
        self.clock = clock
        self._max_slices = max_slices
        self._offsets: dict[str, tuple[int, float]] = {}
        self.clear()

    def clear(self) -> None:
        """Discard all slices; the run starts now."""
        self.origin = int(self.clock())
        """Start of the run, in seconds of the clock."""
        self.step = 1
        """Duration of a slice, in seconds."""
        self._slices: dict[int, Slice] = {}
        self._span: tuple[float, float] | None = None

    @property
    def seconds(self) -> float:
        """Seconds from the start of the first call to the end of the last one."""
        return 0.0 if self._span is None else self._span[1] - self._span[0]

    def add(self, report: RuntimeReport, process: str) -> None:
        """Add a report of the callers of this process."""
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
        self._widen(report.span)

    def take(self) -> bytes:
        """Return and remove all slices, encoded for a master."""
        slices = list(self._slices.values())
        update = _TimelineUpdate(self.clock(), slices, self._span)
        self._slices, self._span = {}, None
        return msgspec.msgpack.encode(update)

    def merge(self, data: bytes, process: str) -> None:
        """Add the slices of a worker.

        Args:
            data: Result of `take` in the worker.
            process: Name of the worker.
        """
        update = msgspec.msgpack.decode(data, type=_TimelineUpdate)
        # Monotonic clocks have different origins. The offset need not be exact, but has
        # to be the same for all updates of a worker.
        now = self.clock()
        whole_seconds, ahead = self._offsets.setdefault(
            process, (int(now) - int(update.now), now - update.now)
        )
        for piece in update.slices:
            self._at(piece.begins + whole_seconds).add(piece)
        if update.span is not None:
            began, ended = update.span
            self._widen((began + ahead, ended + ahead))

    def slices(self) -> Iterator[Slice]:
        """Yield all slices in order."""
        for begins in sorted(self._slices):
            yield self._slices[begins]

    def window(self, begins: float, ends: float) -> Slice:
        """Return the slices that begin in a part of the run, merged into one.

        Args:
            begins: Start of the part (inclusive), on the clock.
            ends: End of the part (exclusive), on the clock.
        """
        whole = Slice(int(begins))
        for piece in self.slices():
            if begins <= piece.begins < ends:
                whole.add(piece)
        return whole

    def _widen(self, span: tuple[float, float] | None) -> None:
        if self._span is not None and span is not None:
            span = (min(self._span[0], span[0]), max(self._span[1], span[1]))
        self._span = span or self._span

    def _at(self, second: int) -> Slice:
        begins = second - (second - self.origin) % self.step
        piece = self._slices.get(begins)
        if piece is None:
            piece = self._slices[begins] = Slice(begins)
            while len(self._slices) > self._max_slices:
                self._merge_pairs()
                begins = second - (second - self.origin) % self.step
            piece = self._slices[begins]
        return piece

    def _merge_pairs(self) -> None:
        """Double the duration of the slices."""
        pieces = list(self.slices())
        self.step *= 2
        self._slices = {}
        for piece in pieces:
            begins = piece.begins - (piece.begins - self.origin) % self.step
            self._slices.setdefault(begins, Slice(begins)).add(piece)
