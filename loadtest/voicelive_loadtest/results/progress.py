"""Progress of a run: current figures, as lines of a table."""

from __future__ import annotations

from dataclasses import dataclass

from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.results.series import main_interval
from voicelive_loadtest.results.timeline import Timeline

RECENT_SECONDS = 10.0
"""Period of latencies and generator health."""

_HEADER = (
    f"{'time':>8}{'callers':>9}{'calls':>7}{'turns':>8}{'failed':>8}"
    f"{'p50':>10}{'p95':>10}{'CPU':>6}{'late':>9}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Figures of a running test. Latencies in milliseconds, None without samples.

    Attributes:
        elapsed: Seconds since the start.
        total: Planned duration in seconds; None if unknown.
        callers: Number of callers.
        calls: Number of open calls.
        turns: Number of finished turns.
        failed: Number of failed calls and turns.
        waiting: Name of the statistic of `p50` and `p95`.
        p50: Median of the recent response latencies.
        p95: 95th percentile of the recent response latencies.
        cpu: Recent share of a core of the busiest generator process.
        late: Recent 99th percentile of the lateness of sent frames.
        lag: Recent 99th percentile of the event loop lag.
    """

    elapsed: float
    total: float | None
    callers: int
    calls: int
    turns: int
    failed: int
    waiting: str
    p50: float | None
    p95: float | None
    cpu: float
    late: float | None
    lag: float | None


def measure_progress(
    timeline: Timeline,
    *,
    total: float | None,
    callers: int,
    turns: int,
    failed: int,
    report_seconds: float,
) -> Progress:
    """Return the current figures.

    Args:
        timeline: The measurements by second.
        total: Planned duration in seconds; None if unknown.
        callers: Number of callers.
        turns: Number of finished turns.
        failed: Number of failed calls and turns.
        report_seconds: Interval of the reports of generator processes.
    """
    now = timeline.clock()
    interval = main_interval(timeline)
    recent = timeline.window(now - RECENT_SECONDS, now + 1)
    latest = timeline.window(now - report_seconds - 1, now + 1)

    def percentile(of: Interval, share: float) -> float | None:
        times = recent.times(of)
        return times.percentile(share) if times.count else None

    return Progress(
        elapsed=now - timeline.origin,
        total=total,
        callers=callers,
        calls=latest.calls,
        turns=turns,
        failed=failed,
        waiting=interval.value,
        p50=percentile(interval, 0.5),
        p95=percentile(interval, 0.95),
        cpu=recent.cpu,
        late=percentile(Interval.SEND_LATENESS, 0.99),
        lag=percentile(Interval.LOOP_LAG, 0.99),
    )


def progress_header(waiting: str) -> list[str]:
    """Return the head of a table of progress lines.

    Args:
        waiting: Name of the statistic of the latencies.
    """
    period = f"(last {RECENT_SECONDS:g} s)"
    return [f"p50, p95: {waiting}; late: frames sent late, p99 {period}", _HEADER]


def progress_line(progress: Progress) -> str:
    """Return the figures as a line of at most 80 columns."""
    return (
        f"{clock(progress.elapsed):>8}{progress.callers:>9}{progress.calls:>7}"
        f"{progress.turns:>8}{progress.failed:>8}{ms(progress.p50):>10}"
        f"{ms(progress.p95):>10}{progress.cpu:>6.0%}{ms(progress.late):>9}"
    )


def clock(seconds: float) -> str:
    """Return a duration as `1:05` or `1:00:05`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"


def ms(figure: float | None) -> str:
    """Return milliseconds with a unit, `-` for None."""
    if figure is None:
        return "-"
    return f"{figure:.0f} ms" if figure >= 10 else f"{figure:.1f} ms"
