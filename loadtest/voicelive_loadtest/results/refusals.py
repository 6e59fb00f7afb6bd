"""Detection of runs in which nearly all calls are refused for the same reason."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from voicelive.aio import ConnectionFailed
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.samples import Histogram, Interval
from voicelive_loadtest.results.run_result import Abort
from voicelive_protocol import RETRYABLE_ERRORS

_WINDOW_SECONDS = 30.0
_MIN_REFUSED = 5
_MIN_SHARE = 0.95
_UNREACHABLE = "refused.unreachable"
_BEFORE_A_TURN = (Interval.CONNECT, Interval.SESSION_READY)


@dataclass(frozen=True, slots=True)
class _Totals:
    at: float
    ready: int
    refused: Counter[str]


class RefusalWatch:
    """Detects that nearly all recent calls were refused for one permanent reason.

    Permanent reasons are a wrong key, host, model or API version, and errors in the
    load test itself. Refusals by an overloaded service are results of a run. An
    unreachable service counts only if it was never reached.
    """

    def __init__(self) -> None:
        self._recent: deque[_Totals] = deque((_Totals(0.0, 0, Counter()),))

    def update(
        self,
        now: float,
        intervals: Mapping[Interval, Histogram],
        failures: Mapping[tuple[Interval, str], int],
    ) -> Abort | None:
        """Update with the totals of the run; return why it should stop, if it should.

        Args:
            now: Seconds since the start of the run.
            intervals: All samples so far.
            failures: All failures so far.
        """
        ready = intervals.get(Interval.SESSION_READY, Histogram()).count
        refused: Counter[str] = Counter()
        for (interval, reason), count in failures.items():
            if interval in _BEFORE_A_TURN or reason.startswith("raised."):
                refused[reason] += count
        recent = self._recent
        recent.append(_Totals(now, ready, refused))
        while len(recent) > 2 and recent[1].at <= now - _WINDOW_SECONDS:
            recent.popleft()
        new = refused - recent[0].refused
        if not new:
            return None
        reason, count = new.most_common(1)[0]
        whole = ready - recent[0].ready + new.total()
        if count < _MIN_REFUSED or count < _MIN_SHARE * whole:
            return None
        code = _exit_code(reason, was_reached=ready > 0)
        if code is None:
            return None
        return Abort(
            code=code,
            reason=f"{count} of the latest {whole} calls failed with {reason}",
        )


def _exit_code(reason: str, *, was_reached: bool) -> ExitCode | None:
    """Return the exit code for a permanent reason; None for others."""
    kind, _, code = reason.partition(".")
    match kind:
        case "raised":
            return ExitCode.FAILED
        case "error":
            return ExitCode.FAILED if RETRYABLE_ERRORS.get(code) is False else None
        case "refused" if code in ("401", "403"):
            return ExitCode.UNAUTHORIZED
        case "refused" if code == "host":
            return ExitCode.FAILED
        case "refused" if code.isdecimal():
            retryable = ConnectionFailed("", status=int(code)).retryable
            return None if retryable else ExitCode.NO_CONNECTION
        case "refused" if reason == _UNREACHABLE and not was_reached:
            return ExitCode.NO_CONNECTION
        case _:
            return None
