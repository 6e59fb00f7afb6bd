"""The vendor's live suite against the mock service: `python -m tests.live_suite`.

The SDK and its dependencies are downloaded into `build/`, pinned by hashes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.live_suite.assets import FILLER, LAKE, WEATHER, write_assets
from tools.environments import BUILD, fetch_source, make_environment
from voicelive_mockserver import MockServer

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_SDK = _ROOT / "tests" / "integration" / "samples" / "requirements.txt"
_FOLDER = BUILD / "live-suite"

CLIENTS = ("official", "ours")
MIN_PASSED = 235
"""Of 237 tests, without those that the suite itself skips."""

# The tests mostly wait for fixed times.
_WORKERS = 12

_SCENARIO = f"""\
turns:
  - heard: {{text: "{LAKE}", audio: largest_lake.wav}}
    times: 100
    reply: >-
      The largest lake in the world by area is the Caspian Sea, which lies between
      Europe and Asia. The largest lake of fresh water is Lake Superior.
  - heard: {{text: "{WEATHER}", audio: ask_weather.wav}}
    times: 100
    match: there is no such text
    reply: []
  - heard: {{text: "{FILLER}", audio: filler_word_24kHz.wav}}
    times: 100
    match: there is no such text
    reply: []
# A model follows its instructions; the built-in replies depend on the transcript.
transcript: Assess my pronunciation of the north wind and the sun.
"""


def main() -> int:
    """Run the suite with the selected clients."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.live_suite", description=__doc__
    )
    parser.add_argument("--client", choices=(*CLIENTS, "both"), default="both")
    parser.add_argument("--workers", type=int, default=_WORKERS)
    parser.add_argument("-k", default="", help="only tests that match, as for pytest")
    options = parser.parse_args()
    python = make_environment("live-suite", _HERE / "requirements.txt")
    source = fetch_source(_SDK)
    suite = _prepare(source)
    good = True
    for client in CLIENTS if options.client == "both" else (options.client,):
        report = _FOLDER / f"{client}.xml"
        command = [str(python), "-m", "pytest", "tests/live", "-q", "--tb=line"]
        command += ["-n", str(options.workers), "-p", "no:cacheprovider"]
        command += [f"--junitxml={report}", "-k", options.k]
        if client == "ours":
            command += ["-p", "our_client"]
        report.unlink(missing_ok=True)
        code = asyncio.run(_serve_and_run(command, suite))
        if code not in (0, 1):
            print(f"{client} client: pytest exited with {code}")
            return 1
        good = _report(client, report, whole=not options.k) and good
    return 0 if good else 1


def _prepare(source: Path) -> Path:
    """Prepare the tests and their recordings; return the folder to run them in."""
    suite = _FOLDER / "suite"
    shutil.rmtree(suite, ignore_errors=True)
    suite.mkdir(parents=True)
    shutil.copytree(source / "tests", suite / "tests")
    shutil.copy(source / "pyproject.toml", suite)
    assets = suite / "tests" / "asset"
    assets.mkdir()
    write_assets(assets)
    (assets / "scenario.yaml").write_text(_SCENARIO)
    return suite


async def _serve_and_run(command: list[str], suite: Path) -> int:
    """Run a command with the mock service; return its exit code."""
    scenario = suite / "tests" / "asset" / "scenario.yaml"
    async with MockServer(scenario=scenario) as server:
        path = [_HERE / "stand_ins", _ROOT, _ROOT / "core", _ROOT / "generated"]
        settings = {
            "AI_SERVICES_ENDPOINT": server.endpoint,
            "AI_SERVICES_KEY": server.api_key,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
        }
        process = await asyncio.create_subprocess_exec(
            *command, cwd=suite, env=os.environ | settings, stdout=subprocess.DEVNULL
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


def _report(client: str, report: Path, *, whole: bool) -> bool:
    """Print the result; return whether enough tests have passed."""
    # A retried test is listed several times: the last one counts.
    cases = {
        f"{case.get('classname')}.{case.get('name')}": case
        for case in ElementTree.parse(report).getroot().iter("testcase")
    }
    problems = {
        name: problem.get("message", "")
        for name, case in cases.items()
        for problem in case
        if problem.tag in ("failure", "error")
    }
    skipped = sum(case.find("skipped") is not None for case in cases.values())
    live = len(cases) - skipped
    passed = live - len(problems)
    print(
        f"{client} client: {passed} of {live} passed; the suite itself skips {skipped}"
    )
    for name, reason in problems.items():
        short = name.removeprefix("tests.live.")
        print(f"  {short}: {' '.join(reason.split())[:300]}")
    return passed >= MIN_PASSED if whole else not problems


if __name__ == "__main__":
    sys.exit(main())
