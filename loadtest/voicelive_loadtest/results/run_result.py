"""Result of a run, as an object and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.journeys import JOURNEYS
from voicelive_loadtest.callers.samples import GENERATOR, Batch, Histogram, Interval
from voicelive_protocol import encode, parse


class FailureCount(msgspec.Struct, frozen=True, kw_only=True):
    """Number of failures with the same reason.

    Attributes:
        interval: The statistic without a sample because of the failure.
        reason: Failure reason, such as `close.1011`, `error.rate_limit`, `refused.429`
            or `timeout.turn`.
        count: Number of failures.
    """

    interval: Interval
    reason: str
    count: int


class Abort(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run was stopped before its end.

    Attributes:
        code: Exit code of the command.
        reason: Reason in one line.
    """

    code: ExitCode
    reason: str


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """Measurements of a run.

    Attributes:
        seconds: Duration of the run.
        intervals: Samples of each statistic, in milliseconds.
        failures: Failures by statistic and reason.
        counters: Event counters by name.
        generators: Health of the generator processes, by name.
        invalid: Reasons why the run is invalid; empty if valid.
        lost_workers: Number of workers that were lost, with their callers.
        aborted: Why the run was stopped before its end, if it was.
    """

    seconds: float
    intervals: dict[Interval, Histogram]
    failures: list[FailureCount]
    counters: dict[str, int]
    generators: dict[str, Health]
    invalid: list[str]
    lost_workers: int = 0
    aborted: Abort | None = None

    @property
    def has_samples(self) -> bool:
        """Whether a call or turn was measured or failed."""
        return bool(self.failures or set(self.intervals) - GENERATOR)

    @property
    def calls(self) -> int:
        """Number of calls that were attempted."""
        return sum(self.counters.get(f"calls.{name}", 0) for name in JOURNEYS)

    @property
    def lacks_turns(self) -> bool:
        """Whether no turn was finished, though callers asked for responses."""
        asked = any(
            self.counters.get(f"calls.{journey.name}")
            for journey in JOURNEYS.values()
            if journey.has_turns
        )
        return asked and not self.times(Interval.TURN).count

    def times(self, interval: Interval) -> Histogram:
        """Return the samples of a statistic; an empty histogram if there are none."""
        return self.intervals.get(interval, Histogram())

    def failed(self, interval: Interval, reason: str | None = None) -> int:
        """Return the number of failures of a statistic.

        Args:
            interval: The statistic.
            reason: A failure reason; by default the sum of all.
        """
        return sum(
            failure.count
            for failure in self.failures
            if failure.interval == interval and reason in (None, failure.reason)
        )

    def failures_by_reason(self) -> dict[tuple[Interval, str], int]:
        """Return the number of failures by statistic and reason."""
        return {
            (failure.interval, failure.reason): failure.count
            for failure in self.failures
        }

    def write(self, path: Path) -> None:
        """Write the result as JSON.

        Raises:
            OSError: The file cannot be written; an existing file is unchanged.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encode(self, indent=2))


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file, or leave it unchanged on an error.

    Raises:
        OSError: The file cannot be written.
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
    """Return the result of a run with these measurements."""
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
    """Read a file that `RunResult.write` has written.

    Raises:
        OSError: The file cannot be read.
        msgspec.DecodeError: The file is not a result.
    """
    return parse(path.read_bytes(), RunResult)
