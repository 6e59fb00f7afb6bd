"""Soak test: memory of the mock service and the load generator over a long run.

`python -m benchmarks.soak [--minutes 40] [--callers 50]` runs `voicelive load` against
the mock service, each in a process of its own, and samples their resident memory. After
a quarter of the time, everything with a limit has reached it: from then on, memory must
not grow. Exits with 1 if it does. Linux only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass, field
from statistics import linear_regression
from tempfile import TemporaryDirectory

from benchmarks.lab import ROOT
from benchmarks.mock.processes import mock_server, resident_bytes
from voicelive_core.command_line.variables import API_KEY
from voicelive_loadtest.cli import command, environment

_SAMPLE_SECONDS = 10.0
_MAX_KB_PER_MINUTE = 50.0
_MODEL = "gpt-realtime"


@dataclass
class _Memory:
    """Resident memory of a process over time.

    Attributes:
        name: What the process is.
        pid: Its identifier.
        samples: Minutes since the start, and megabytes.
    """

    name: str
    pid: int
    samples: list[tuple[float, float]] = field(default_factory=list)

    def sample(self, minutes: float) -> None:
        self.samples.append((minutes, resident_bytes(self.pid) / 1e6))

    def growth(self, after: float) -> float:
        """Return the growth in kilobytes per minute, after a number of minutes."""
        times, values = zip(
            *(one for one in self.samples if one[0] >= after), strict=True
        )
        return linear_regression(times, values).slope * 1e3


def main(arguments: list[str] | None = None) -> int:
    """Run the soak test, and print samples and growth.

    Returns:
        Exit code: 1 if a process has grown.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak",
        description="Watch the memory of the mock service and the load generator.",
    )
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--callers", type=int, default=50)
    options = parser.parse_args(arguments)
    with mock_server(1.0) as server, TemporaryDirectory() as folder:
        port = server.address["port"]
        words = command(
            [
                *(f"--host=http://127.0.0.1:{port}", "--headless", f"--model={_MODEL}"),
                *(f"--users={options.callers}", f"--spawn-rate={options.callers}"),
                *(f"--run-time={options.minutes * 60:.0f}s", "--loglevel=ERROR"),
                f"--result-file={folder}/result.json",
            ]
        )
        with subprocess.Popen(
            words,
            cwd=ROOT,
            env={**environment(), API_KEY: "key"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as generator:
            memories = [
                _Memory("mock service", server.pid),
                _Memory("load generator", generator.pid),
            ]
            _watch(memories, generator, options.minutes)
            generator.terminate()
    return _report(memories, options.minutes / 4)


def _watch(
    memories: list[_Memory], generator: subprocess.Popen[bytes], minutes: float
) -> None:
    start = time.monotonic()
    print("minutes " + " ".join(f"{memory.name:>15}" for memory in memories))
    shown = -1
    while (passed := (time.monotonic() - start) / 60) < minutes:
        if generator.poll() is not None:
            break
        for memory in memories:
            memory.sample(passed)
        if int(passed) > shown:
            shown = int(passed)
            values = " ".join(f"{one.samples[-1][1]:12.1f} MB" for one in memories)
            print(f"{shown:7} {values}", flush=True)
        time.sleep(min(_SAMPLE_SECONDS, minutes * 6))


def _report(memories: list[_Memory], after: float) -> int:
    grown = False
    for memory in memories:
        growth = memory.growth(after)
        misses = growth > _MAX_KB_PER_MINUTE
        grown |= misses
        verdict = "GROWS" if misses else "ok"
        print(
            f"{memory.name}: {growth:.0f} kB a minute after {after:g} minutes, "
            f"at most {_MAX_KB_PER_MINUTE:.0f}: {verdict}"
        )
    return int(grown)


if __name__ == "__main__":
    sys.exit(main())
