"""Types of a verdict: exit code, capacity, steps."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.results.thresholds import Finding, ThresholdState


class RunExitCode(IntEnum):
    """Exit code of a load test.

    Attributes:
        OK: All thresholds were kept.
        FAILURES: Calls or turns failed without a threshold for failures; or the service
            rejected nearly all calls, and the run is invalid.
        NO_CONNECTION: The service was unreachable or refused nearly all connections:
            the run is invalid.
        UNAUTHORIZED: The service rejected the key: the run is invalid.
        GENERATOR: The generator was the bottleneck: the run is invalid.
        THRESHOLD: A threshold was broken.
        NO_SAMPLES: No turn was finished, or nothing was measured: the run is invalid.
        LOST_WORKER: A worker was lost, with its callers: the run is invalid.
    """

    # Locust ends with `ExitCode.USAGE` after an error in the test itself.
    OK = ExitCode.OK
    FAILURES = ExitCode.FAILED
    NO_CONNECTION = ExitCode.NO_CONNECTION
    UNAUTHORIZED = ExitCode.UNAUTHORIZED
    GENERATOR = ExitCode.GENERATOR
    THRESHOLD = ExitCode.THRESHOLD
    NO_SAMPLES = ExitCode.NO_SAMPLES
    LOST_WORKER = ExitCode.LOST_WORKER


class Bound(StrEnum):
    """Meaning of a capacity figure."""

    HOLDS = "holds"
    AT_LEAST = "at least"
    FEWER = "fewer than"
    UNKNOWN = "unknown"


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """Capacity of the service, as far as the run has shown.

    Attributes:
        bound: Meaning of `callers`.
        callers: Number of callers; 0 if unknown.
        open_calls: Maximum number of simultaneous calls of these callers, who pause
            between calls; 0 if unknown.
        because: Justification.
        confidence: Confidence in the figure of a search, with its reasons; empty
            without a search.
    """

    bound: Bound
    callers: int
    open_calls: int = 0
    because: str
    confidence: str = ""

    def __str__(self) -> str:
        """Return a one-line description."""
        if self.bound is Bound.UNKNOWN:
            return f"capacity unknown: {self.because}"
        bound = "" if self.bound is Bound.HOLDS else f"{self.bound} "
        calls = f" ({self.open_calls} calls open at most)" if self.open_calls else ""
        return f"holds {bound}{self.callers} callers{calls}: {self.because}"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a search for the capacity.

    Attributes:
        callers: Number of callers.
        open_calls: Maximum number of open calls.
        findings: Results of the thresholds.
        generator: Why the generator was the bottleneck; empty if it was not.
        answers: Number of responses that started.
        first_broken: The threshold that broke first, and when; empty if none did.
        p50: Median response latency, in milliseconds.
        p95: 95th percentile of the response latency.
        failed: Number of failed calls and turns.
        tried: Number of attempted calls and turns.
    """

    callers: int
    open_calls: int = 0
    findings: list[Finding]
    generator: list[str]
    answers: int = 0
    first_broken: str = ""
    p50: float | None
    p95: float | None
    failed: int
    tried: int

    @property
    def broken(self) -> list[Finding]:
        """The thresholds that were broken."""
        return [
            finding
            for finding in self.findings
            if finding.state is ThresholdState.BROKEN
        ]

    @property
    def holds(self) -> bool:
        """Whether the step passed."""
        return self.tried > self.failed and not (self.generator or self.broken)

    @property
    def outcome(self) -> str:
        """Whether the step passed, and why not."""
        return "holds" if self.holds else f"too many: {self.reason}"

    @property
    def reason(self) -> str:
        """Why the step did not pass."""
        reasons = [*map(str, self.broken), *self.generator]
        return "; ".join(reasons) or "no turn was finished"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Verdict of a run.

    Attributes:
        code: The exit code.
        invalid: Reasons why the run is invalid; empty if valid.
        findings: Results of the thresholds over the whole run, or in the last step.
        capacity: Capacity of the service.
        steps: Results of the steps, if any.
    """

    code: RunExitCode
    invalid: list[str]
    findings: list[Finding]
    capacity: Capacity
    steps: list[Step] = []

    @property
    def broken(self) -> list[Finding]:
        """The thresholds that were broken."""
        return [
            finding
            for finding in self.findings
            if finding.state is ThresholdState.BROKEN
        ]

    @property
    def headline(self) -> str:
        """One-line verdict."""
        match self.code:
            case RunExitCode.OK:
                return "PASSED"
            case RunExitCode.THRESHOLD:
                return "FAILED: a threshold was broken"
            case RunExitCode.FAILURES if self.invalid:
                return "INVALID: the service rejected the calls"
            case RunExitCode.NO_CONNECTION:
                return "INVALID: no connection to the service"
            case RunExitCode.UNAUTHORIZED:
                return "INVALID: the service rejected the key"
            case RunExitCode.FAILURES:
                return "FAILED: calls or turns failed"
            case RunExitCode.GENERATOR:
                return "INVALID: the generator was the bottleneck"
            case RunExitCode.NO_SAMPLES:
                return f"INVALID: {self.invalid[0]}"
            case RunExitCode.LOST_WORKER:
                return "INVALID: a worker was lost"
