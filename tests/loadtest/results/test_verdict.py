"""Thresholds, the verdict, the capacity figure and the exit code."""

from __future__ import annotations

import msgspec
import pytest

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.judge import judge_run, judge_steps
from voicelive_loadtest.results.run_result import Abort, RunResult, make_result
from voicelive_loadtest.results.thresholds import (
    Finding,
    Thresholds,
    ThresholdState,
    TimeLimits,
    format_thresholds,
    judge_drift,
    judge_times,
    parse_thresholds,
)
from voicelive_loadtest.results.verdict import (
    Bound,
    RunExitCode,
    Step,
    Verdict,
)

ANSWER = Interval.SPEECH_TO_AUDIO


def times(*values: float) -> Histogram:
    """Return times in milliseconds."""
    found = Histogram()
    for value in values:
        found.add(value)
    return found


def result(
    answers: Histogram | None = None,
    *,
    turns: int = 0,
    failed: int = 0,
    gaps: tuple[int, int] = (0, 0),
    invalid: tuple[str, ...] = (),
) -> RunResult:
    """Return the result of a run."""
    intervals = {Interval.TURN: times(*[1000.0] * turns)} if turns else {}
    if answers is not None:
        intervals[ANSWER] = answers
    failures = {(Interval.TURN, "close.1011"): failed} if failed else {}
    counters = {"answers.with gaps": gaps[0], "answers.heard": gaps[1]}
    return make_result(Batch(intervals, failures, counters), {}, 10, invalid)


def states(thresholds: Thresholds, run: RunResult) -> list[tuple[str, ThresholdState]]:
    """Return the state of each threshold."""
    return [(one.name, one.state) for one in judge_times(thresholds, run)]


@pytest.mark.parametrize(
    ("limit", "state"),
    [
        (101, ThresholdState.KEPT),
        (100, ThresholdState.KEPT),
        (99, ThresholdState.BROKEN),
    ],
)
@pytest.mark.parametrize("name", ["mean", "p50", "p90", "p95", "p99", "max"])
def test_times_have_limits(name: str, limit: float, state: ThresholdState) -> None:
    """A figure breaks its limit when it is above, not when it is equal."""
    thresholds = Thresholds(ms={ANSWER: TimeLimits(**{name: limit})})
    run = result(times(100, 100))
    assert states(thresholds, run) == [(f"{ANSWER} {name}", state)]


def test_shares_have_limits() -> None:
    """Failed turns and answers with gaps are judged as shares."""
    thresholds = Thresholds(error_rate=0.1, gap_rate=0.25)
    kept = result(turns=9, failed=1, gaps=(1, 4))
    assert [one.state for one in judge_times(thresholds, kept)] == [
        ThresholdState.KEPT
    ] * 2
    broken = list(judge_times(thresholds, result(turns=8, failed=1, gaps=(2, 4))))
    assert [one.state for one in broken] == [ThresholdState.BROKEN] * 2
    assert str(broken[0]) == "calls and turns that failed: 11.1 % (limit 10 %)"
    assert str(broken[1]) == "answers with a gap: 50 % (limit 25 %)"


def test_limits_without_samples() -> None:
    """They are broken if turns failed, and otherwise unmeasured."""
    thresholds = Thresholds(gap_rate=0.1, ms={ANSWER: TimeLimits(p95=1)})
    (_, gap), (_, answer) = states(thresholds, result(turns=3))
    assert gap is answer is ThresholdState.UNMEASURED
    (_, gap), (_, answer) = states(thresholds, result(failed=3))
    assert (gap, answer) == (ThresholdState.UNMEASURED, ThresholdState.BROKEN)


@pytest.mark.parametrize(
    ("text", "thresholds"),
    [
        ("", Thresholds()),
        ("error_rate=0.01,drift=1.5", Thresholds(error_rate=0.01, drift=1.5)),
        (
            "gap_rate=0.0, turn p95=9000.0, turn max=1.5",
            Thresholds(gap_rate=0, ms={Interval.TURN: TimeLimits(p95=9000, max=1.5)}),
        ),
    ],
)
def test_thresholds_as_text(text: str, thresholds: Thresholds) -> None:
    """They can be formatted and parsed again."""
    assert parse_thresholds(text) == thresholds
    assert parse_thresholds(format_thresholds(thresholds)) == thresholds


@pytest.mark.parametrize(
    "text",
    ["turn p95", "turn p96=1", "turns p95=1", "error_rate=2", "turn p95=-1", "=1"],
)
def test_invalid_thresholds_as_text(text: str) -> None:
    """The message begins with what it is about."""
    with pytest.raises(ValueError, match=r"^thresholds: "):
        parse_thresholds(text)


def test_drift_has_a_limit() -> None:
    """The ratio of the medians at the end and the start of a run."""
    assert judge_drift(1.5, times(100), times(150)).state is ThresholdState.KEPT
    found = judge_drift(1.5, times(100), times(160))
    assert found.state is ThresholdState.BROKEN
    assert "1.6 x (limit 1.5 x)" in str(found)
    assert judge_drift(1.5, times(), times(1)).state is ThresholdState.UNMEASURED


def finding(state: ThresholdState) -> Finding:
    """Return a result of a threshold."""
    return Finding(name="connect p95", limit=1, unit="ms", figure=2, state=state)


def judged(run: RunResult, *found: ThresholdState, allowed: bool = True) -> Verdict:
    """Return the verdict on a run of 50 callers."""
    findings = [finding(state) for state in found]
    return judge_run(run, findings, callers=50, failures_allowed=allowed)


GOOD = result(times(1), turns=1)


@pytest.mark.parametrize(
    ("verdict", "code", "capacity"),
    [
        (
            judged(GOOD, ThresholdState.KEPT),
            RunExitCode.OK,
            "holds at least 50 callers: no thresh",
        ),
        (
            judged(GOOD, ThresholdState.UNMEASURED),
            RunExitCode.OK,
            "holds at least 50 callers",
        ),
        (
            judged(GOOD, ThresholdState.KEPT, ThresholdState.BROKEN),
            RunExitCode.THRESHOLD,
            "holds fewer than 50 callers: connect p95: 2 ms (limit 1 ms)",
        ),
        (judged(result(turns=1, failed=1)), RunExitCode.OK, "holds at least 50"),
        (
            judged(result(turns=1, failed=1), allowed=False),
            RunExitCode.FAILURES,
            "holds fewer than 50",
        ),
        (
            judged(result(), ThresholdState.BROKEN),
            RunExitCode.NO_SAMPLES,
            "capacity unknown: noth",
        ),
        (
            judged(result(turns=1, invalid=("late",)), ThresholdState.BROKEN),
            RunExitCode.GENERATOR,
            "capacity unknown: late",
        ),
    ],
)
def test_verdicts(verdict: Verdict, code: RunExitCode, capacity: str) -> None:
    """Each outcome has its own exit code and capacity figure."""
    assert verdict.code is code
    assert str(verdict.capacity).startswith(capacity)
    assert bool(verdict.invalid) is (code > RunExitCode.THRESHOLD)


def test_a_lost_worker_takes_precedence() -> None:
    """Over other reasons, which it may explain."""
    run = RunResult(
        seconds=1,
        intervals={},
        failures=[],
        counters={},
        generators={},
        invalid=["late"],
        lost_workers=2,
    )
    verdict = judged(run, ThresholdState.BROKEN)
    assert verdict.code is RunExitCode.LOST_WORKER
    assert verdict.invalid == ["2 workers were lost", "late"]


def test_a_run_without_a_finished_turn_has_no_capacity() -> None:
    """Unless its journeys have none."""
    failures = {(Interval.TURN, "timeout.turn"): 3}
    asked = make_result(Batch({}, failures, {"calls.barge_in": 3}), {}, 10, ())
    verdict = judged(asked, ThresholdState.BROKEN)
    assert verdict.code is RunExitCode.NO_SAMPLES
    assert verdict.headline == "INVALID: no turn was finished"
    assert str(verdict.capacity) == "capacity unknown: no turn was finished"
    connected = {Interval.CONNECT: times(5)}
    silent = make_result(Batch(connected, {}, {"calls.silent_line": 1}), {}, 10, ())
    assert judged(silent).code is RunExitCode.OK


def test_the_capacity_names_callers_and_calls() -> None:
    """Callers pause between calls, so that both numbers differ."""
    verdict = judge_run(GOOD, [], callers=9, open_calls=7, failures_allowed=True)
    assert str(verdict.capacity) == (
        "holds at least 9 callers (7 calls open at most): nothing failed"
    )


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        (ExitCode.FAILED, "INVALID: the service rejected the calls"),
        (ExitCode.NO_CONNECTION, "INVALID: no connection to the service"),
        (ExitCode.UNAUTHORIZED, "INVALID: the service rejected the key"),
    ],
)
def test_an_aborted_run_is_invalid(code: ExitCode, headline: str) -> None:
    """It has the exit code of its reason, and no capacity."""
    run = msgspec.structs.replace(GOOD, aborted=Abort(code=code, reason="why"))
    verdict = judged(run, ThresholdState.BROKEN, allowed=False)
    assert (verdict.code, verdict.headline) == (int(code), headline)
    assert str(verdict.capacity) == "capacity unknown: why"
    assert judge_steps(run, [step(10)], at_least=0).code == int(code)


def test_exit_codes_are_distinct() -> None:
    """From each other and from the 2 of Locust."""
    codes = [int(code) for code in RunExitCode]
    assert len(set(codes)) == len(codes)
    assert 2 not in codes


def step(
    callers: int, state: ThresholdState = ThresholdState.KEPT, generator: str = ""
) -> Step:
    """Return a step of a search."""
    return Step(
        callers=callers,
        findings=[finding(state)],
        generator=[generator] if generator else [],
        p50=1,
        p95=2,
        failed=0,
        tried=5,
    )


@pytest.mark.parametrize(
    ("steps", "code", "bound", "callers"),
    [
        ([step(10), step(20)], RunExitCode.OK, Bound.AT_LEAST, 20),
        ([step(10), step(20, ThresholdState.BROKEN)], RunExitCode.OK, Bound.HOLDS, 10),
        ([step(10), step(20, generator="late")], RunExitCode.OK, Bound.AT_LEAST, 10),
        ([step(10, ThresholdState.BROKEN)], RunExitCode.THRESHOLD, Bound.FEWER, 10),
        ([step(10, generator="late")], RunExitCode.GENERATOR, Bound.UNKNOWN, 0),
        ([], RunExitCode.NO_SAMPLES, Bound.UNKNOWN, 0),
    ],
)
def test_capacity_of_steps(
    steps: list[Step], code: RunExitCode, bound: Bound, callers: int
) -> None:
    """The last good step is the capacity, and the next one determines its bound."""
    # The generator is judged in each step, not over the whole run.
    run = result(times(1), turns=1, invalid=("late",))
    verdict = judge_steps(run, steps, at_least=0)
    assert verdict.code is code
    assert (verdict.capacity.bound, verdict.capacity.callers) == (bound, callers)


def test_a_step_without_calls_does_not_hold() -> None:
    """Without samples there is no success."""
    empty = Step(
        callers=5, findings=[], generator=[], p50=None, p95=None, failed=0, tried=0
    )
    verdict = judge_steps(GOOD, [empty], at_least=0)
    assert verdict.capacity.bound is Bound.FEWER


def test_steps_can_require_a_capacity() -> None:
    """A search fails if the capacity is below `at_least`."""
    steps = [step(10), step(20, ThresholdState.BROKEN)]
    assert judge_steps(GOOD, steps, at_least=10).code is RunExitCode.OK
    verdict = judge_steps(GOOD, steps, at_least=11)
    assert verdict.code is RunExitCode.THRESHOLD
    assert str(verdict.capacity).startswith("holds 10 callers: with 20: connect p95")
