"""Tables of measurements for the summary, the web interface and CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence

from voicelive_loadtest.callers.samples import Histogram, Interval

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
COLUMNS = ("statistic", "count", "failed", "mean", *SHARES, "max")


def rows(
    intervals: Mapping[Interval, Histogram],
    failures: Mapping[tuple[Interval, str], int],
) -> list[dict[str, str | int | float]]:
    """Return a row for each statistic, in milliseconds, with the keys of `COLUMNS`."""
    failed: Counter[Interval] = Counter()
    for (interval, _), count in failures.items():
        failed[interval] += count
    return [
        _row(interval, intervals.get(interval, Histogram()), failed[interval])
        for interval in Interval
        if interval in intervals or interval in failed
    ]


def _row(
    interval: Interval, times: Histogram, failed: int
) -> dict[str, str | int | float]:
    return {
        "statistic": interval.value,
        "count": times.count,
        "failed": failed,
        "mean": round(times.mean, 1),
        **{name: times.percentile(share) for name, share in SHARES.items()},
        "max": round(times.most, 1),
    }


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
