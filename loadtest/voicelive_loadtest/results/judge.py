"""Judgement of a run or a step: measurements against thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.callers.samples import Histogram
from voicelive_loadtest.results.run_result import RunResult
from voicelive_loadtest.results.series import main_interval
from voicelive_loadtest.results.thresholds import (
    Finding,
    Thresholds,
    ThresholdState,
    errors,
    judge_drift,
    judge_times,
)
from voicelive_loadtest.results.timeline import Timeline
from voicelive_loadtest.results.verdict import (
    Bound,
    Capacity,
    RunExitCode,
    Step,
    Verdict,
)


def judge_planned_run(
    result: RunResult, thresholds: Thresholds, timeline: Timeline
) -> Verdict:
    """Judge a run with a planned number of callers.

    Args:
        result: The measurements.
        thresholds: The thresholds of the run.
        timeline: The measurements by second.
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
    """Judge a step of a search for the capacity.

    Args:
        timeline: The measurements by second.
        thresholds: The thresholds of the step.
        limits: Limits of the generator.
        callers: Number of callers.
        begins: Start of the step, on the clock of the timeline.
        ends: End of the step.
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
    """Return the response latencies of the first and the last quarter of a run.

    Slices with fewer than all callers are ignored.
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


def judge_run(
    result: RunResult,
    findings: Sequence[Finding],
    *,
    callers: int,
    failures_allowed: bool,
) -> Verdict:
    """Judge a run by the results of its thresholds.

    Args:
        result: The measurements.
        findings: Results of the thresholds; empty without thresholds.
        callers: Maximum number of callers.
        failures_allowed: Judge failures by their threshold only.
    """
    code, invalid = _validity(result)
    broken = [finding for finding in findings if finding.state is ThresholdState.BROKEN]
    if code is RunExitCode.OK and broken:
        code = RunExitCode.THRESHOLD
    elif code is RunExitCode.OK and result.failures and not failures_allowed:
        code = RunExitCode.FAILURES
    if not invalid and code in (RunExitCode.THRESHOLD, RunExitCode.FAILURES):
        because = "; ".join(map(str, broken)) or "calls or turns failed"
        capacity = Capacity(bound=Bound.FEWER, callers=callers, because=because)
    elif code is RunExitCode.OK:
        because = "no threshold was broken" if findings else "nothing failed"
        capacity = Capacity(bound=Bound.AT_LEAST, callers=callers, because=because)
    else:
        capacity = _unknown("; ".join(invalid))
    return Verdict(
        code=code,
        invalid=invalid,
        findings=list(findings),
        capacity=capacity,
    )


def judge_steps(result: RunResult, steps: Sequence[Step], *, at_least: int) -> Verdict:
    """Judge a search for the capacity.

    Args:
        result: The measurements of the whole run. Its health is ignored: the
            generator is judged in each step.
        steps: The judged steps in order. Only the last one can have failed.
        at_least: Required capacity.
    """
    good = max((step.callers for step in steps if step.holds), default=0)
    capacity = _capacity(steps, good)
    last = steps[-1] if steps else None
    code, invalid = _validity(msgspec.structs.replace(result, invalid=[]))
    if code is RunExitCode.OK and last is None:
        code, invalid = RunExitCode.NO_SAMPLES, ["no step was finished"]
    elif code is RunExitCode.OK and not good:
        assert last is not None
        code = RunExitCode.GENERATOR if last.generator else RunExitCode.THRESHOLD
        invalid = last.generator
    elif code is RunExitCode.OK and good < at_least:
        code = RunExitCode.THRESHOLD
    if code is RunExitCode.LOST_WORKER or result.aborted or not steps:
        capacity = _unknown("; ".join(invalid))
    return Verdict(
        code=code,
        invalid=invalid,
        findings=last.findings if last else [],
        capacity=capacity,
        steps=list(steps),
    )


def _capacity(steps: Sequence[Step], good: int) -> Capacity:
    last = steps[-1] if steps else None
    if last is None:
        return _unknown("no step was finished")
    if last.holds:
        because = "the last step held; there may be more"
        return Capacity(bound=Bound.AT_LEAST, callers=good, because=because)
    if last.generator:
        if not good:
            return _unknown("; ".join(last.generator))
        because = f"with {last.callers} the generator was the bottleneck"
        return Capacity(bound=Bound.AT_LEAST, callers=good, because=because)
    reason = "; ".join(map(str, last.broken)) or "nothing was measured"
    if not good:
        return Capacity(bound=Bound.FEWER, callers=last.callers, because=reason)
    because = f"with {last.callers}: {reason}"
    return Capacity(bound=Bound.HOLDS, callers=good, because=because)


def _validity(result: RunResult) -> tuple[RunExitCode, list[str]]:
    """Return the exit code for an invalid run, or OK, and the reasons."""
    if result.aborted is not None:
        code = RunExitCode(result.aborted.code)
        return code, [result.aborted.reason, *result.invalid]
    if result.lost_workers:
        reason = f"{result.lost_workers} workers were lost"
        return RunExitCode.LOST_WORKER, [reason, *result.invalid]
    if not result.has_samples:
        return RunExitCode.NO_SAMPLES, ["nothing was measured", *result.invalid]
    code = RunExitCode.GENERATOR if result.invalid else RunExitCode.OK
    return code, list(result.invalid)


def _unknown(because: str) -> Capacity:
    return Capacity(bound=Bound.UNKNOWN, callers=0, because=because)
