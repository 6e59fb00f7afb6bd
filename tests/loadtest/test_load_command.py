"""Load tests with profiles, from the command to the exit code and the report.

All runs take place at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.loadtest.reference_service import Behaviour, reference_service
from tests.support.waiting import eventually
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.callers.settings import API_KEY
from voicelive_loadtest.cli import command, environment
from voicelive_loadtest.results.report import Report, read_report
from voicelive_loadtest.results.verdict import RunExitCode

pytestmark = pytest.mark.slow

# Quick turns in writing; other tests measure speech. The machine is shared by all runs.
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
SLOW = COMMON + "ms.'request to first text' = {p50 = 20}\n"
STEPS = "[shape]\nkind = 'steps'\nusers = 1\nmost = 3\nsettle = 0\nhold = 2\n"


@dataclass
class Run:
    """A run that is over."""

    code: int
    output: str
    report: Report | None = None
    page: str = ""

    @property
    def written(self) -> Report:
        """The report, where there is to be one."""
        assert self.report is not None, self.output
        return self.report


@dataclass
class Runs:
    """All runs, by what they are about."""

    folder: Path

    async def run(
        self, name: str, profile: str, words: list[str], **variables: str
    ) -> Run:
        """Run a command, with a profile in a file, to its end."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "profile.toml").write_text(profile, "utf-8")
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            env={**os.environ, **variables},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await process.communicate()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode is not None
        run = Run(process.returncode, output.decode())
        data, page = folder / "out" / "report.json", folder / "out" / "report.html"
        if data.exists():
            run.report, run.page = read_report(data), page.read_text("utf-8")
        return run

    async def terminated(self) -> Run:
        """Run `voicelive load`, and terminate it as soon as there were turns."""
        profile = self.folder / "long.toml"
        profile.write_text(RAMP.replace("1.5", "100") + COMMON, "utf-8")
        async with reference_service(Behaviour(delay=0.05)) as service:
            given = ["--headless", "--only-summary", f"--host={service.endpoint}"]
            given += [f"--load-profile={profile}"]
            process = await asyncio.create_subprocess_exec(
                *command(given),
                env={**environment(), API_KEY: "key"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                await eventually(lambda: service.counts.answered > 5)
            finally:
                process.terminate()
                output, _ = await process.communicate()
        assert process.returncode is not None
        return Run(process.returncode, output.decode())

    async def locust(self, name: str, profile: str, *words: str) -> Run:
        """Run `voicelive load` against a service that answers at once."""
        async with reference_service(Behaviour(delay=0.05)) as service:
            given = ["--headless", "--only-summary", f"--host={service.endpoint}"]
            given += ["--load-profile=profile.toml", *words]
            return await self.run(
                name, profile, command(given), **{**environment(), API_KEY: "key"}
            )


@contextlib.asynccontextmanager
async def no_orphans(folder: Path) -> AsyncIterator[None]:
    """Check that there is a mock service, and none is left when all is over."""
    there = asyncio.create_task(_wait_for_mocks(folder, some=True))
    try:
        yield
        await asyncio.wait_for(there, 30)
        await asyncio.wait_for(_wait_for_mocks(folder, some=False), 30)
    finally:
        there.cancel()


async def _wait_for_mocks(folder: Path, *, some: bool) -> None:
    while True:
        if bool(await _mocks(folder)) is some:
            return
        await asyncio.sleep(0.1)


async def _mocks(folder: Path) -> list[str]:
    """Return the mock services that the runs in a folder have started."""
    process = await asyncio.create_subprocess_exec(
        *("pgrep", "-f", "voicelive mock --port=0 --api-key=load-test-key"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return [pid for pid in output.decode().split() if _works_in(pid, folder)]


def _works_in(pid: str, folder: Path) -> bool:
    """Whether a process works in a folder: others may have mock services too."""
    if not Path("/proc/self").is_dir():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder.resolve())
    except OSError:
        return False  # it has just ended


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All runs, by name."""
    all_of_them = Runs(tmp_path_factory.mktemp("runs"))
    alone = [
        sys.executable,
        "-m",
        "voicelive_loadtest",
        "--profile=profile.toml",
        "--users=3",
    ]
    alone.append("--report=out")

    async def run_all() -> dict[str, Run]:
        names = ("make load", "broken", "bottleneck", "steps", "terminated")
        async with asyncio.timeout(120), no_orphans(all_of_them.folder):
            found = await asyncio.gather(
                all_of_them.run("make load", RAMP + COMMON, alone),
                all_of_them.locust("broken", RAMP + SLOW),
                all_of_them.locust("bottleneck", RAMP + SLOW, "--most-cpu=0.0001"),
                all_of_them.locust(
                    "steps", STEPS + COMMON, "--users=2", "--report=out"
                ),
                all_of_them.terminated(),
            )
        return dict(zip(names, found, strict=True))

    return asyncio.run(run_all())


def test_a_load_test_with_its_own_mock(runs: dict[str, Run]) -> None:
    """As `make load`: it passes, and prints summary and capacity at the very end."""
    run = runs["make load"]
    assert run.code == RunExitCode.OK, run.output
    assert run.written.result.times(Interval.TURN).count > 2
    assert "PASSED (exit code 0)" in run.output
    assert "holds at least 3 calls: no threshold was broken" in run.output
    assert run.output.rstrip().splitlines()[-1].endswith("report.json")
    assert "PASSED" in run.page
    assert run.page.count("<svg") >= 4
    assert "Traceback" not in run.output


def test_a_broken_threshold(runs: dict[str, Run]) -> None:
    """It is named with figure and limit, and has its own exit code."""
    run = runs["broken"]
    assert run.code == RunExitCode.THRESHOLD, run.output
    assert re.search(
        r"BROKEN  request to first text p50: [\d.]+ ms \(limit 20 ms\)", run.output
    )
    assert "holds fewer than 2 calls" in run.output


def test_a_busy_generator(runs: dict[str, Run]) -> None:
    """What is given by hand overrides the profile; an invalid run has its own code."""
    run = runs["bottleneck"]
    assert run.code == RunExitCode.GENERATOR, run.output
    assert "INVALID: the process used" in run.output
    assert "capacity unknown: the process used" in run.output


def test_steps(runs: dict[str, Run]) -> None:
    """Step by step up to the most callers, each with calls of its own."""
    run = runs["steps"]
    assert run.code == RunExitCode.OK, run.output
    verdict = run.written.verdict
    assert [step.callers for step in verdict.steps] == [1, 2]
    assert all(step.tried > 0 for step in verdict.steps)
    assert verdict.capacity.callers == 2
    # In the moment before the first of them comes, a point can have none.
    callers = [point.callers for point in run.written.over_time if point.callers]
    assert (callers[0], max(callers)) == (1, 2)


def test_a_terminated_run(runs: dict[str, Run]) -> None:
    """In the middle of a shape too, a signal ends the run with a verdict."""
    run = runs["terminated"]
    assert run.code == RunExitCode.OK, run.output
    assert "PASSED" in run.output


async def test_a_wrong_profile_ends_the_command() -> None:
    """Before anything is called, with what is wrong."""
    given = ["--headless", "--host=http://127.0.0.1:9", "--load-profile=nonsense"]
    process = await asyncio.create_subprocess_exec(
        *command(given),
        env={**environment(), API_KEY: "key"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 2
    assert "nonsense: no such file, and none of the profiles quick" in output.decode()
