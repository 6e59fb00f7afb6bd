"""Load tests with profiles, from the command to exit code and report.

All runs take place at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.loadtest.locust_process import LocustProcess, run_locust
from tests.loadtest.reference_service import Behaviour, reference_service
from tests.support.waiting import eventually
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.cli import command
from voicelive_loadtest.results.report import Report, read_report
from voicelive_loadtest.results.verdict import Bound, RunExitCode

pytestmark = pytest.mark.slow

# Short turns in text; other tests measure speech. The runs compete for the cores, so
# their lateness is not judged.
COMMON = """
[journeys]
text_only = 1
[calls]
turns = 2
think = 0
pause = 0.05
[generator]
lateness_ms = 10_000
cpu = 100
[thresholds]
error_rate = 0
"""
RAMP = "[shape]\nkind = 'ramp'\nusers = 2\nramp = 0\nhold = 1.5\n"
LONG_RAMP = RAMP.replace("1.5", "100")
STRICT = COMMON + "ms.'request to first text' = {p50 = 20}\n"
STEPS = "[shape]\nkind = 'steps'\nusers = 1\nmost = 3\nsettle = 0\nhold = 1.5\n"


@dataclass
class Run:
    """A finished run: exit code, output, report and its page."""

    code: int
    output: str
    report: Report | None = None
    page: str = ""

    @property
    def written(self) -> Report:
        """The report, which must have been written."""
        assert self.report is not None, self.output
        return self.report


@dataclass
class Runs:
    """Starts runs, each in its own directory.

    Attributes:
        folder: Parent of the directories.
    """

    folder: Path

    @contextlib.asynccontextmanager
    async def running(
        self, name: str, profile: str, words: list[str]
    ) -> AsyncIterator[LocustProcess]:
        """Run a command with the file `profile.toml` in its working directory."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "profile.toml").write_text(profile, "utf-8")
        async with run_locust(words, folder=folder) as process:
            yield process

    async def finished(self, name: str, process: LocustProcess) -> Run:
        """Wait for the end of a command; read its report, if any."""
        run = Run(*await process.end())
        out = self.folder / name / "out"
        if (data := out / "report.json").exists():
            run.report = read_report(data)
            run.page = (out / "report.html").read_text("utf-8")
        return run

    async def make_load(self, name: str) -> Run:
        """Run the command of `make load`, which starts a mock service."""
        words = [sys.executable, "-m", "voicelive_loadtest", "--profile=profile.toml"]
        words += ["--users=3", "--report=out"]
        async with self.running(name, RAMP + COMMON, words) as process:
            return await self.finished(name, process)

    async def locust(
        self, name: str, profile: str, *options: str, stop_after: int = 0
    ) -> Run:
        """Run `voicelive load`; send SIGTERM after a number of turns, if given."""
        async with reference_service(Behaviour(delay=0.05)) as service:
            words = ["--headless", f"--host={service.endpoint}"]
            words += ["--load-profile=profile.toml", *options]
            async with self.running(name, profile, command(words)) as process:
                if stop_after:
                    await eventually(lambda: service.counts.answered > stop_after)
                    process.send_signal(signal.SIGTERM)
                return await self.finished(name, process)


@contextlib.asynccontextmanager
async def mock_is_stopped(folder: Path) -> AsyncIterator[None]:
    """Check that a mock service is started below a directory, and stopped."""
    started = asyncio.create_task(_wait_for_mocks(folder, expected=True))
    try:
        yield
        await asyncio.wait_for(started, 30)
        await asyncio.wait_for(_wait_for_mocks(folder, expected=False), 30)
    finally:
        started.cancel()


async def _wait_for_mocks(folder: Path, *, expected: bool) -> None:
    while True:
        if bool(await _mocks(folder)) is expected:
            return
        await asyncio.sleep(0.1)


async def _mocks(folder: Path) -> list[str]:
    """Return the ids of mock services started by the runs below a directory."""
    process = await asyncio.create_subprocess_exec(
        *("pgrep", "-f", "voicelive mock --port=0 --api-key=load-test-key"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return [pid for pid in output.decode().split() if _is_below(pid, folder)]


def _is_below(pid: str, folder: Path) -> bool:
    """Return whether a process works below a directory, unlike those of other tests."""
    if not Path("/proc/self").is_dir():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder.resolve())
    except OSError:
        return False  # it has just ended


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All runs by name."""
    start = Runs(tmp_path_factory.mktemp("runs"))

    async def run_all() -> tuple[Run, ...]:
        async with asyncio.timeout(120), mock_is_stopped(start.folder):
            return await asyncio.gather(
                start.make_load("make load"),
                start.locust("broken", RAMP + STRICT),
                start.locust("bottleneck", RAMP + STRICT, "--most-cpu=0.0001"),
                start.locust("steps", STEPS + COMMON, "--users=2", "--report=out"),
                start.locust("terminated", LONG_RAMP + COMMON, stop_after=5),
            )

    names = ("make load", "broken", "bottleneck", "steps", "terminated")
    return dict(zip(names, asyncio.run(run_all()), strict=True))


def test_make_load_starts_a_mock_service(runs: dict[str, Run]) -> None:
    """The run passes, and summary, capacity and paths are printed last."""
    run = runs["make load"]
    assert run.code == RunExitCode.OK, run.output
    assert run.written.result.times(Interval.TURN).count > 2
    assert "PASSED (exit code 0)" in run.output
    assert "holds at least 3 callers" in run.output
    assert run.output.rstrip().splitlines()[-1].endswith("report.json")
    assert "PASSED" in run.page
    assert run.page.count("data-chart=") >= 4
    assert "Traceback" not in run.output
    # One table, without a terminal after lines with the progress.
    assert len(re.findall(r"^ +count +failed +p50", run.output, re.M)) == 1
    assert "Aggregated" not in run.output


def test_a_broken_threshold_fails_the_run(runs: dict[str, Run]) -> None:
    """The summary has figure and limit, and the exit code is that of thresholds."""
    run = runs["broken"]
    assert run.code == RunExitCode.THRESHOLD, run.output
    assert re.search(
        r"BROKEN  request to first text p50: [\d.]+ ms \(limit 20 ms\)", run.output
    )
    assert "holds fewer than 2 callers" in run.output


def test_a_busy_generator_invalidates_the_run(runs: dict[str, Run]) -> None:
    """Options override the profile, and an invalid run has its own exit code."""
    run = runs["bottleneck"]
    assert run.code == RunExitCode.GENERATOR, run.output
    assert "INVALID: the process used" in run.output
    assert "capacity unknown: the process used" in run.output


def test_steps_end_with_the_maximum_of_callers(runs: dict[str, Run]) -> None:
    """Each step has calls of its own, and the capacity is that of the last one."""
    run = runs["steps"]
    assert run.code == RunExitCode.OK, run.output
    verdict = run.written.verdict
    assert [step.callers for step in verdict.steps] == [1, 2]
    assert all(step.tried > 0 for step in verdict.steps)
    assert verdict.capacity.callers == 2
    # The first point may precede the first caller.
    callers = [point.callers for point in run.written.over_time if point.callers]
    assert (callers[0], max(callers)) == (1, 2)


def test_sigterm_ends_a_run_with_a_verdict(runs: dict[str, Run]) -> None:
    """Also during a load shape."""
    run = runs["terminated"]
    assert run.code == RunExitCode.OK, run.output
    assert "PASSED" in run.output


SEARCH = """
[shape]
kind = "search"
users = 20
most = 48
rate = 100
settle = 0.5
hold = 2.5
[journeys]
text_only = 1
[calls]
turns = 1000
think = 0
[generator]
lateness_ms = 10_000
cpu = 100
[thresholds]
error_rate = 0.1
ms."request to first text" = { p95 = 600 }
"""


async def test_a_search_finds_the_capacity(tmp_path: Path) -> None:
    """The service answers slowly once more than 40 calls are open."""
    behaviour = Behaviour(delay=0.2, capacity=40, overload_delay=1.0)
    (tmp_path / "search.toml").write_text(SEARCH, "utf-8")
    async with reference_service(behaviour) as service:
        words = ["--headless", f"--host={service.endpoint}", "--stop-timeout=0"]
        words += ["--load-profile=search.toml", "--find-capacity", "--report=out"]
        async with run_locust(command(words), folder=tmp_path) as process:
            code, output = await process.end()
    assert code == RunExitCode.OK, output
    capacity = read_report(tmp_path / "out" / "report.json").verdict.capacity
    assert capacity.bound is Bound.HOLDS, output
    assert abs(capacity.callers - 40) <= 2, output
    assert "request to first text p95" in capacity.because
    assert "of 2 times" in output


async def test_a_service_that_is_unreachable_ends_the_command() -> None:
    """Before the first caller, with one line."""
    words = ["--headless", "--host=http://127.0.0.1:9", "--loglevel=WARNING"]
    async with run_locust(command(words)) as process:
        code, output = await process.end()
    assert code == ExitCode.NO_CONNECTION
    assert re.fullmatch(r"voicelive load: error: cannot connect to .*\n", output)


async def test_a_run_whose_calls_are_all_refused_stops() -> None:
    """It is invalid, with the reason, and has no capacity."""
    behaviour = Behaviour(refuse_every=1, refuse_status=401)
    async with reference_service(behaviour) as service:
        words = ["--headless", "--skip-check", f"--host={service.endpoint}"]
        words += ["--users=6", "--spawn-rate=6", "--run-time=100s", "--most-cpu=100"]
        async with run_locust(command(words)) as process:
            code, output = await process.end()
    assert code == ExitCode.UNAUTHORIZED, output
    assert "INVALID: the service rejected the key" in output
    assert re.search(r"calls failed with refused\.401", output)
    assert "capacity unknown" in output


async def test_an_unknown_profile_ends_the_command() -> None:
    """Before any call, with the names of the built-in profiles."""
    words = ["--headless", "--host=http://127.0.0.1:9", "--load-profile=nonsense"]
    async with run_locust(command(words)) as process:
        code, output = await process.end()
    assert code == 2
    assert "nonsense: neither a file nor a built-in profile (capacity" in output
