"""Processes of the sink and of the load generators."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.lab import ROOT
from benchmarks.mock.wire import pin
from voicelive_core.command_line.variables import API_KEY
from voicelive_loadtest.cli import command, environment
from voicelive_loadtest.results.run_result import read_result

_SETTLE_SECONDS = 1.0


@dataclass(frozen=True)
class Result:
    """Result of a round of calls.

    Attributes:
        callers: Number of callers.
        late_p99: 99th percentile of the lateness of frames, in milliseconds.
        frames: Number of frames sent.
        cpu: Used share of a core.
    """

    callers: int
    late_p99: float
    frames: int
    cpu: float

    @property
    def cpu_per_call(self) -> float:
        """CPU seconds per second of a call."""
        return self.cpu / self.callers


@contextmanager
def sink() -> Iterator[str]:
    """Run a `benchmarks.load.sink`; yield its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.sink"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


def our_callers(callers: int, ramp: float, seconds: float) -> Result:
    """Run `voicelive load` on the second core.

    Args:
        callers: Number of callers.
        ramp: Seconds in which they start.
        seconds: Measured time after the ramp.
    """
    with sink() as endpoint, TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        length = ramp + _SETTLE_SECONDS + seconds
        words = command(
            [
                *(f"--host={endpoint}", "--headless"),
                *(f"--users={callers}", f"--spawn-rate={max(1, callers / ramp):g}"),
                *(f"--run-time={length:.0f}s", "--stop-timeout=0", "--reset-stats"),
                *("--journeys=long_conversation", "--turns=100000", "--think=0"),
                *("--loglevel=ERROR", f"--result-file={file}"),
            ]
        )
        subprocess.run(
            words,
            check=False,
            cwd=ROOT,
            env={**environment(), API_KEY: "key"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: pin(1),
        )
        (health,) = read_result(file).generators.values()
    late = health.send_lateness
    return Result(callers, late.percentile(0.99), late.count, health.cpu)


def plain_callers(callers: int, ramp: float, seconds: float) -> Result:
    """Run the generator on plain gevent; the arguments are those of `our_callers`."""
    return _reference("plain", callers, ramp, seconds)


def bare_callers(callers: int, ramp: float, seconds: float) -> Result:
    """Run the bare generator; the arguments are those of `our_callers`."""
    return _reference("bare", callers, ramp, seconds)


def _reference(module: str, callers: int, ramp: float, seconds: float) -> Result:
    with sink() as endpoint:
        request = {
            "endpoint": endpoint,
            "callers": callers,
            "ramp": ramp,
            "seconds": seconds,
        }
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.load.{module}", json.dumps(request)],
            check=True,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
    return Result(callers, **json.loads(done.stdout))
