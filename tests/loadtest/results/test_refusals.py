"""Detection of runs in which nearly all calls are refused."""

from __future__ import annotations

import pytest

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.samples import Histogram, Interval
from voicelive_loadtest.results.refusals import RefusalWatch
from voicelive_loadtest.results.run_result import Abort


def update(
    watch: RefusalWatch,
    now: float,
    ready: int,
    failed: int,
    reason: str,
    interval: Interval = Interval.CONNECT,
) -> Abort | None:
    """Update a watch with totals."""
    times = {Interval.SESSION_READY: Histogram(count=ready)}
    return watch.update(now, times, {(interval, reason): failed} if failed else {})


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("refused.401", ExitCode.UNAUTHORIZED),
        ("refused.403", ExitCode.UNAUTHORIZED),
        ("refused.404", ExitCode.NO_CONNECTION),
        ("refused.host", ExitCode.FAILED),
        ("refused.unreachable", ExitCode.NO_CONNECTION),
        ("error.invalid_model", ExitCode.FAILED),
        ("raised.TypeError", ExitCode.FAILED),
        ("refused.429", None),
        ("refused.503", None),
        ("refused.timeout", None),
        ("error.rate_limit_exceeded", None),
        ("close.1011", None),
    ],
)
def test_permanent_reasons_stop_a_run(reason: str, code: ExitCode | None) -> None:
    """Overload does not: it is a result."""
    watch = RefusalWatch()
    assert update(watch, 1, 0, 4, reason) is None
    abort = update(watch, 2, 0, 5, reason)
    assert (abort and abort.code) == code
    if abort is not None:
        assert abort.reason == f"5 of the latest 5 calls failed with {reason}"


def test_some_refusals_do_not_stop_a_run() -> None:
    """At least 95 % of the calls have to be refused."""
    watch = RefusalWatch()
    assert update(watch, 1, 2, 20, "refused.401") is None
    abort = update(RefusalWatch(), 1, 1, 20, "refused.401")
    assert abort is not None
    assert "20 of the latest 21" in abort.reason


def test_only_recent_calls_count() -> None:
    """A key that expires during a run stops it within half a minute."""
    watch = RefusalWatch()
    for second in range(100):
        assert update(watch, second, 10 * second, 0, "") is None
    stopped = [
        second
        for second in range(100, 140)
        if update(watch, second, 990, 10 * (second - 99), "refused.401")
    ]
    assert 120 < stopped[0] <= 130


def test_a_service_that_was_reached_may_become_unreachable() -> None:
    """A crash under load is a result."""
    watch = RefusalWatch()
    assert update(watch, 0, 5, 0, "") is None
    for second in range(1, 100):
        assert update(watch, second, 5, second * 10, "refused.unreachable") is None
