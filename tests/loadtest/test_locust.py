"""The load test as people run it: Locust in processes of its own.

All runs take place at the same time, each with a service of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import signal
import socket
import sys
import wave
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import pytest

from tests.loadtest.service import Behaviour, KnownService, Seen, known_service
from tests.support.waiting import eventually
from voicelive_loadtest.cli import command, environment
from voicelive_loadtest.results import RunResult, read_result
from voicelive_loadtest.samples import Interval

BEHAVIOUR = Behaviour(
    delay=0.15, chunks=(0.05, 0.05), gap=0.35, refuse_every=5, drop_every=4
)
QUICK = ("--pause=0.05", "--think=0.05", "--turns=100", "--turn-limit=5")
SPOKEN = ("--journeys=short_question", *QUICK)
WRITTEN = ("--journeys=text_only", *QUICK)


@dataclass
class Run:
    """A run of Locust that is over.

    Attributes:
        code: The exit code.
        output: What was printed, by all processes.
        seen: What happened at the service, when Locust had ended.
        result: What was measured, if that was written.
        seconds: From the signal to the end, if there was one.
        pages: What the web interface showed, or the report.
    """

    code: int
    output: str
    seen: Seen
    result: RunResult | None
    seconds: float = 0.0
    pages: list[str] = field(default_factory=list[str])

    @property
    def measured(self) -> RunResult:
        """What was measured."""
        assert self.result is not None, self.output
        return self.result


@dataclass
class Bench:
    """What a run needs: a folder of its own, and speech."""

    folder: Path
    speech: Path

    def words(self, service: KnownService | str, *further: str) -> list[str]:
        """Return the command line of a run."""
        endpoint = service if isinstance(service, str) else service.endpoint
        return command(
            [
                f"--host={endpoint}",
                "--api-key=test-key",
                f"--speech={self.speech}",
                f"--result-file={self.folder / 'result.json'}",
                "--headless",
                "--only-summary",
                # Many runs share this machine now; what is late is not judged.
                "--most-lateness=10000",
                "--most-cpu=100",
                *further,
            ]
        )

    def result(self) -> RunResult | None:
        """Return what was measured, if that was written."""
        file = self.folder / "result.json"
        return read_result(file) if file.exists() else None


class Locust:
    """A process that is ended, whatever happens."""

    def __init__(self, words: list[str], variables: dict[str, str]) -> None:
        self._words = words
        self._variables = variables
        self.process: asyncio.subprocess.Process

    async def __aenter__(self) -> Locust:
        self.process = await asyncio.create_subprocess_exec(
            *self._words,
            env=self._variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # So that its workers can be ended with it.
            start_new_session=True,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and output."""
        output, _ = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, output.decode()


def locust(words: list[str], **variables: str) -> Locust:
    """Run Locust as `voicelive load` does."""
    return Locust(words, {**environment(), **variables})


async def run_local(bench: Bench) -> Run:
    async with known_service(BEHAVIOUR) as service:
        report = bench.folder / "report.html"
        words = bench.words(service, "-u4", "-r20", "-t3s", f"--html={report}", *SPOKEN)
        async with locust(words) as process:
            code, output = await process.end()
        pages = [report.read_text("utf-8")]
        return Run(code, output, service.seen, bench.result(), pages=pages)


async def run_processes(bench: Bench) -> Run:
    async with known_service(BEHAVIOUR) as service:
        words = bench.words(service, "-u4", "-r20", "-t3s", "--processes=2", *SPOKEN)
        async with locust(words) as process:
            code, output = await process.end()
        return Run(code, output, service.seen, bench.result())


async def run_cluster(bench: Bench) -> Run:
    port = f"--master-bind-port={free_port()}"
    to_master = port.replace("bind-", "")
    async with known_service(BEHAVIOUR) as service:
        master = bench.words(
            service, "-u4", "-r20", "-t3s", "--master", "--expect-workers=2", port
        )
        worker = command(["--worker", "--master-host=127.0.0.1", to_master])
        async with (
            locust([*master, *SPOKEN]) as first,
            locust(worker) as second,
            locust(worker) as third,
        ):
            ends = await asyncio.gather(first.end(), second.end(), third.end())
        output = "".join(output for _, output in ends)
        return Run(ends[0][0], output, service.seen, bench.result())


async def run_patched(bench: Bench) -> Run:
    """Locust as it is by itself, with all of Python patched by gevent."""
    behaviour = replace(BEHAVIOUR, refuse_every=0, drop_every=0)
    async with known_service(behaviour) as service:
        host = service.endpoint.replace("127.0.0.1", "localhost")
        words = bench.words(host, "-u2", "-r20", "-t1s", *SPOKEN)
        async with locust(words, LOCUST_SKIP_MONKEY_PATCH="") as process:
            code, output = await process.end()
        return Run(code, output, service.seen, bench.result())


async def run_interrupted(bench: Bench) -> Run:
    """200 callers, and Ctrl-C in the middle, without patience."""
    behaviour = Behaviour(delay=0.5)
    async with known_service(behaviour) as service:
        words = bench.words(service, "-u200", "-r200", "--stop-timeout=0", *WRITTEN)
        async with locust(words) as process:
            # Whoever is connecting only has no call to hang up.
            seen = service.seen
            await eventually(lambda: seen.configured == 200 and seen.answered > 9)
            loop = asyncio.get_running_loop()
            began = loop.time()
            process.process.send_signal(signal.SIGINT)
            code, output = await process.end()
            seconds = loop.time() - began
        await eventually(lambda: service.seen.open == 0)
        return Run(code, output, service.seen, bench.result(), seconds)


async def run_web(bench: Bench) -> Run:
    """With the web interface and metrics for Prometheus, and what they say."""
    web, metrics = free_port(), free_port()
    behaviour = replace(BEHAVIOUR, drop_every=0)
    async with known_service(behaviour) as service:
        words = bench.words(
            service, "-u2", "-r20", *SPOKEN, f"--prometheus-port={metrics}"
        )
        words = [word for word in words if word != "--headless"]
        words += ["--autostart", "--web-host=127.0.0.1", f"--web-port={web}"]
        async with locust(words) as process, aiohttp.ClientSession() as browser:
            await eventually(
                lambda: service.seen.answered > 2 and service.seen.refused > 0
            )
            await asyncio.sleep(1)  # until all of that was reported
            pages = []
            for page in (
                f"{web}/voice",
                f"{web}/stats/requests",
                f"{web}/voice/voice-calls.csv",
                f"{metrics}/metrics",
            ):
                async with browser.get(f"http://127.0.0.1:{page}") as answer:
                    pages.append(await answer.text())
            process.process.send_signal(signal.SIGTERM)
            code, output = await process.end()
        return Run(code, output, service.seen, bench.result(), pages=pages)


async def run_with_lost_worker(bench: Bench) -> Run:
    async with known_service(Behaviour(delay=0.05)) as service:
        port = f"--master-bind-port={free_port()}"
        master = bench.words(
            service, "-u2", "-r20", "-t1s", "--master", "--expect-workers=2", port
        )
        worker = command(["--worker", port.replace("bind-", "")])
        async with (
            locust([*master, *WRITTEN]) as first,
            locust(worker) as second,
            locust(worker),
        ):
            await eventually(lambda: service.seen.open == 2)
            second.process.kill()
            code, output = await first.end()
        return Run(code, output, service.seen, bench.result())


RUNS: dict[str, Callable[[Bench], Awaitable[Run]]] = {
    "local": run_local,
    "processes": run_processes,
    "cluster": run_cluster,
    "patched": run_patched,
    "interrupted": run_interrupted,
    "web": run_web,
    "lost worker": run_with_lost_worker,
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All runs, by name."""
    speech = tmp_path_factory.mktemp("speech")
    write_tone(speech / "tone.wav")

    async def run_all() -> list[Run]:
        async with asyncio.timeout(50):
            return await asyncio.gather(
                *(
                    run(Bench(tmp_path_factory.mktemp("run"), speech))
                    for run in RUNS.values()
                )
            )

    return dict(zip(RUNS, asyncio.run(run_all()), strict=True))


DISTRIBUTED = pytest.mark.parametrize("name", ["local", "processes", "cluster"])


@DISTRIBUTED
def test_what_failed_is_what_the_service_refused(
    runs: dict[str, Run], name: str
) -> None:
    """Refused handshakes and dropped turns are counted exactly, and fail the run."""
    run = runs[name]
    seen, measured = run.seen, run.measured
    assert min(seen.refused, seen.dropped) > 0
    assert measured.failed(Interval.CONNECT, "refused.429") == seen.refused
    assert measured.failed(Interval.TURN, "close.1011") == seen.dropped
    assert sum(one.count for one in measured.failures) == seen.refused + seen.dropped
    assert measured.counters["close.remote.1011"] == seen.dropped
    # Locust's own exit code for failures.
    assert run.code == 1, run.output


@DISTRIBUTED
def test_no_finished_turn_is_lost(runs: dict[str, Run], name: str) -> None:
    """Each answer is one turn, also those at the very end, and no call is cut off."""
    run = runs[name]
    seen, measured = run.seen, run.measured
    assert seen.answered > 3
    assert measured.times(Interval.TURN).count == seen.answered
    assert measured.times(Interval.CONNECT).count == seen.opened
    assert measured.counters["frames.sent"] == seen.frames
    # Who was dropped has answered that.
    assert sorted(seen.closes) == sorted([1000] * seen.answered + [1011] * seen.dropped)
    assert seen.open == 0


@DISTRIBUTED
def test_times_are_those_of_the_service(runs: dict[str, Run], name: str) -> None:
    """Delay and gap are what the service makes them, and never 0."""
    measured = runs[name].measured
    for interval, ms, early in (
        (Interval.SPEECH_TO_AUDIO, 150 + 20, 2),
        # What was played, and the player's delay, are not heard as silence. A first
        # piece of audio that is read late makes the gap after it shorter.
        (Interval.GAP, 350 - 50 - 100, 50),
    ):
        times = measured.times(interval)
        # Ten processes share what cores there are.
        assert ms - 50 - early <= times.least <= ms + 60
        assert ms - early <= times.percentile(0.5) <= ms + 150
    gaps, answered = measured.times(Interval.GAP).count, runs[name].seen.answered
    # Who stands still for as long as a gap does not hear it, and says so.
    lag = max(health.loop_lag.most for health in measured.generators.values())
    assert gaps == answered if lag < 100 else 0 < gaps <= answered


def test_each_process_reports_its_health(runs: dict[str, Run]) -> None:
    """The master knows how each worker fared, and whom it lost."""
    for name, count in (("local", 1), ("processes", 2), ("cluster", 2)):
        generators = runs[name].measured.generators
        assert len(generators) == count
        for health in generators.values():
            assert health.send_lateness.count > 10
            assert health.loop_lag.count > 10
            assert health.cpu > 0


def test_locust_shows_the_statistics(runs: dict[str, Run]) -> None:
    """They are rows of Locust's table, and those that are answers are its total."""
    output = runs["local"].output
    rows = [line.split() for line in output.splitlines()]
    answered = runs["local"].measured.times(Interval.SPEECH_TO_AUDIO).count
    failed = sum(one.count for one in runs["local"].measured.failures)
    total = next(row for row in rows if row[:1] == ["Aggregated"])
    assert total[1] == str(answered + failed)
    assert any(row[:2] == ["VOICE", "connect"] for row in rows)
    assert "refused.429" in output
    assert "Traceback" not in output


def test_html_report(runs: dict[str, Run]) -> None:
    """Locust's report, which is written first of all, has the last turn too."""
    (report,) = runs["local"].pages
    data = report.partition("window.templateArgs = ")[2]
    arguments, _ = json.JSONDecoder().raw_decode(data)
    rows = {row["name"]: row for row in arguments["requests_statistics"]}
    turns = rows[Interval.TURN]
    assert turns["num_requests"] - turns["num_failures"] == runs["local"].seen.answered


def test_patched_by_gevent(runs: dict[str, Run]) -> None:
    """Without the environment variable, and with a host name, it works as well."""
    run = runs["patched"]
    assert run.code == 0, run.output
    assert run.measured.times(Interval.TURN).count == run.seen.answered > 0


def test_stopped_by_ctrl_c(runs: dict[str, Run]) -> None:
    """200 callers hang up within 5 s, with 1001, and no finished turn is lost."""
    run = runs["interrupted"]
    assert run.seconds < 5, run.output
    assert run.code == 0, run.output
    # Where a busy machine answers a close too late, the connection is cut, and what was
    # sent before is lost with it, even the close.
    assert set(run.seen.closes) == {1001}
    assert 180 <= len(run.seen.closes) <= 200
    assert run.seen.open == 0
    finished = run.measured.times(Interval.TURN).count
    abandoned = run.measured.counters["turns.abandoned"]
    # What the service had sent may not have arrived yet.
    assert run.seen.answered - 200 <= finished <= run.seen.answered
    assert finished > 9
    assert abandoned <= 200


def test_web_interface_and_prometheus(runs: dict[str, Run]) -> None:
    """The page, its data, the CSV and the metrics have what was measured."""
    run = runs["web"]
    page, data, table, metrics = run.pages
    assert "Voice calls" in page
    shown = {one["key"]: one["data"] for one in json.loads(data)["extended_stats"]}
    rows = {row["statistic"]: row for row in shown["voice-calls"]}
    assert rows["end of speech to first audio"]["p50"] >= 168
    assert rows["connect"]["failed"] > 0
    assert {"counter": "refused.429", "count": 1} in shown["voice-counters"]
    lines = table.splitlines()
    assert lines[0] == "statistic,count,failed,mean,p50,p95,p99,max"
    assert any(line.startswith("end of speech to first audio,") for line in lines)
    answers = 'voicelive_load_seconds_count{interval="end of speech to first audio"}'
    assert answers in metrics
    assert (
        'voicelive_load_failures_total{interval="connect",reason="refused.429"} 1.0'
        in metrics
    )
    assert 'voicelive_load_generator_cpu{process="local"}' in metrics
    # A call was refused, so it has failed; terminated, it is as good as interrupted.
    assert run.code == 1, run.output
    assert run.measured.times(Interval.TURN).count == run.seen.answered


def test_a_lost_worker_makes_a_run_invalid(runs: dict[str, Run]) -> None:
    """When a worker dies, so do its callers: the run is not what it was to be."""
    run = runs["lost worker"]
    assert run.code == 6, run.output
    assert "1 workers were lost" in run.measured.invalid


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def write_tone(path: Path) -> None:
    """Write 100 ms of a hum, with silence before and after."""
    hum = (round(9000 * math.sin(2 * math.pi * 220 * i / 24_000)) for i in range(2400))
    samples = array("h", [*[0] * 2400, *hum, *[0] * 2400])
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes(samples.tobytes())
