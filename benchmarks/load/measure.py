"""Benchmark of the load generator, with its expectations."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.capacity import search
from benchmarks.lab import Lab
from benchmarks.load.processes import Result, bare_callers, our_callers, plain_callers
from benchmarks.noise import Rounds
from benchmarks.results import Figure

_MAX_LATE_MS = 20
# Frames per second of a caller, and the share of them that must be sent.
_FRAME_RATE = 50
_MIN_SENT = 0.95

_MOST_OF_BARE = 1.3
_LEAST_OF_PLAIN = 1.6

_GENERATORS: dict[str, Callable[[int, float, float], Result]] = {
    "ours": our_callers,
    "bare": bare_callers,
    "plain gevent": plain_callers,
}


def measure(lab: Lab) -> Iterator[Figure]:
    """Measure the CPU time of a call, the lateness of frames and the capacity."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        print("load: skipped, requires Linux and two cores", file=sys.stderr)
        return
    effort = lab.effort
    rounds = Rounds(lab.effort.disturbance)
    callers = effort.load_callers

    def one_round() -> dict[str, Result]:
        # The generators alternate, so that slow moments of the machine affect all.
        return {
            name: run(callers, effort.load_ramp, effort.load_seconds)
            for name, run in _GENERATORS.items()
        }

    results = rounds.run(effort.load_rounds, one_round)
    for name in ("bare", "plain gevent"):
        yield Figure(
            "load",
            f"{callers} callers: late frames, p99",
            "ms",
            median(one["ours"].late_p99 for one in results),
            reference=(name, median(one[name].late_p99 for one in results)),
        )
    cpu = {
        name: median(one[name].cpu_per_call for one in results) for name in _GENERATORS
    }
    yield Figure(
        "load",
        f"{callers} callers: CPU time of a call for a second",
        "ms",
        1e3 * cpu["ours"],
        reference=("bare", 1e3 * cpu["bare"]),
    )
    yield Figure(
        "load",
        f"{callers} callers: CPU time, ours/bare",
        "x",
        median(one["ours"].cpu / one["bare"].cpu for one in results),
        at_most=_MOST_OF_BARE,
    )
    yield Figure(
        "load",
        f"{callers} callers: CPU time, plain gevent/ours",
        "x",
        median(one["plain gevent"].cpu / one["ours"].cpu for one in results),
        at_least=_LEAST_OF_PLAIN,
    )
    capacity = {
        name: _capacity(lab, run) for name, run in _GENERATORS.items() if name != "bare"
    }
    yield Figure(
        "load",
        f"callers of a core, late frames p99 < {_MAX_LATE_MS} ms",
        "",
        capacity["ours"],
        at_least=capacity["plain gevent"],
        reference=("plain gevent", capacity["plain gevent"]),
    )
    rounds.report("load")


def _capacity(lab: Lab, run: Callable[[int, float, float], Result]) -> int:
    """Return the largest number of callers whose frames are on time."""
    effort = lab.effort
    seconds = effort.load_seconds

    def holds(callers: int) -> bool:
        result = run(callers, effort.load_ramp, seconds)
        sent = result.frames / (callers * seconds * _FRAME_RATE)
        return result.late_p99 < _MAX_LATE_MS and sent > _MIN_SENT

    return search(holds, effort.capacity_start, effort.capacity_step, effort.most)
