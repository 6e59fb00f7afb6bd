"""The measurements as tables: for people, for the web interface, as CSV."""

from __future__ import annotations

import csv
import io
import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from voicelive_loadtest.results import RunResult
from voicelive_loadtest.samples import Histogram, Interval

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
COLUMNS = ("statistic", "count", "failed", "mean", *SHARES, "max")

# Locust's own logger for tables, which prints without time and level.
_console = logging.getLogger("locust.stats_logger")


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


def print_summary(result: RunResult) -> None:
    """Print what was measured, and whether it is worth anything."""
    width = max(len(interval) for interval in Interval)
    say = _console.info
    say("Voice Live calls, times in ms")
    say(f"{'':{width}} " + " ".join(f"{name:>9}" for name in COLUMNS[1:]))
    failures = {(one.interval, one.reason): one.count for one in result.failures}
    for row in rows(result.intervals, failures):
        cells = (f"{row[name]:>9}" for name in COLUMNS[1:])
        say(f"{row['statistic']:{width}} " + " ".join(cells))
    say("")
    for failure in result.failures:
        say(f"failed: {failure.count} x {failure.interval}: {failure.reason}")
    for name, count in result.counters.items():
        if not name.startswith("received."):
            say(f"{name:{width}} {count:>9}")
    for process, health in sorted(result.generators.items()):
        say(f"generator {process}: {health.summary()}")
    for reason in result.invalid:
        say(f"INVALID: {reason}")
    if not result.invalid:
        say("valid: the generator kept up")
    say("")
