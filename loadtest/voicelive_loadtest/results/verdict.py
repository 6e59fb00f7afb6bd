"""What a run says about the service: a verdict, a capacity figure, an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, StrEnum

import msgspec

from voicelive_loadtest.callers.samples import GENERATOR
from voicelive_loadtest.results.run_result import RunResult
from voicelive_loadtest.results.thresholds import Finding, State


class ExitCode(IntEnum):
    """The exit code of a load test.

    Attributes:
        OK: All thresholds were kept.
        FAILURES: Calls or turns failed, and there is no threshold for that.
        GENERATOR: The generator was the bottleneck: the run is invalid.
        THRESHOLD: A threshold was broken.
        NO_SAMPLES: Nothing was measured: the run is invalid.
        LOST_WORKER: A worker was lost, with its callers: the run is invalid.
    """

    OK = 0
    FAILURES = 1
    # 2 is Locust's own, for errors in the command line and in the test itself.
    GENERATOR = 3
    THRESHOLD = 4
    NO_SAMPLES = 5
    LOST_WORKER = 6


class Bound(StrEnum):
    """What a number of callers says about the capacity."""

    HOLDS = "holds"
    AT_LEAST = "at least"
    FEWER = "fewer than"
    UNKNOWN = "unknown"


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls the service holds, as far as the run tells.

    Attributes:
        bound: What `callers` means.
        callers: The number; 0 if it is unknown.
        because: What speaks for it.
    """

    bound: Bound
    callers: int
    because: str

    def __str__(self) -> str:
        """The figure in a line."""
        match self.bound:
            case Bound.UNKNOWN:
                return f"capacity unknown: {self.because}"
            case Bound.HOLDS:
                return f"holds {self.callers} calls: {self.because}"
            case _:
                return f"holds {self.bound} {self.callers} calls: {self.because}"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a search for the capacity.

    Attributes:
        callers: How many there were.
        findings: How the thresholds fared.
        generator: Why the generator was the bottleneck; empty if it was not.
        p50: Median of the time that callers waited for an answer, in milliseconds.
        p95: What 95 % of them waited at most.
        failed: How many calls and turns failed.
        tried: How many were tried.
    """

    callers: int
    findings: list[Finding]
    generator: list[str]
    p50: float | None
    p95: float | None
    failed: int
    tried: int

    @property
    def broken(self) -> list[Finding]:
        """The thresholds that were broken."""
        return [one for one in self.findings if one.state is State.BROKEN]

    @property
    def holds(self) -> bool:
        """Whether all was well."""
        return self.tried > 0 and not (self.generator or self.broken)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says about the service.

    Attributes:
        code: The exit code.
        invalid: Why the run says nothing about the service; empty if it does.
        findings: How each threshold fared, over the whole run; of the last step, if it
            had steps.
        capacity: How many calls the service holds.
        steps: What each step was like, if there were any.
    """

    code: ExitCode
    invalid: list[str]
    findings: list[Finding]
    capacity: Capacity
    steps: list[Step] = []

    @property
    def broken(self) -> list[Finding]:
        """The thresholds that were broken."""
        return [one for one in self.findings if one.state is State.BROKEN]

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        match self.code:
            case ExitCode.OK:
                return "PASSED"
            case ExitCode.THRESHOLD:
                return "FAILED: a threshold was broken"
            case ExitCode.FAILURES:
                return "FAILED: calls or turns failed"
            case ExitCode.GENERATOR:
                return "INVALID: the generator was the bottleneck"
            case ExitCode.NO_SAMPLES:
                return "INVALID: nothing was measured"
            case ExitCode.LOST_WORKER:
                return "INVALID: a worker was lost"


def judge_run(
    result: RunResult,
    findings: Sequence[Finding],
    *,
    callers: int,
    failures_allowed: bool,
) -> Verdict:
    """Judge a run whose number of callers was planned.

    Args:
        result: What was measured.
        findings: How the thresholds fared; empty if there are none.
        callers: How many there were at most.
        failures_allowed: Whether some may fail; a threshold says how many.
    """
    code, invalid = _validity(result)
    broken = [one for one in findings if one.state is State.BROKEN]
    if code is ExitCode.OK and broken:
        code = ExitCode.THRESHOLD
    elif code is ExitCode.OK and result.failures and not failures_allowed:
        code = ExitCode.FAILURES
    if code in (ExitCode.THRESHOLD, ExitCode.FAILURES):
        what = "; ".join(map(str, broken)) or "calls or turns failed"
        capacity = Capacity(bound=Bound.FEWER, callers=callers, because=what)
    elif code is ExitCode.OK:
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
        result: What was measured in the whole run. Whether the generator kept up is
            judged step by step instead.
        steps: What each step was like, the first one first. Only the last one can have
            been too much.
        at_least: How many callers have to hold.
    """
    good = max((step.callers for step in steps if step.holds), default=0)
    capacity = _capacity(steps, good)
    last = steps[-1] if steps else None
    code, invalid = _validity(msgspec.structs.replace(result, invalid=[]))
    if code is ExitCode.OK and last is None:
        code, invalid = ExitCode.NO_SAMPLES, ["no step was finished"]
    elif code is ExitCode.OK and not good:
        assert last is not None
        code = ExitCode.GENERATOR if last.generator else ExitCode.THRESHOLD
        invalid = last.generator
    elif code is ExitCode.OK and good < at_least:
        code = ExitCode.THRESHOLD
    if code in (ExitCode.NO_SAMPLES, ExitCode.LOST_WORKER):
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


def _validity(result: RunResult) -> tuple[ExitCode, list[str]]:
    """Return whether a run tells anything, as an exit code, and why not."""
    if result.lost_workers:
        reason = f"{result.lost_workers} workers were lost"
        return ExitCode.LOST_WORKER, [reason, *result.invalid]
    if not (result.failures or set(result.intervals) - GENERATOR):
        return ExitCode.NO_SAMPLES, ["nothing was measured", *result.invalid]
    code = ExitCode.GENERATOR if result.invalid else ExitCode.OK
    return code, list(result.invalid)


def _unknown(because: str) -> Capacity:
    return Capacity(bound=Bound.UNKNOWN, callers=0, because=because)
