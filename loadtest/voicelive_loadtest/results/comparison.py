"""Comparison of two runs, with a tolerance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from voicelive_loadtest.callers.samples import GENERATOR, Interval
from voicelive_loadtest.results.report import Report, read_report
from voicelive_loadtest.results.run_result import RunResult, read_result
from voicelive_loadtest.results.table import SHARES, Row
from voicelive_loadtest.results.thresholds import HEARD, WITH_GAPS, errors
from voicelive_loadtest.results.verdict import Bound

# Differences below these are noise, whatever their ratio.
_MIN_MS = 10.0
_MIN_POINTS = 1.0
# Fewer samples depend on the mix of calls.
_MIN_SAMPLES = 20
_COMPARED_FACTS = ("Endpoint", "Profile", "Shape", "Journeys", "Model", "API version")
_BOUNDED = (Bound.HOLDS, Bound.AT_LEAST)


class Change(StrEnum):
    """Change of a figure from the first run to the second."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    UNCERTAIN = "few samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFigure:
    """A figure of both runs.

    Attributes:
        name: Statistic and percentile, or another name.
        unit: "ms", "%" or "callers".
        first: Figure of the first run.
        second: Figure of the second run.
        change: The change, beyond the tolerance.
    """

    name: str
    unit: str
    first: float
    second: float
    change: Change


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run read from a file.

    Attributes:
        result: The measurements.
        report: The report; None for a file of `--result-file`.
    """

    result: RunResult
    report: Report | None

    @property
    def invalid(self) -> list[str]:
        """Reasons why the run is invalid."""
        return (
            self.result.invalid if self.report is None else self.report.verdict.invalid
        )


class NotARun(ValueError):
    """The file is neither a report nor a result of a load test."""


def read_run(path: Path) -> StoredRun:
    """Read a `report.json`, or a file of `--result-file`.

    Raises:
        OSError: The file cannot be read.
        NotARun: The file has another content.
    """
    try:
        report = read_report(path)
    except (msgspec.DecodeError, ValueError):
        try:
            return StoredRun(read_result(path), None)
        except (msgspec.DecodeError, ValueError):
            text = f"{path}: neither a report.json nor a result file of a load test"
            raise NotARun(text) from None
    return StoredRun(report.result, report)


def compare_runs(
    first: StoredRun, second: StoredRun, *, tolerance: float
) -> list[ComparedFigure]:
    """Compare latencies, failures, gaps and capacity.

    Args:
        first: The earlier run.
        second: The later run.
        tolerance: Share by which a figure may differ, such as 0.1. Differences below
            10 ms or one percentage point are ignored.
    """
    return [
        *_latencies(first.result, second.result, tolerance),
        *_shares(first.result, second.result),
        *_capacities(first, second, tolerance),
    ]


def differences(first: StoredRun, second: StoredRun) -> Iterator[str]:
    """Yield the settings in which the runs differ."""
    if first.report is None or second.report is None:
        return
    callers = [
        max((point.callers for point in run.over_time), default=0)
        for run in (first.report, second.report)
    ]
    if callers[0] != callers[1]:
        yield f"callers: {callers[0]} / {callers[1]}"
    for name in _COMPARED_FACTS:
        values = (first.report.facts.get(name, "-"), second.report.facts.get(name, "-"))
        if values[0] != values[1]:
            yield f"{name}: {values[0]} / {values[1]}"


def _latencies(
    first: RunResult, second: RunResult, tolerance: float
) -> Iterator[ComparedFigure]:
    for interval in Interval:
        before, after = (
            Row(interval.value, run.times(interval), 0) for run in (first, second)
        )
        if interval in GENERATOR or not (before.times.count and after.times.count):
            continue
        for name in SHARES:
            old, new = before.figure(name), after.figure(name)
            uncertain = before.is_uncertain(name) or after.is_uncertain(name)
            if uncertain and name == "p99":
                continue
            if uncertain or min(before.times.count, after.times.count) < _MIN_SAMPLES:
                change = Change.UNCERTAIN
            else:
                change = _change(old, new, max(_MIN_MS, tolerance * old))
            yield ComparedFigure(
                name=f"{interval} {name}",
                unit="ms",
                first=old,
                second=new,
                change=change,
            )


def _shares(first: RunResult, second: RunResult) -> Iterator[ComparedFigure]:
    def gaps(run: RunResult) -> tuple[int, int]:
        return run.counters.get(WITH_GAPS, 0), run.counters.get(HEARD, 0)

    for name, read in (("failed calls and turns", errors), ("answers with gaps", gaps)):
        (part, whole), (new_part, new_whole) = read(first), read(second)
        if whole and new_whole:
            old, new = 100 * part / whole, 100 * new_part / new_whole
            yield ComparedFigure(
                name=name,
                unit="%",
                first=old,
                second=new,
                change=_change(old, new, _MIN_POINTS),
            )


def _capacities(
    first: StoredRun, second: StoredRun, tolerance: float
) -> Iterator[ComparedFigure]:
    if first.report is None or second.report is None:
        return
    before, after = first.report.verdict.capacity, second.report.verdict.capacity
    if Bound.HOLDS in (before.bound, after.bound) and {
        before.bound,
        after.bound,
    } <= set(_BOUNDED):
        # Fewer callers are worse.
        change = _change(
            -before.callers, -after.callers, max(1.0, tolerance * before.callers)
        )
        yield ComparedFigure(
            name="capacity",
            unit="callers",
            first=before.callers,
            second=after.callers,
            change=change,
        )


def _change(old: float, new: float, allowed: float) -> Change:
    if abs(new - old) <= allowed:
        return Change.SAME
    return Change.WORSE if new > old else Change.BETTER
