"""Benchmark of the mock service, with its expectations.

CPU times are compared with a bare server that does the same work, and with aimock, in
rounds of the same run. Absolute figures are shown without an expectation, as they
depend on the machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from statistics import median
from typing import TypeAlias

from benchmarks.capacity import search
from benchmarks.lab import Lab
from benchmarks.mock.processes import (
    Server,
    aimock_server,
    bare_server,
    mock_server,
    run_load,
)
from benchmarks.noise import Rounds
from benchmarks.results import Figure

_CONNECTIONS = 50
_TURNS = 20
"""Turns of a conversation. aimock needs more time for each further turn."""

_MOST_OF_BARE_TEXT = 4.5
_MOST_OF_BARE_VOICE = 2.0
_LEAST_OF_AIMOCK = 1.8

_MAX_LATE_MS = 50
_MAX_KB = 100

_Round: TypeAlias = dict[str, dict[str, float]]
"""Results of each server."""


def measure(lab: Lab) -> Iterator[Figure]:
    """Measure conversations in text and in speech, and a long one."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        print("mock: skipped, requires Linux and two cores", file=sys.stderr)
        return
    rounds = Rounds(lab.effort.disturbance)
    yield from _text(lab, rounds)
    for sessions in lab.effort.voice_sessions:
        yield from _voice(lab, rounds, sessions)
    yield from _voice_capacity(lab)
    yield from _long(lab)
    rounds.report("mock")


def _text(lab: Lab, rounds: Rounds) -> Iterator[Figure]:
    effort = lab.effort
    with ExitStack() as stack:
        servers = {
            "ours": stack.enter_context(mock_server(float("inf"))),
            "bare": stack.enter_context(bare_server("aiohttp")),
            "picows": stack.enter_context(bare_server("picows")),
            "aimock": stack.enter_context(aimock_server()),
        }
        for server in servers.values():
            _chat(server, effort.text_seconds / 3)  # warm-up

        def one_round() -> _Round:
            # The servers alternate, so that slow moments of the machine affect all.
            return {
                name: _chat(server, effort.text_seconds)
                for name, server in servers.items()
            }

        results = rounds.run(effort.text_rounds, one_round)
    what = f"text, {_CONNECTIONS} connections"
    yield from _beside(
        what,
        results,
        "aimock",
        ("turns", "1/s", "rate", 1),
        ("a turn, median", "ms", "p50", 1e3),
        ("a turn, p99", "ms", "p99", 1e3),
        ("CPU time of a turn", "us", "cpu", 1e6),
    )
    picows = median(one["picows"]["cpu"] for one in results)
    yield Figure(
        "mock",
        f"{what}: CPU time, ours/bare",
        "x",
        _cpu_ratio(results, "ours", "bare"),
        at_most=_MOST_OF_BARE_TEXT,
        reference=("us with picows", picows * 1e6),
    )
    yield Figure(
        "mock",
        f"{what}: CPU time, aimock/ours",
        "x",
        _cpu_ratio(results, "aimock", "ours"),
        at_least=_LEAST_OF_AIMOCK,
    )


def _beside(
    what: str,
    results: Sequence[_Round],
    reference: str,
    *rows: tuple[str, str, str, float],
) -> Iterator[Figure]:
    """Yield figures of ours beside those of a reference, as medians.

    Args:
        what: Beginning of the names.
        results: Results of the servers in each round.
        reference: Name of the other server.
        *rows: Name, unit, key and factor of each figure.
    """
    for title, unit, key, factor in rows:
        ours, other = (
            factor * median(one[name][key] for one in results)
            for name in ("ours", reference)
        )
        yield Figure(
            "mock", f"{what}: {title}", unit, ours, reference=(reference, other)
        )


def _cpu_ratio(results: Sequence[_Round], over: str, under: str) -> float:
    """Return the median ratio of the CPU times of two servers in the same round."""
    return median(one[over]["cpu"] / one[under]["cpu"] for one in results)


def _chat(server: Server, seconds: float) -> dict[str, float]:
    before = server.cpu
    result = run_load(
        "text_load", server, connections=_CONNECTIONS, seconds=seconds, turns=_TURNS
    )
    result["rate"] = result["turns"] / result["seconds"]
    result["cpu"] = (server.cpu - before) / result["turns"]
    return result


def _voice(lab: Lab, rounds: Rounds, sessions: int) -> Iterator[Figure]:
    def one_round() -> _Round:
        with mock_server(1.0) as server:
            ours = _talk(lab, server, sessions)
        with bare_server("aiohttp") as server:
            bare = _talk(lab, server, sessions)
        return {"ours": ours, "bare": bare}

    results = rounds.run(lab.effort.voice_rounds, one_round)
    what = f"{sessions} voices"
    yield from _beside(
        what,
        results,
        "bare",
        ("late deltas, p99", "ms", "p99", 1e3),
        ("late deltas, worst", "ms", "worst", 1e3),
        ("late appends of the load, p99", "ms", "own_p99", 1e3),
        ("deltas of a session", "1/s", "rate", 1),
        ("CPU time of a session for a second", "ms", "cpu", 1e3),
    )
    yield Figure(
        "mock",
        f"{what}: CPU time, ours/bare",
        "x",
        _cpu_ratio(results, "ours", "bare"),
        at_most=_MOST_OF_BARE_VOICE,
    )
    yield Figure(
        "mock",
        f"{what}: memory of a session",
        "kB",
        median(one["ours"]["memory"] for one in results) / 1e3,
        at_most=_MAX_KB,
    )


def _talk(lab: Lab, server: Server, sessions: int) -> dict[str, float]:
    effort = lab.effort
    seen: dict[str, tuple[float, int]] = {}
    memory = server.memory

    def on_line(line: str) -> None:
        seen[line] = (server.cpu, server.memory)

    result = run_load(
        "voice_load",
        server,
        on_line,
        sessions=sessions,
        ramp=effort.voice_ramp,
        seconds=effort.voice_seconds,
    )
    (before, _), (after, after_memory) = seen["measuring"], seen["measured"]
    all_seconds = sessions * effort.voice_seconds
    return result | {
        "rate": result["deltas"] / all_seconds,
        "cpu": (after - before) / all_seconds,
        "memory": (after_memory - memory) / sessions,
    }


def _voice_capacity(lab: Lab) -> Iterator[Figure]:
    effort = lab.effort

    def holds(sessions: int) -> bool:
        with mock_server(1.0) as server:
            result = _talk(lab, server, sessions)
        return result["p99"] * 1e3 < _MAX_LATE_MS

    yield Figure(
        "mock",
        f"voices of a core, late deltas p99 < {_MAX_LATE_MS} ms",
        "",
        search(holds, effort.capacity_start, effort.capacity_step, effort.most),
    )


def _long(lab: Lab) -> Iterator[Figure]:
    """Measure one conversation, whose first quarter fills everything with a limit."""
    turns = lab.effort.long_turns
    with mock_server(float("inf")) as server:
        first = server.memory

        def on_line(line: str) -> None:
            nonlocal first
            first = server.memory

        run_load(
            "text_load",
            server,
            on_line,
            connections=1,
            seconds=60.0,
            turns=turns + 1,
            max_turns=turns,
            report_at=turns // 4,
        )
        grown = (server.memory - first) / (turns - turns // 4)
    name = f"memory of a turn, in a conversation of {turns}"
    yield Figure("mock", name, "kB", grown / 1000, at_most=0.2)
