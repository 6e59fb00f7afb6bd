"""What a run says about the service: a verdict, a capacity figure, an exit code."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

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
