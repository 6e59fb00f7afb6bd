"""Results of a run: as an object, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_protocol import encode, parse


class FailureCount(msgspec.Struct, frozen=True, kw_only=True):
    """Something that should have been measured, and failed.

    Attributes:
        interval: The statistic that has no time for it.
        reason: Why, one of a few: `close.1011`, `error.rate_limit`, `refused.429`,
            `timeout.turn`, ...
        count: How often.
    """

    interval: Interval
    reason: str
    count: int


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has measured.

    Attributes:
        seconds: How long it took.
        intervals: The times of each statistic, in milliseconds.
        failures: What failed.
        counters: How often something happened.
        generators: How the processes of the generator fared, by name.
        invalid: Why the run tells nothing about the service; empty if it does.
        lost_workers: How many workers were lost, with their callers.
    """

    seconds: float
    intervals: dict[Interval, Histogram]
    failures: list[FailureCount]
    counters: dict[str, int]
    generators: dict[str, Health]
    invalid: list[str]
    lost_workers: int = 0

    def times(self, interval: Interval) -> Histogram:
        """Return the times of a statistic; empty ones if there are none."""
        return self.intervals.get(interval, Histogram())

    def failed(self, interval: Interval, reason: str | None = None) -> int:
        """Return how often something failed.

        Args:
            interval: The statistic.
            reason: Why; by default all reasons together.
        """
        return sum(
            failure.count
            for failure in self.failures
            if failure.interval == interval and reason in (None, failure.reason)
        )

    def write(self, path: Path) -> None:
        """Write it as JSON.

        Raises:
            OSError: It cannot be written, as on a full disk; a file that was there
                stays as it was.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encode(self, indent=2))


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file as a whole, or leave it as it was.

    Raises:
        OSError: It cannot be written.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)  # a device or a pipe
        return
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def make_result(
    batch: Batch, generators: dict[str, Health], seconds: float, invalid: Iterable[str]
) -> RunResult:
    """Return measurements as a result."""
    return RunResult(
        seconds=seconds,
        intervals=batch.intervals,
        failures=[
            FailureCount(interval=interval, reason=reason, count=count)
            for (interval, reason), count in sorted(batch.failures.items())
        ],
        counters=dict(sorted(batch.counters.items())),
        generators=generators,
        invalid=list(invalid),
    )


def read_result(path: Path) -> RunResult:
    """Read what `RunResult.write` wrote.

    Raises:
        OSError: The file cannot be read.
        msgspec.DecodeError: It has something else in it.
    """
    return parse(path.read_bytes(), RunResult)
