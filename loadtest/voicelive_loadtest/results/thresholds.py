"""Thresholds of a run: limits for latencies, failures, gaps and drift."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec

from voicelive_loadtest.callers.samples import Histogram, Interval
from voicelive_loadtest.results.run_result import RunResult

HEARD = "answers.heard"
WITH_GAPS = "answers.with gaps"

_Ms = Annotated[float, msgspec.Meta(gt=0)] | None
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)] | None


class TimeLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that a statistic may show, in milliseconds; what is None is not judged.

    Attributes:
        mean: The mean.
        p50: The median.
        p90: What 90 % did not exceed.
        p95: What 95 % did not exceed.
        p99: What 99 % did not exceed.
        max: The longest time.
    """

    mean: _Ms = None
    p50: _Ms = None
    p90: _Ms = None
    p95: _Ms = None
    p99: _Ms = None
    max: _Ms = None


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run has to reach; what is None is not judged.

    Attributes:
        error_rate: Share of the calls and turns that may fail.
        gap_rate: Share of the answers that may have a gap.
        drift: How many times longer than in the first quarter of the run the median of
            the first audio may be in the last one.
        ms: Limits for the times of a statistic, by its name.
    """

    error_rate: _Share = None
    gap_rate: _Share = None
    drift: Annotated[float, msgspec.Meta(ge=1)] | None = None
    ms: dict[Interval, TimeLimits] = {}


class State(StrEnum):
    """State of a threshold."""

    KEPT = "kept"
    BROKEN = "broken"
    UNMEASURED = "not measured"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Result of a threshold.

    Attributes:
        name: What is limited.
        limit: The limit.
        unit: Of limit and figure: "ms", "%" or "x".
        figure: What was measured; None if there was nothing to measure.
        state: Whether the limit was kept.
    """

    name: str
    limit: float
    unit: str
    figure: float | None
    state: State

    def __str__(self) -> str:
        """The finding in a line: what, how much, and the limit."""
        figure = "nothing measured" if self.figure is None else self._with(self.figure)
        return f"{self.name}: {figure} (limit {self._with(self.limit)})"

    def _with(self, number: float) -> str:
        digits = f"{number:.0f}" if number >= 100 else f"{number:.3g}"
        return f"{digits} {self.unit}".strip()


def judge_times(thresholds: Thresholds, result: RunResult) -> Iterator[Finding]:
    """Compare what was measured in a run, or a part of it, with the limits.

    A statistic without a sample breaks its limits if calls or turns failed, which is
    why there is none. If nothing failed it is only said that it was not measured.

    Args:
        thresholds: The limits; `drift` is not judged here.
        result: What was measured.
    """
    failed, tried = errors(result)
    if thresholds.error_rate is not None:
        yield _share(
            "calls and turns that failed", thresholds.error_rate, failed, tried
        )
    if thresholds.gap_rate is not None:
        heard = result.counters.get(HEARD, 0)
        gaps = result.counters.get(WITH_GAPS, 0)
        yield _share("answers with a gap", thresholds.gap_rate, gaps, heard)
    for interval, limits in thresholds.ms.items():
        times = result.times(interval)
        for name in limits.__struct_fields__:
            limit = getattr(limits, name)
            if limit is None:
                continue
            figure = measure(times, name) if times.count else None
            broken = figure > limit if figure is not None else failed > 0
            yield Finding(
                name=f"{interval} {name}",
                limit=limit,
                unit="ms",
                figure=figure,
                state=_state(figure, broken=broken),
            )


def judge_drift(most: float, first: Histogram, last: Histogram) -> Finding:
    """Compare the median at the end of a run with that at its beginning.

    Args:
        most: The largest ratio that is allowed.
        first: Times of the first audio at the beginning.
        last: The same at the end.
    """
    figure = None
    if first.count and last.count:
        figure = last.percentile(0.5) / max(first.percentile(0.5), 0.1)
    return Finding(
        name="median of the first audio, last quarter to first",
        limit=most,
        unit="x",
        figure=figure,
        state=_state(figure, broken=figure is not None and figure > most),
    )


def errors(result: RunResult) -> tuple[int, int]:
    """Return how many calls and turns failed, and how many were tried."""
    failed = sum(failure.count for failure in result.failures)
    done = result.times(Interval.CONNECT).count + result.times(Interval.TURN).count
    return failed, failed + done


def measure(times: Histogram, name: str) -> float:
    """Return the figure that a field of `TimeLimits` limits, in milliseconds."""
    if name == "mean":
        return times.mean
    if name == "max":
        return times.most
    return times.percentile(int(name.removeprefix("p")) / 100)


def _share(name: str, limit: float, part: int, whole: int) -> Finding:
    figure = 100 * part / whole if whole else None
    return Finding(
        name=name,
        limit=100 * limit,
        unit="%",
        figure=figure,
        state=_state(figure, broken=figure is not None and part > limit * whole),
    )


def _state(figure: float | None, *, broken: bool) -> State:
    if broken:
        return State.BROKEN
    return State.UNMEASURED if figure is None else State.KEPT
