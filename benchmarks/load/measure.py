"""Benchmark of the load generator, with its expectations."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

from benchmarks.lab import Lab
from benchmarks.load.processes import Result, our_callers, plain_callers
from benchmarks.results import Figure

_MAX_LATE_MS = 20
_REQUIRED_CALLERS = 600
# Frames per second of a caller, and the share of them that must be sent.
_FRAME_RATE = 50
_MIN_SENT = 0.95


def measure(lab: Lab) -> Iterator[Figure]:
    """Measure the lateness of callers and the CPU time of a call."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        print("load: skipped, requires Linux and two cores", file=sys.stderr)
        return
    effort = lab.effort
    plain = _levels(lab, plain_callers, effort.plain_callers)
    ours = _levels(lab, our_callers, effort.load_callers)
    for result in ours:
        same = [one for one in plain if one.callers == result.callers]
        yield Figure(
            "load",
            f"{result.callers} callers: late frames, p99",
            "ms",
            result.late_p99,
            at_most=_MAX_LATE_MS if result.callers == _REQUIRED_CALLERS else None,
            reference=("plain gevent", same[0].late_p99) if same else None,
        )
    # Both are far from their limits at the lowest level.
    yield Figure(
        "load",
        f"{ours[0].callers} callers: CPU time of a call for a second",
        "ms",
        1e3 * ours[0].cpu_per_call,
        reference=("plain gevent", 1e3 * plain[0].cpu_per_call),
    )
    yield Figure(
        "load",
        f"callers of a core, late frames p99 < {_MAX_LATE_MS} ms",
        "",
        _capacity(ours, effort.load_seconds),
        at_least=min(_REQUIRED_CALLERS, max(effort.load_callers)),
        reference=("plain gevent", _capacity(plain, effort.load_seconds)),
    )


def _levels(
    lab: Lab, call: Callable[[int, float, float], Result], levels: tuple[int, ...]
) -> list[Result]:
    """Return the median round of each number of callers."""
    effort = lab.effort
    results = []
    for callers in levels:
        # Other load on the host can stop all callers for a moment.
        rounds = sorted(
            (
                call(callers, effort.load_ramp, effort.load_seconds)
                for _ in range(effort.load_rounds)
            ),
            key=lambda result: result.late_p99,
        )
        results.append(rounds[len(rounds) // 2])
    return results


def _capacity(results: list[Result], seconds: float) -> int:
    """Return the largest number of callers that were on time."""
    return max(
        (
            result.callers
            for result in results
            if result.late_p99 < _MAX_LATE_MS
            and result.frames > result.callers * seconds * _FRAME_RATE * _MIN_SENT
        ),
        default=0,
    )
