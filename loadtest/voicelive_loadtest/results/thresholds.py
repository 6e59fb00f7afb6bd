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
    """Upper limits of a statistic in milliseconds; None for no limit.

    Attributes:
        mean: Limit of the mean.
        p50: Limit of the median.
        p90: Limit of the 90th percentile.
        p95: Limit of the 95th percentile.
        p99: Limit of the 99th percentile.
        max: Limit of the maximum.
    """

    mean: _Ms = None
    p50: _Ms = None
    p90: _Ms = None
    p95: _Ms = None
    p99: _Ms = None
    max: _Ms = None


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds of a run; None for no threshold.

    Attributes:
        error_rate: Maximum share of failed calls and turns.
        gap_rate: Maximum share of responses with a gap.
        drift: Maximum ratio of the median response latency in the last quarter of the
            run to that in the first.
        ms: Limits of each statistic, by its name.
    """

    error_rate: _Share = None
    gap_rate: _Share = None
    drift: Annotated[float, msgspec.Meta(ge=1)] | None = None
    ms: dict[Interval, TimeLimits] = {}


_SHARES = ("error_rate", "gap_rate", "drift")


def parse_thresholds(text: str) -> Thresholds:
    """Parse thresholds such as `error_rate=0.01, turn p95=9000`.

    Raises:
        ValueError: An item is invalid; the message names it.
    """
    shares: dict[str, float] = {}
    ms: dict[str, dict[str, float]] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, value = (part.strip() for part in item.rpartition("="))
        interval, _, figure = name.rpartition(" ")
        try:
            limit = float(value)
        except ValueError:
            raise ValueError(f"thresholds: {item!r}: expected NAME=NUMBER") from None
        if name in _SHARES:
            shares[name] = limit
        elif interval in list(Interval) and figure in TimeLimits.__struct_fields__:
            ms.setdefault(interval, {})[figure] = limit
        else:
            figures = ", ".join(TimeLimits.__struct_fields__)
            raise ValueError(
                f"thresholds: {item!r}: expected {', '.join(_SHARES)}, or a statistic "
                f"and one of {figures}"
            )
    try:
        return msgspec.convert({**shares, "ms": ms}, Thresholds)
    except msgspec.ValidationError as error:
        raise ValueError(f"thresholds: {error}") from None


def format_thresholds(thresholds: Thresholds) -> str:
    """Return thresholds as text for `parse_thresholds`."""
    items = [(name, getattr(thresholds, name)) for name in _SHARES]
    for interval, limits in thresholds.ms.items():
        items += [
            (f"{interval} {name}", getattr(limits, name))
            for name in limits.__struct_fields__
        ]
    return ", ".join(f"{name}={limit}" for name, limit in items if limit is not None)


class ThresholdState(StrEnum):
    """State of a threshold."""

    KEPT = "kept"
    BROKEN = "broken"
    UNMEASURED = "not measured"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Result of a threshold.

    Attributes:
        name: Name of the figure.
        limit: The limit.
        unit: Unit of limit and figure: "ms", "%" or "x".
        figure: The measured figure; None without samples.
        state: State of the threshold.
    """

    name: str
    limit: float
    unit: str
    figure: float | None
    state: ThresholdState

    @property
    def measured(self) -> str:
        """The figure with its unit."""
        return "nothing measured" if self.figure is None else self._with(self.figure)

    @property
    def allowed(self) -> str:
        """The limit with its unit."""
        return self._with(self.limit)

    def __str__(self) -> str:
        """Return one line with name, figure and limit."""
        return f"{self.name}: {self.measured} (limit {self.allowed})"

    def _with(self, number: float) -> str:
        digits = f"{number:.0f}" if number >= 100 else f"{number:.3g}"
        return f"{digits} {self.unit}".strip()


def judge_times(thresholds: Thresholds, result: RunResult) -> Iterator[Finding]:
    """Compare the measurements of a run, or a part of it, with the thresholds.

    The limits of a statistic without samples are broken if calls or turns failed,
    which explains the lack of samples; otherwise they are unmeasured.

    Args:
        thresholds: The thresholds; `drift` is ignored.
        result: The measurements.
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
    """Compare the median response latency at the end and at the start of a run.

    Args:
        most: Maximum ratio.
        first: Response latencies at the start.
        last: Response latencies at the end.
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
    """Return the numbers of failed and of attempted calls and turns."""
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


def _state(figure: float | None, *, broken: bool) -> ThresholdState:
    if broken:
        return ThresholdState.BROKEN
    return ThresholdState.UNMEASURED if figure is None else ThresholdState.KEPT
