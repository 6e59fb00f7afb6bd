"""Tables of measurements for summary, report, web interface and CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicelive_loadtest.callers.samples import Histogram, Interval
from voicelive_loadtest.results.run_result import RunResult
from voicelive_loadtest.results.thresholds import errors

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
COLUMNS = ("statistic", "count", "failed", "mean", *SHARES, "max")
# With fewer samples, a percentile is close to the maximum.
_MIN_SAMPLES = {"p50": 2, "p95": 20, "p99": 100}


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of a statistic, in milliseconds.

    Attributes:
        statistic: Name of the statistic.
        times: The samples.
        failed: Number of failures instead of samples.
    """

    statistic: str
    times: Histogram
    failed: int

    def figure(self, name: str) -> float:
        """Return the figure of a column: mean, p50, p95, p99 or max."""
        if name == "mean":
            return round(self.times.mean, 1)
        if name == "max":
            return round(self.times.most, 1)
        return self.times.percentile(SHARES[name])

    def is_uncertain(self, name: str) -> bool:
        """Return whether a percentile has too few samples to differ from the maximum.

        Args:
            name: The column.
        """
        return 0 < self.times.count < _MIN_SAMPLES.get(name, 0)

    @property
    def has_few_samples(self) -> bool:
        """Whether a percentile has too few samples to differ from the maximum."""
        return any(map(self.is_uncertain, SHARES))

    def cells(self) -> dict[str, str | int | float]:
        """Return the values with the keys of `COLUMNS`."""
        return {
            "statistic": self.statistic,
            "count": self.times.count,
            "failed": self.failed,
            **{name: self.figure(name) for name in COLUMNS[3:]},
        }


def rows(
    intervals: Mapping[Interval, Histogram],
    failures: Mapping[tuple[Interval, str], int],
) -> list[Row]:
    """Return a row for each statistic with samples or failures."""
    failed: Counter[Interval] = Counter()
    for (interval, _), count in failures.items():
        failed[interval] += count
    return [
        Row(interval.value, intervals.get(interval, Histogram()), failed[interval])
        for interval in Interval
        if interval in intervals or interval in failed
    ]


def overview(result: RunResult) -> str:
    """Return calls, duration, failures and abandoned turns in one line."""
    failed, tried = errors(result)
    abandoned = result.counters.get("turns.abandoned", 0)
    return (
        f"{result.calls} calls in {result.seconds:.0f} s, {failed} of {tried} calls "
        f"and turns failed{f', {abandoned} turns abandoned' if abandoned else ''}"
    )


def counter_rows(counters: Mapping[str, int]) -> list[dict[str, str | int]]:
    """Return a row for each counter."""
    return [{"counter": name, "count": counters[name]} for name in sorted(counters)]


def to_csv(table: Sequence[Mapping[str, str | int | float]]) -> str:
    """Return rows as CSV, with their keys as the first line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]) if table else [])
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()
