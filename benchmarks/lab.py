"""Processes of the candidates, and alternating rounds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.timing import Timing
from tools.official_sdk import NEWEST, cache_folder, install

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Effort:
    """Sizes of the measurements. Times are in seconds.

    Attributes:
        codec_rounds: Rounds of each candidate per codec row.
        codec_seconds: CPU time of such a round.
        receive_rounds: Rounds of receiving.
        receive_events: Events of such a round.
        import_rounds: Fresh interpreters per import.
        test_rounds: Tests with the mock service.
        text_rounds: Rounds of text conversations with a mock service.
        text_seconds: Length of such a round.
        voice_sessions: Numbers of concurrent voice sessions.
        voice_rounds: Rounds with each number, of which the median counts.
        voice_ramp: Time in which the sessions start.
        voice_seconds: Measured time of each round.
        long_turns: Turns of a long conversation.
        load_callers: Number of concurrent callers of each load generator.
        load_rounds: Rounds of them, of which the median counts.
        load_ramp: Time in which the callers start.
        load_seconds: Measured time of each round.
        capacity_start: First number of sessions or callers in a search for the limit.
        capacity_step: Accuracy of the search.
        most: Largest number that is tried.
        disturbance: Share of its time that other processes may take from a round.
    """

    codec_rounds: int
    codec_seconds: float
    receive_rounds: int
    receive_events: int
    import_rounds: int
    test_rounds: int
    text_rounds: int
    text_seconds: float
    voice_sessions: tuple[int, ...]
    voice_rounds: int
    voice_ramp: float
    voice_seconds: float
    long_turns: int
    load_callers: int
    load_rounds: int
    load_ramp: float
    load_seconds: float
    capacity_start: int
    capacity_step: int
    most: int
    disturbance: float


FULL = Effort(
    codec_rounds=25,
    codec_seconds=0.02,
    receive_rounds=31,
    receive_events=3500,
    import_rounds=11,
    test_rounds=30,
    text_rounds=9,
    text_seconds=1.5,
    voice_sessions=(200,),
    voice_rounds=3,
    voice_ramp=9.6,
    voice_seconds=9.6,
    long_turns=2000,
    load_callers=200,
    load_rounds=3,
    load_ramp=6.0,
    load_seconds=8.0,
    capacity_start=100,
    capacity_step=50,
    most=1600,
    disturbance=0.1,
)
QUICK = Effort(
    codec_rounds=2,
    codec_seconds=0.002,
    receive_rounds=1,
    receive_events=70,
    import_rounds=1,
    test_rounds=2,
    text_rounds=1,
    text_seconds=0.2,
    voice_sessions=(5,),
    voice_rounds=1,
    voice_ramp=0.5,
    voice_seconds=3.5,
    long_turns=100,
    load_callers=5,
    load_rounds=1,
    load_ramp=0.5,
    load_seconds=0.5,
    capacity_start=5,
    capacity_step=5,
    most=0,
    disturbance=inf,
)


class Worker:
    """A `benchmarks.worker` process."""

    def __init__(self, candidate: str, env: Mapping[str, str]) -> None:
        self._candidate = candidate
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", candidate],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=env,
        )

    def ask(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Send a request, and return the response.

        Raises:
            RuntimeError: The process has failed; the reason is on standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = json.dumps({"action": action, **arguments})
        with suppress(BrokenPipeError):  # there is no answer either
            print(request, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process of {self._candidate!r} has failed")
        result: dict[str, Any] = json.loads(answer)
        return result

    def time(self, action: str, **arguments: Any) -> Timing:
        """Send a request for a measurement, and return it."""
        return Timing(**self.ask(action, **arguments))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # The process exits at the end of its input.
        with suppress(BrokenPipeError):
            self._process.__exit__(exc_type, exc, traceback)


class Lab:
    """The running candidates.

    Attributes:
        effort: Sizes of the measurements.
        envs: The environment variables of each candidate.
        workers: The process of each candidate.

    Raises:
        SdkUnavailable: The official SDK cannot be installed.
    """

    def __init__(self, effort: Effort) -> None:
        self.effort = effort
        own = dict(os.environ)
        official = own | {"PYTHONPATH": str(install(NEWEST, cache_folder()))}
        self.envs = {"ours": own, "bare": own, "official": official}
        self.workers: dict[str, Worker] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for name, env in self.envs.items():
                self.workers[name] = stack.enter_context(Worker(name, env))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(exc_type, exc, traceback)

    def alternate(
        self, rounds: int, measure: Callable[[str, Worker], Timing]
    ) -> dict[str, list[Timing]]:
        """Run rounds, each of which measures every candidate once."""
        timings: dict[str, list[Timing]] = {name: [] for name in self.workers}
        for _ in range(rounds):
            for name, worker in self.workers.items():
                timings[name].append(measure(name, worker))
        return timings


@contextmanager
def flood_server() -> Iterator[str]:
    """Run a `benchmarks.flood` server; yield its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flood"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
