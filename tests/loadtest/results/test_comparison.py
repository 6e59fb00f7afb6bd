"""Comparison of two runs, and its command."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from tests.loadtest.results.test_report import make_report
from voicelive.cli import main
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.comparison import Change, compare_runs, read_run
from voicelive_loadtest.results.report import Report
from voicelive_loadtest.results.run_result import make_result
from voicelive_loadtest.results.verdict import Bound, Capacity


def report(
    ms: float, *, count: int = 200, failed: int = 0, callers: int = 40, gaps: int = 0
) -> Report:
    """Return the report of a run with these turns."""
    times = Histogram()
    for _ in range(count):
        times.add(ms)
    failures = {(Interval.TURN, "close.1011"): failed} if failed else {}
    counters = {"answers.heard": count, "answers.with gaps": gaps}
    result = make_result(Batch({Interval.TURN: times}, failures, counters), {}, 60, [])
    good = make_report()
    capacity = Capacity(bound=Bound.HOLDS, callers=callers, because="")
    verdict = msgspec.structs.replace(good.verdict, capacity=capacity)
    return msgspec.structs.replace(good, result=result, verdict=verdict)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The report of the earlier run."""
    return report(1000).write(tmp_path / "first")[1]


def changes(first: Path, second: Report, tolerance: float = 0.1) -> dict[str, Change]:
    """Return the change of each figure."""
    path = second.write(first.parent.parent / "second")[1]
    found = compare_runs(read_run(first), read_run(path), tolerance=tolerance)
    return {figure.name: figure.change for figure in found}


@pytest.mark.parametrize(
    ("ms", "change"),
    [
        (1100, Change.SAME),
        (1120, Change.WORSE),
        (900, Change.SAME),
        (880, Change.BETTER),
    ],
)
def test_latencies_have_a_tolerance(first: Path, ms: float, change: Change) -> None:
    """Each percentile is compared."""
    found = changes(first, report(ms))
    assert [found[f"turn {name}"] for name in ("p50", "p95", "p99")] == [change] * 3
    assert changes(first, report(ms), tolerance=0.2)["turn p50"] is Change.SAME


def test_small_differences_are_noise(tmp_path: Path) -> None:
    """Below 10 ms, whatever their ratio."""
    quick = report(5).write(tmp_path / "first")[1]
    assert changes(quick, report(14))["turn p95"] is Change.SAME
    assert changes(quick, report(16))["turn p95"] is Change.WORSE


def test_percentiles_of_few_samples_are_not_judged(first: Path) -> None:
    """They are shown."""
    found = changes(first, report(2000, count=19))
    assert found["turn p50"] is found["turn p95"] is Change.UNCERTAIN
    assert "turn p99" not in found
    found = changes(first, report(2000, count=20))
    assert found["turn p50"] is found["turn p95"] is Change.WORSE


def test_failures_gaps_and_capacity(first: Path) -> None:
    """More than a percentage point, and fewer callers, are worse."""
    found = changes(first, report(1000, failed=1, gaps=1, callers=37))
    assert set(found.values()) == {Change.SAME}
    found = changes(first, report(1000, failed=10, gaps=10, callers=30))
    for name in ("failed calls and turns", "answers with gaps", "capacity"):
        assert found[name] is Change.WORSE
    assert changes(first, report(1000, callers=50))["capacity"] is Change.BETTER


def test_the_command_prints_a_table(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its exit code says whether a figure is worse."""
    second = report(1200).write(tmp_path / "second")[1]
    words = ["load", "compare", str(first), str(second)]
    assert main(words) == ExitCode.THRESHOLD
    shown = capsys.readouterr().out
    assert re.search(r"^turn p95 +1000 ms +1200 ms +\+20 %  worse$", shown, re.M)
    assert max(map(len, shown.splitlines())) <= 80
    assert main([*words, "--tolerance=25"]) == ExitCode.OK
    assert "not worse (tolerance 25 %)" in capsys.readouterr().out


def test_the_command_lists_different_settings(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Callers, endpoint, profile and so on."""
    other = report(1000)
    facts = {**other.facts, "Model": "other"}
    points = [msgspec.structs.replace(point, callers=7) for point in other.over_time]
    other = msgspec.structs.replace(other, facts=facts, over_time=points)
    second = other.write(tmp_path / "second")[1]
    assert main(["load", "compare", str(first), str(second)]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["differs: callers: 52 / 7", "differs: Model: - / other"]


def test_results_can_be_compared(first: Path, tmp_path: Path) -> None:
    """Files of `--result-file` have no capacity."""
    report(1000).result.write(tmp_path / "result.json")
    assert main(["load", "compare", str(first), str(tmp_path / "result.json")]) == 0


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"seconds": "x"}', "\x00"])
def test_other_files_are_refused(
    content: str, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line."""
    other = tmp_path / "other.json"
    other.write_text(content, "utf-8")
    assert main(["load", "compare", str(first), str(other)]) == ExitCode.USAGE
    shown = capsys.readouterr().err
    assert shown.startswith(f"voicelive load compare: error: {other}: neither a")
    assert shown.count("\n") == 1
    assert main(["load", "compare", str(first), "missing.json"]) == ExitCode.USAGE
    assert "missing.json: No such file" in capsys.readouterr().err


def test_invalid_runs_cannot_be_compared(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their figures do not describe the service."""
    good = report(1000)
    verdict = msgspec.structs.replace(good.verdict, invalid=["busy"])
    bad = msgspec.structs.replace(good, verdict=verdict).write(tmp_path / "bad")[1]
    assert main(["load", "compare", str(first), str(bad)]) == ExitCode.FAILED
    assert "the run is invalid: busy" in capsys.readouterr().err


def test_the_help_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """It is that of `compare`, not of `load`."""
    with pytest.raises(SystemExit) as end:
        main(["load", "compare", "--help"])
    assert end.value.code == 0
    assert "--tolerance PERCENT" in capsys.readouterr().out
