"""Charts of a report as data, drawn by `templates/report.js` with uPlot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec

from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.results.series import DataPoint

_KINDS = {
    "First audio and text": (
        Interval.SPEECH_TO_AUDIO,
        Interval.REQUEST_TO_AUDIO,
        Interval.REQUEST_TO_TEXT,
        Interval.TOOL,
    ),
    "Connecting": (Interval.CONNECT, Interval.SESSION_READY),
    "Turns": (Interval.TURN,),
    "Interruptions and gaps": (Interval.BARGE_IN, Interval.GAP),
}
_Values = list[float | None]


class Mark(StrEnum):
    """Form of a series."""

    LINE = "line"
    DASHED = "dashed"
    STEPS = "steps"
    BARS = "bars"


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """A series of a chart.

    Attributes:
        label: Name in the legend.
        values: A value for each x, None for a gap.
        unit: "ms", "%" or "".
        colour: Number of the colour; statistics of a chart differ in it.
        mark: Form of the series.
    """

    label: str
    values: _Values
    unit: str = ""
    colour: int = 0
    mark: Mark = Mark.LINE


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart.

    Attributes:
        title: Title.
        alt: Text alternative with the main figures.
        x: Values of the horizontal axis: seconds, or open calls.
        x_label: Name of the horizontal axis.
        is_time: Whether the horizontal axis is time; such charts share a cursor.
        series: The series.
    """

    title: str
    alt: str
    x: list[float]
    x_label: str
    is_time: bool
    series: list[Series]


def make_charts(
    time: Sequence[DataPoint], calls: Sequence[DataPoint], latency: str
) -> list[Chart]:
    """Return the charts of a report, without those that would be empty.

    Args:
        time: Data points over time.
        calls: Data points by the number of open calls.
        latency: Name of the statistic of `p50` and `p95` of the points.
    """
    charts = [
        *(_by_calls(calls, latency) if len(calls) > 1 else ()),
        *(_kind(title, kind, time) for title, kind in _KINDS.items()),
        _callers(time),
        _failures(time),
        _generator(time),
    ]
    return [
        msgspec.structs.replace(chart, series=[s for s in chart.series if _drawn(s)])
        for chart in charts
        if any(map(_drawn, chart.series))
    ]


def _kind(title: str, kind: Iterable[Interval], time: Sequence[DataPoint]) -> Chart:
    series, measured = [], []
    for colour, interval in enumerate(kind):
        found = [point.times.get(interval) for point in time]
        measured += [one.p95 for one in found if one is not None]
        for name, mark in (("p95", Mark.LINE), ("p50", Mark.DASHED)):
            values: _Values = [
                None if one is None else float(getattr(one, name)) for one in found
            ]
            series.append(
                Series(
                    label=f"{interval}, {name}",
                    values=values,
                    unit="ms",
                    colour=colour,
                    mark=mark,
                )
            )
    alt = "Nothing was measured."
    if measured:
        alt = (
            f"The 95th percentiles are between {min(measured):.0f} and "
            f"{max(measured):.0f} ms."
        )
    return _over_time(f"{title}, over time", alt, time, series)


def _callers(time: Sequence[DataPoint]) -> Chart:
    callers = [float(point.callers) for point in time]
    calls = [float(point.calls) for point in time]
    alt = (
        f"At most {max(callers, default=0):.0f} callers and "
        f"{max(calls, default=0):.0f} open calls."
    )
    series = [
        Series(label="callers", values=[*callers], colour=3, mark=Mark.STEPS),
        Series(label="open calls", values=[*calls], mark=Mark.STEPS),
    ]
    return _over_time("Callers and open calls, over time", alt, time, series)


def _failures(time: Sequence[DataPoint]) -> Chart:
    failed = [float(point.failed) for point in time]
    gaps = [float(point.with_gaps) for point in time]
    alt = f"{sum(failed):.0f} calls and turns failed, {sum(gaps):.0f} answers had gaps."
    series = [
        Series(label="failed", values=[*failed], colour=4, mark=Mark.BARS),
        Series(label="answers with gaps", values=[*gaps], colour=1, mark=Mark.BARS),
    ]
    return _over_time("Failures and gaps, over time", alt, time, series)


def _generator(time: Sequence[DataPoint]) -> Chart:
    most = max((point.cpu for point in time), default=0.0)
    series = [
        _series("frames late, p99", time, lambda point: point.late_p99, "ms", 0),
        _series("event loop late, p99", time, lambda point: point.lag_p99, "ms", 2),
        _series("CPU", time, lambda point: round(100 * point.cpu, 1), "%", 3),
    ]
    alt = f"At most {most:.0%} of a core was used."
    return _over_time("Load generator, over time", alt, time, series)


def _by_calls(calls: Sequence[DataPoint], latency: str) -> list[Chart]:
    found = [point.p95 for point in calls if point.p95 is not None]
    alt = "Nothing was measured."
    if found:
        alt = (
            f"The 95th percentile is between {min(found):.0f} and {max(found):.0f} ms."
        )
    shares = ", ".join(f"{point.calls}: {_failed(point):.1f} %" for point in calls)
    x = [float(point.calls) for point in calls]
    return [
        Chart(
            title=f"{latency.capitalize()}, by open calls",
            alt=alt,
            x=x,
            x_label="open calls",
            is_time=False,
            series=[
                _series("p95", calls, lambda point: point.p95, "ms", 0),
                _series("p50", calls, lambda point: point.p50, "ms", 0, Mark.DASHED),
            ],
        ),
        Chart(
            title="Failures and gaps, by open calls",
            alt=f"Failed calls and turns by open calls: {shares}.",
            x=x,
            x_label="open calls",
            is_time=False,
            series=[
                _series("failed", calls, _failed, "%", 4),
                _series("answers with gaps", calls, _with_gaps, "%", 1),
            ],
        ),
    ]


def _over_time(
    title: str, alt: str, time: Sequence[DataPoint], series: list[Series]
) -> Chart:
    return Chart(
        title=title,
        alt=alt,
        x=[float(point.at) for point in time],
        x_label="time",
        is_time=True,
        series=series,
    )


def _series(
    label: str,
    points: Sequence[DataPoint],
    value: Callable[[DataPoint], float | None],
    unit: str,
    colour: int,
    mark: Mark = Mark.LINE,
) -> Series:
    found = map(value, points)
    values = [None if one is None else float(one) for one in found]
    return Series(label=label, values=values, unit=unit, colour=colour, mark=mark)


def _drawn(series: Series) -> bool:
    """Return whether a series has something to see."""
    if series.mark is Mark.BARS or (series.mark is Mark.LINE and series.unit == "%"):
        return any(series.values)
    return any(value is not None for value in series.values)


def _failed(point: DataPoint) -> float:
    return _percent(point.failed, point.tried)


def _with_gaps(point: DataPoint) -> float:
    return _percent(point.with_gaps, point.heard)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
