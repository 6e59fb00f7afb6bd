"""Judging a run, or a part of it, by what is known second by second."""

from __future__ import annotations

from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.callers.samples import Histogram
from voicelive_loadtest.results.run_result import RunResult
from voicelive_loadtest.results.series import main_interval
from voicelive_loadtest.results.thresholds import (
    Thresholds,
    errors,
    judge_drift,
    judge_times,
)
from voicelive_loadtest.results.timeline import Timeline
from voicelive_loadtest.results.verdict import Step, Verdict, judge_run


def judge_planned_run(
    result: RunResult, thresholds: Thresholds, timeline: Timeline
) -> Verdict:
    """Judge a run whose number of callers was planned.

    Args:
        result: What was measured.
        thresholds: What it has to reach.
        timeline: The same second by second.
    """
    findings = list(judge_times(thresholds, result))
    if thresholds.drift is not None:
        findings.append(judge_drift(thresholds.drift, *_quarters(timeline)))
    return judge_run(
        result,
        findings,
        callers=_most_callers(timeline),
        failures_allowed=thresholds.error_rate is not None,
    )


def judge_step(
    timeline: Timeline,
    thresholds: Thresholds,
    limits: HealthLimits,
    *,
    callers: int,
    begins: float,
    ends: float,
) -> Step:
    """Judge a part of a run by itself.

    Args:
        timeline: The run second by second.
        thresholds: What the part has to reach.
        limits: Beyond which the generator was the bottleneck.
        callers: How many there were.
        begins: When it began, on the clock of the timeline.
        ends: When it ended.
    """
    result = timeline.window(begins, ends).result(ends - begins)
    times = result.times(main_interval(timeline))
    failed, tried = errors(result)
    (health,) = result.generators.values()
    return Step(
        callers=callers,
        findings=list(judge_times(thresholds, result)),
        generator=list(health.problems(limits)),
        p50=times.percentile(0.5) if times.count else None,
        p95=times.percentile(0.95) if times.count else None,
        failed=failed,
        tried=tried,
    )


def _most_callers(timeline: Timeline) -> int:
    return max((piece.callers for piece in timeline.slices()), default=0)


def _quarters(timeline: Timeline) -> tuple[Histogram, Histogram]:
    """Return how long callers waited in the first and the last quarter.

    Only the time with all callers counts.
    """
    most, interval = _most_callers(timeline), main_interval(timeline)
    full = [piece for piece in timeline.slices() if piece.callers == most]
    first, last = Histogram(), Histogram()
    quarter = max(1, len(full) // 4)
    for piece in full[:quarter]:
        first.merge(piece.times(interval))
    for piece in full[-quarter:]:
        last.merge(piece.times(interval))
    return first, last
