"""Smoke tests of the benchmarks: all rows are measured, regardless of their values."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import main
from benchmarks.capacity import search
from benchmarks.mock.processes import mock_server, run_load
from benchmarks.noise import Rounds
from benchmarks.payloads import SESSION_CREATED, TO_DECODE
from benchmarks.results import Figure, Row, close_to_bare, faster_than_official
from voicelive.models import decode_server_event

ROWS = [
    ("decode", "response.audio.delta"),
    ("decode", "response.audio_transcript.delta"),
    ("decode", "response.done"),
    ("decode", "session.updated"),
    ("decode", "a spoken reply"),
    ("encode", "input_audio_buffer.append"),
    ("receive", "spoken replies, CPU time"),
    ("receive", "spoken replies, time that passes"),
    ("import", "voicelive.aio"),
]
FIGURES = [
    "first import: time",
    "first import: ours/aiohttp",
    "fixture and a text turn: time",
    "fixture and a text turn: ours/aiohttp",
    "text, 50 connections: turns",
    "text, 50 connections: a turn, median",
    "text, 50 connections: a turn, p99",
    "text, 50 connections: CPU time of a turn",
    "text, 50 connections: CPU time, ours/bare",
    "text, 50 connections: CPU time, aimock/ours",
    "5 voices: late deltas, p99",
    "5 voices: late deltas, worst",
    "5 voices: late appends of the load, p99",
    "5 voices: deltas of a session",
    "5 voices: CPU time of a session for a second",
    "5 voices: CPU time, ours/bare",
    "5 voices: memory of a session",
    "voices of a core, late deltas p99 < 50 ms",
    "memory of a turn, in a conversation of 100",
    "5 callers: late frames, p99",
    "5 callers: late frames, p99",
    "5 callers: CPU time of a call for a second",
    "5 callers: CPU time, ours/bare",
    "5 callers: CPU time, plain gevent/ours",
    "callers of a core, late frames p99 < 20 ms",
    "spoken replies of 2 s, CPU time with/without",
    "spoken replies of 10 s, CPU time with/without",
]


def test_every_row_is_measured(
    tmp_path: Path,
    sdk_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A quick run prints and writes every row, with a time for each candidate."""
    monkeypatch.setenv("VOICELIVE_SDK_CACHE", str(sdk_cache))
    file = tmp_path / "results.json"
    assert main(["--quick", "--no-fail", "--json", str(file)]) == 0
    rows = json.loads(file.read_text())["rows"]
    table = capsys.readouterr().out
    figures = rows[len(ROWS) :]
    if hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1:
        assert [figure["name"] for figure in figures] == FIGURES
    for figure in figures:
        assert f"{figure['group']}: {figure['name']}" in table
    for row, (group, name) in zip(rows[: len(ROWS)], ROWS, strict=True):
        assert row["group"] == group
        assert row["name"].startswith(name)
        assert f"{group}: {row['name']}" in table
        assert min(row["ours"], row["bare"], row["official"]) > 0


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="requires pinned processes"
)
def test_a_turn_is_measured_however_short_the_time() -> None:
    """A pause of the machine during the measured time does not fail a benchmark."""
    with mock_server(float("inf")) as server:
        result = run_load("text_load", server, connections=2, seconds=0.0, turns=5)
    assert result["turns"] >= 1
    assert 0 < result["p50"] <= result["seconds"]


@pytest.mark.parametrize("what", TO_DECODE)
def test_frames_are_typed_events(what: str) -> None:
    """Frames to decode have known types only, and the field that is read."""
    for text, field in [SESSION_CREATED, *TO_DECODE[what]]:
        event = decode_server_event(text, strict=True)
        assert event[field] is not None


def test_missed_expectation_is_named() -> None:
    """A row names its missed expectations, and the run does not meet them."""
    seconds = {"ours": 2e-6, "bare": 1e-6, "official": 20e-6}
    row = Row.of(
        "decode", "event", "us", seconds, faster_than_official(10), close_to_bare(1.9)
    )
    assert row.missed == ["ours/bare <= 1.9"]
    line = report.line(row)
    assert "official/ours >= 10 ok, ours/bare <= 1.9 MISSED" in line
    assert report.as_dict({}, [row])["expectations_met"] is False


def test_a_figure_has_bounds() -> None:
    """A figure beyond its bound is missed, and shows its reference."""
    figure = Figure("mock", "x", "ms", 3.0, at_most=2, reference=("aimock", 9.0))
    assert figure.missed == ["<= 2"]
    assert report.line(figure).endswith("aimock 9.00, <= 2 MISSED")
    assert not Figure("mock", "x", "ms", 3.0, at_least=2, at_most=3).missed


@pytest.mark.parametrize("capacity", [0, 40, 99, 100, 470, 500, 3000])
def test_the_capacity_is_found(capacity: int) -> None:
    """A search ends at the capacity, to a step below it, and at its largest load."""
    tried: list[int] = []

    def holds(load: int) -> bool:
        tried.append(load)
        return load <= capacity

    found = search(holds, start=100, step=50, most=1600)
    assert found == min(capacity // 50 * 50, 1600)
    assert max(tried) <= 1600


def test_a_disturbed_try_is_repeated() -> None:
    """A load that holds at the second try holds."""
    tries = iter([True, False, True, False, False, False, False, False, False])
    assert search(lambda load: next(tries), start=100, step=50, most=1600) == 200


def test_disturbed_rounds_are_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The quiet rounds count, and the report says how many were repeated."""
    shares = iter([0.0, 0.5, 0.0, 0.0])
    monkeypatch.setattr(
        "benchmarks.noise.NoiseMeter.share", property(lambda meter: next(shares))
    )
    rounds, numbers = Rounds(limit=0.1), iter(range(10))
    assert rounds.run(3, lambda: next(numbers)) == [0, 2, 3]
    rounds.report("mock")
    assert "4 rounds measured, 1 repeated" in capsys.readouterr().err


def test_the_least_disturbed_rounds_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the number of rounds is limited."""
    shares = iter([0.9, 0.5, 0.7, 0.6])
    monkeypatch.setattr(
        "benchmarks.noise.NoiseMeter.share", property(lambda meter: next(shares))
    )
    rounds, numbers = Rounds(limit=0.1), iter(range(10))
    assert rounds.run(2, lambda: next(numbers)) == [1, 3]
    assert (rounds.measured, rounds.repeated, rounds.disturbed) == (4, 2, 2)
