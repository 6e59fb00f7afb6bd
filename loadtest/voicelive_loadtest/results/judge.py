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
from voicelive_loadtest.results.timeline import Slice, Timeline
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
        open_calls=most_calls(timeline),
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
    window = timeline.window(begins, ends)
    result = window.result(ends - begins)
    findings = list(judge_times(thresholds, result))
    times = result.times(main_interval(timeline))
    failed, tried = errors(result)
    (health,) = result.generators.values()
    return Step(
        callers=callers,
        open_calls=window.calls,
        findings=findings,
        generator=list(health.problems(limits)),
        answers=times.count,
        first_broken=_first_broken(findings, timeline, thresholds, begins, ends),
        p50=times.percentile(0.5) if times.count else None,
        p95=times.percentile(0.95) if times.count else None,
        failed=failed,
        tried=tried,
    )


def _first_broken(
    findings: Sequence[Finding],
    timeline: Timeline,
    thresholds: Thresholds,
    begins: float,
    ends: float,
) -> str:
    """Return which broken threshold of a step has been broken for the longest time."""
    broken = {one.name: one for one in findings if one.state is ThresholdState.BROKEN}
    if not broken:
        return ""
    since = dict.fromkeys(broken, ends)
    whole = Slice(int(begins))
    for piece in timeline.slices():
        if begins <= piece.begins < ends:
            whole.add(piece)
            so_far = judge_times(thresholds, whole.result(piece.begins + 1 - begins))
            for one in so_far:
                if one.state is not ThresholdState.BROKEN:
                    since[one.name] = ends
                elif one.name in broken:
                    since[one.name] = min(since[one.name], piece.begins + 1)
    name = min(broken, key=lambda name: since[name])
    after = max(0.0, min(since[name], ends) - begins)
    return f"{broken[name]}, after {after:.0f} s"


def _most_callers(timeline: Timeline) -> int:
    return max((piece.callers for piece in timeline.slices()), default=0)


def most_calls(timeline: Timeline) -> int:
    """Return the maximum number of open calls."""
    return max((piece.calls for piece in timeline.slices()), default=0)


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
    open_calls: int = 0,
    failures_allowed: bool,
) -> Verdict:
    """Judge a run by the results of its thresholds.

    Args:
        result: The measurements.
        findings: Results of the thresholds; empty without thresholds.
        callers: Maximum number of callers.
        open_calls: Maximum number of open calls.
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
        capacity = Capacity(
            bound=Bound.FEWER,
            callers=callers,
            open_calls=open_calls,
            because=because,
        )
    elif code is RunExitCode.OK:
        because = "no threshold was broken" if findings else "nothing failed"
        capacity = Capacity(
            bound=Bound.AT_LEAST,
            callers=callers,
            open_calls=open_calls,
            because=because,
        )
    else:
        capacity = _unknown("; ".join(invalid))
    return Verdict(
        code=code,
        invalid=invalid,
        findings=list(findings),
        capacity=capacity,
    )


def judge_steps(
    result: RunResult,
    steps: Sequence[Step],
    *,
    at_least: int,
    capacity: Capacity | None = None,
) -> Verdict:
    """Judge a run in steps.

    Args:
        result: The measurements of the whole run. Its health is ignored: the
            generator is judged in each step.
        steps: The judged steps in order.
        at_least: Required capacity.
        capacity: Result of a search; by default the steps are those of a staircase,
            of which only the last one can have failed.
    """
    if capacity is None:
        good = max((step.callers for step in steps if step.holds), default=0)
        capacity = _capacity(steps, good)
    else:
        good = 0 if capacity.bound is Bound.FEWER else capacity.callers
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
    if code in (RunExitCode.NO_SAMPLES, RunExitCode.LOST_WORKER) or result.aborted:
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
    calls = max((step.open_calls for step in steps if step.callers == good), default=0)
    if last.holds:
        bound, because = Bound.AT_LEAST, "the last step held; there may be more"
    elif last.generator and not good:
        return _unknown("; ".join(last.generator))
    elif last.generator:
        bound = Bound.AT_LEAST
        because = f"with {last.callers} the generator was the bottleneck"
    elif good:
        bound, because = Bound.HOLDS, f"with {last.callers}: {last.reason}"
    else:
        bound, because = Bound.FEWER, last.reason
        good, calls = last.callers, last.open_calls
    return Capacity(bound=bound, callers=good, open_calls=calls, because=because)


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
    if result.lacks_turns:
        return RunExitCode.NO_SAMPLES, ["no turn was finished", *result.invalid]
    code = RunExitCode.GENERATOR if result.invalid else RunExitCode.OK
    return code, list(result.invalid)


def _unknown(because: str) -> Capacity:
    return Capacity(bound=Bound.UNKNOWN, callers=0, because=because)
