"""Benchmark of the mock service, with its expectations."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from statistics import median

from benchmarks.lab import Lab
from benchmarks.mock.processes import Server, aimock_server, mock_server, run_load
from benchmarks.results import Figure

_CONNECTIONS = 50
_TURNS = 20
"""Turns of a conversation. aimock needs more time for each further turn."""

_REQUIRED_SESSIONS = 700
_MAX_LATE_MS = 50
_MAX_KB = 100


def measure(lab: Lab) -> Iterator[Figure]:
    """Measure conversations in text and in speech, and a long one."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        print("mock: skipped, requires Linux and two cores", file=sys.stderr)
        return
    yield from _text(lab)
    for sessions in lab.effort.voice_sessions:
        yield from _voice(lab, sessions)
    yield from _long(lab)


def _text(lab: Lab) -> Iterator[Figure]:
    effort = lab.effort
    with mock_server(float("inf")) as ours, aimock_server() as aimock:
        servers = {"ours": ours, "aimock": aimock}
        for server in servers.values():
            _chat(server, effort.text_seconds / 3)  # warm-up
        # Other load on the host can slow all processes for a moment: rounds alternate
        # between the servers, and each is compared with its neighbour.
        rounds = [
            {
                name: _chat(server, effort.text_seconds)
                for name, server in servers.items()
            }
            for _ in range(effort.text_rounds)
        ]
    usual = {
        name: sorted((one[name] for one in rounds), key=lambda result: result["rate"])[
            len(rounds) // 2
        ]
        for name in servers
    }
    what = f"text, {_CONNECTIONS} connections"
    for name, unit, key, factor in (
        ("turns", "1/s", "rate", 1),
        ("a turn, median", "ms", "p50", 1e3),
        ("a turn, p99", "ms", "p99", 1e3),
        ("CPU time of a turn", "us", "cpu", 1e6),
    ):
        reference = usual["aimock"][key] * factor
        yield Figure(
            "mock",
            f"{what}: {name}",
            unit,
            usual["ours"][key] * factor,
            reference=("aimock", reference),
        )
    ratio = median(one["ours"]["rate"] / one["aimock"]["rate"] for one in rounds)
    yield Figure("mock", f"{what}: turns, ours/aimock", "x", ratio, at_least=3)


def _chat(server: Server, seconds: float) -> dict[str, float]:
    before = server.cpu
    result = run_load(
        "text_load", server, connections=_CONNECTIONS, seconds=seconds, turns=_TURNS
    )
    result["rate"] = result["turns"] / result["seconds"]
    result["cpu"] = (server.cpu - before) / result["turns"]
    return result


def _voice(lab: Lab, sessions: int) -> Iterator[Figure]:
    effort = lab.effort
    # Other load on the host can stop all processes for a moment.
    rounds = [_talk(lab, sessions) for _ in range(effort.voice_rounds)]
    rounds.sort(key=lambda result: result["p99"])
    result = rounds[len(rounds) // 2]
    required = sessions >= _REQUIRED_SESSIONS
    for name, unit, key, factor, at_most in (
        ("late deltas, p99", "ms", "p99", 1e3, _MAX_LATE_MS if required else None),
        ("late deltas, worst", "ms", "worst", 1e3, None),
        ("late appends of the load, p99", "ms", "own_p99", 1e3, None),
        ("deltas of a session", "1/s", "rate", 1, None),
        ("CPU time of a session for a second", "ms", "cpu", 1e3, None),
        ("memory of a session", "kB", "memory", 1e-3, _MAX_KB if required else None),
    ):
        value = result[key] * factor
        yield Figure("mock", f"{sessions} voices: {name}", unit, value, at_most=at_most)


def _talk(lab: Lab, sessions: int) -> dict[str, float]:
    effort = lab.effort
    seen: dict[str, tuple[float, int]] = {}
    with mock_server(1.0) as server:
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
