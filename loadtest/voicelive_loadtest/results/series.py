"""Data series for plots: over time, and by the number of open calls."""

from __future__ import annotations

import msgspec

from voicelive_loadtest.callers.samples import GENERATOR, Interval
from voicelive_loadtest.results.thresholds import HEARD, WITH_GAPS, errors
from voicelive_loadtest.results.timeline import Slice, Timeline

_MAX_LEVELS = 12
# Statistics of the response latency; the first one with samples is plotted.
_LATENCIES = (
    Interval.SPEECH_TO_AUDIO,
    Interval.REQUEST_TO_AUDIO,
    Interval.REQUEST_TO_TEXT,
)


class PointTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Times of a statistic in a data point, in milliseconds.

    Attributes:
        count: Number of samples.
        p50: Median.
        p95: 95th percentile.
    """

    count: int
    p50: float
    p95: float


class DataPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Data point of a plot. Times are in milliseconds, None without samples.

    Attributes:
        at: Start, in seconds from the start of the run.
        seconds: Duration.
        callers: Number of callers.
        calls: Number of open calls.
        answers: Number of responses that started.
        p50: Median of the response latency.
        p95: 95th percentile of the response latency.
        failed: Number of failed calls and turns.
        tried: Number of attempted calls and turns.
        heard: Number of responses with audio that ended.
        with_gaps: Number of those with gaps.
        cpu: Share of a core of the busiest generator process.
        late_p99: 99th percentile of the lateness of sent frames.
        lag_p99: 99th percentile of the event loop lag.
        times: Times of each statistic with samples.
    """

    at: int
    seconds: int
    callers: int
    calls: int
    answers: int
    p50: float | None
    p95: float | None
    failed: int
    tried: int
    heard: int
    with_gaps: int
    cpu: float
    late_p99: float | None
    lag_p99: float | None
    times: dict[Interval, PointTimes] = {}


def main_interval(timeline: Timeline) -> Interval:
    """Return the statistic of the response latency in a run."""
    slices = list(timeline.slices())
    for interval in _LATENCIES:
        if any(piece.times(interval).count for piece in slices):
            return interval
    return _LATENCIES[0]


def over_time(timeline: Timeline) -> list[DataPoint]:
    """Return a point for each slice, in order."""
    interval = main_interval(timeline)
    return [_point(piece, timeline, interval) for piece in timeline.slices()]


def by_calls(timeline: Timeline) -> list[DataPoint]:
    """Return a point for each range of the number of open calls, about a dozen.

    In such a point, `calls` is the lower bound of the range, `seconds` the total
    duration, and `at` has no meaning.
    """
    interval = main_interval(timeline)
    slices = [piece for piece in timeline.slices() if piece.calls]
    width = _width(max((piece.calls for piece in slices), default=0))
    levels: dict[int, list[Slice]] = {}
    for piece in slices:
        levels.setdefault(piece.calls // width * width, []).append(piece)
    found = []
    for calls, pieces in sorted(levels.items()):
        whole = Slice(timeline.origin)
        for piece in pieces:
            whole.add(piece)
        point = _point(whole, timeline, interval)
        seconds = timeline.step * len(pieces)
        found.append(msgspec.structs.replace(point, calls=calls, seconds=seconds))
    return found


def _point(piece: Slice, timeline: Timeline, interval: Interval) -> DataPoint:
    result = piece.result(timeline.step)
    failed, tried = errors(result)

    def percentile(of: Interval, share: float) -> float | None:
        times = result.times(of)
        return times.percentile(share) if times.count else None

    return DataPoint(
        at=piece.begins - timeline.origin,
        seconds=timeline.step,
        callers=piece.callers,
        calls=piece.calls,
        answers=result.times(interval).count,
        p50=percentile(interval, 0.5),
        p95=percentile(interval, 0.95),
        failed=failed,
        tried=tried,
        heard=piece.counters.get(HEARD, 0),
        with_gaps=piece.counters.get(WITH_GAPS, 0),
        cpu=round(piece.cpu, 3),
        late_p99=percentile(Interval.SEND_LATENESS, 0.99),
        lag_p99=percentile(Interval.LOOP_LAG, 0.99),
        times={
            interval: PointTimes(
                count=times.count,
                p50=times.percentile(0.5),
                p95=times.percentile(0.95),
            )
            for interval, times in result.intervals.items()
            if times.count and interval not in GENERATOR
        },
    )


def _width(most: int) -> int:
    """Return a round width that divides `most` into about a dozen ranges."""
    width = 1
    while True:
        for factor in (1, 2, 5):
            if most // (width * factor) < _MAX_LEVELS:
                return width * factor
        width *= 10
