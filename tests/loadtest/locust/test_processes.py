"""Load tests with Locust in separate processes.

All runs take place at the same time, each with its own service. A run in which the
machine paused measures the machine: it is repeated, alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import re
import signal
import sys
import wave
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.loadtest.reference_service import (
    Behaviour,
    ReferenceService,
    ServiceCounts,
    reference_service,
)
from tests.support.ports import hold_port
from tests.support.waiting import eventually
from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.callers.settings import API_KEY
from voicelive_loadtest.cli import command, environment
from voicelive_loadtest.results.run_result import RunResult, read_result

pytestmark = pytest.mark.slow

# Of the first calls of four callers one is refused, one dropped, and two are answered.
BEHAVIOUR = Behaviour(
    delay=0.15, chunks=(0.05, 0.05), gap=0.35, refuse_every=3, drop_every=3
)
# Time in ms that a caller waits for the answer to its close. If the service pauses for
# longer, the connection is dropped, and what was sent last may be lost.
PATIENCE = 2000
# A process that pauses for this long in ms may miss heartbeats, or most of a short run.
LONGEST_PAUSE = 1000
MAX_REPEATS = 2
# Time in which all of a run happens, however slow the machine is.
LIMIT_SECONDS = 120
QUICK = ("--pause=0.05", "--think=0.05", "--turns=100", "--turn-limit=30")
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
    counts: ServiceCounts
    result: RunResult | None
    seconds: float = 0.0
    pages: list[str] = field(default_factory=list[str])

    @property
    def is_disturbed(self) -> bool:
        """Whether a process paused for long."""
        generators = self.result.generators.values() if self.result else ()
        pauses = [max(health.loop_lag.counts, default=0.0) for health in generators]
        return max([self.counts.longest_pause_ms, *pauses]) > LONGEST_PAUSE

    @property
    def measured(self) -> RunResult:
        """What was measured."""
        assert self.result is not None, self.output
        return self.result


@dataclass
class Bench:
    """What a run needs: a folder of its own, speech, and ports.

    Attributes:
        folder: Where it writes.
        speech: Where the speech is.
        ports: Lets go of its ports when all runs are over.
    """

    folder: Path
    speech: Path
    ports: contextlib.ExitStack

    def port(self) -> int:
        """Return a port that nobody listens on, and that nobody else is given."""
        return self.ports.enter_context(hold_port())

    def words(self, service: ReferenceService | str, *further: str) -> list[str]:
        """Return the command line of a run."""
        endpoint = service if isinstance(service, str) else service.endpoint
        return command(
            [
                f"--host={endpoint}",
                f"--speech={self.speech}",
                f"--result-file={self.folder / 'result.json'}",
                "--headless",
                "--only-summary",
                # Many runs share this machine now; what is late is not judged.
                "--most-lateness=10000",
                "--most-cpu=100",
                # Nobody who takes long is cut off.
                "--stop-timeout=30",
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


async def read(browser: aiohttp.ClientSession, page: str) -> str:
    """Return a page of this machine, from its port on."""
    async with browser.get(f"http://127.0.0.1:{page}") as answer:
        return await answer.text()


async def read_until(
    shows: Callable[[str], object], browser: aiohttp.ClientSession, page: str
) -> None:
    """Read a page until it shows something."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            if shows(await read(browser, page)):
                return
            await asyncio.sleep(0.1)


async def all_read(service: ReferenceService) -> None:
    """Wait until a service has read all that was sent to it, and all have hung up."""
    await eventually(lambda: service.counts.open == 0, limit_seconds=LIMIT_SECONDS)


def endpoint_of(service: ReferenceService) -> str:
    """Return the option by which a worker knows for what its key is."""
    return f"--host={service.endpoint}"


def locust(words: list[str], **variables: str) -> Locust:
    """Run Locust as `voicelive load` does."""
    return Locust(words, {**environment(), API_KEY: "test-key", **variables})


async def run_local(bench: Bench) -> Run:
    async with reference_service(BEHAVIOUR) as service:
        report = bench.folder / "report.html"
        words = bench.words(service, "-u4", "-r20", "-t3s", f"--html={report}", *SPOKEN)
        async with locust(words) as process:
            code, output = await process.end()
        await all_read(service)
        pages = [report.read_text("utf-8")]
        return Run(code, output, service.counts, bench.result(), pages=pages)


async def run_processes(bench: Bench) -> Run:
    async with reference_service(BEHAVIOUR) as service:
        port = bench.port()
        words = bench.words(service, "-u4", "-r20", "-t3s", "--processes=2", *SPOKEN)
        words += [f"--master-bind-port={port}", f"--master-port={port}"]
        async with locust(words) as process:
            code, output = await process.end()
        await all_read(service)
        return Run(code, output, service.counts, bench.result())


async def run_cluster(bench: Bench) -> Run:
    port = f"--master-bind-port={bench.port()}"
    to_master = port.replace("bind-", "")
    async with reference_service(BEHAVIOUR) as service:
        master = bench.words(
            service, "-u4", "-r20", "-t3s", "--master", "--expect-workers=2", port
        )
        worker = command(
            ["--worker", "--master-host=127.0.0.1", to_master, endpoint_of(service)]
        )
        async with (
            locust([*master, *SPOKEN]) as first,
            locust(worker) as second,
            locust(worker) as third,
        ):
            ends = await asyncio.gather(first.end(), second.end(), third.end())
        await all_read(service)
        output = "".join(output for _, output in ends)
        return Run(ends[0][0], output, service.counts, bench.result())


async def run_patched(bench: Bench) -> Run:
    """Locust as it is by itself, with all of Python patched by gevent."""
    behaviour = replace(BEHAVIOUR, refuse_every=0, drop_every=0)
    async with reference_service(behaviour) as service:
        host = service.endpoint.replace("127.0.0.1", "localhost")
        words = bench.words(host, "-u2", "-r20", "-t2s", *SPOKEN)
        async with locust(words, LOCUST_SKIP_MONKEY_PATCH="") as process:
            code, output = await process.end()
        await all_read(service)
        return Run(code, output, service.counts, bench.result())


async def run_interrupted(bench: Bench) -> Run:
    """200 callers, and Ctrl-C in the middle, without patience."""
    behaviour = Behaviour(delay=0.5)
    async with reference_service(behaviour) as service:
        words = bench.words(service, "-u200", "-r200", "--stop-timeout=0", *WRITTEN)
        async with locust(words) as process:
            # Whoever is connecting only has no call to hang up. An answer to each may
            # not have been read yet; the others are turns that have ended.
            counts = service.counts
            await eventually(
                lambda: counts.configured == 200 and counts.answered > 209,
                limit_seconds=LIMIT_SECONDS,
            )
            loop = asyncio.get_running_loop()
            began = loop.time()
            process.process.send_signal(signal.SIGINT)
            code, output = await process.end()
            seconds = loop.time() - began
        await all_read(service)
        return Run(code, output, service.counts, bench.result(), seconds)


async def run_web(bench: Bench) -> Run:
    """With the web interface and metrics for Prometheus, and what they say."""
    web, metrics = bench.port(), bench.port()
    behaviour = replace(BEHAVIOUR, drop_every=0)
    async with reference_service(behaviour) as service:
        words = bench.words(
            service, "-u2", "-r20", *SPOKEN, f"--prometheus-port={metrics}"
        )
        words = [word for word in words if word != "--headless"]
        words += ["--autostart", "--web-host=127.0.0.1", f"--web-port={web}"]
        async with locust(words) as process, aiohttp.ClientSession() as browser:
            await eventually(
                lambda: service.counts.answered > 2 and service.counts.refused > 0,
                limit_seconds=LIMIT_SECONDS,
            )
            # All of that is reported before long, in no order.
            await read_until(shows_it_all, browser, f"{web}/stats/requests")
            pages = [
                await read(browser, page)
                for page in (
                    f"{web}/voice",
                    f"{web}/stats/requests",
                    f"{web}/voice/voice-calls.csv",
                    f"{metrics}/metrics",
                )
            ]
            process.process.send_signal(signal.SIGTERM)
            code, output = await process.end()
        await all_read(service)
        return Run(code, output, service.counts, bench.result(), pages=pages)


async def run_with_lost_worker(bench: Bench) -> Run:
    async with reference_service(Behaviour(delay=0.05)) as service:
        port, metrics = f"--master-bind-port={bench.port()}", bench.port()
        further = ("--master", "--expect-workers=2", f"--prometheus-port={metrics}")
        master = bench.words(service, "-u2", "-r20", port, *further)
        to_master = port.replace("bind-", "")
        worker = command(["--worker", to_master, endpoint_of(service)])
        async with (
            locust([*master, *WRITTEN]) as first,
            locust(worker) as second,
            locust(worker),
        ):
            # Both workers have callers, and the master knows it.
            await eventually(
                lambda: service.counts.open == 2, limit_seconds=LIMIT_SECONDS
            )
            async with aiohttp.ClientSession() as browser:
                await read_until(
                    lambda page: "voicelive_load_callers 2.0" in page,
                    browser,
                    f"{metrics}/metrics",
                )
            second.process.kill()
            await second.process.wait()
            first.process.send_signal(signal.SIGTERM)
            code, output = await first.end()
        return Run(code, output, service.counts, bench.result())


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

    async def run_all(names: Iterable[str]) -> dict[str, Run]:
        with contextlib.ExitStack() as ports:
            async with asyncio.timeout(LIMIT_SECONDS):
                runs = await asyncio.gather(
                    *(
                        RUNS[name](Bench(tmp_path_factory.mktemp("run"), speech, ports))
                        for name in names
                    )
                )
        return dict(zip(names, runs, strict=True))

    done = asyncio.run(run_all(RUNS))
    for name in RUNS:
        for _ in range(MAX_REPEATS):
            if done[name].is_disturbed:
                done |= asyncio.run(run_all([name]))
    return done


DISTRIBUTED = pytest.mark.parametrize("name", ["local", "processes", "cluster"])


@DISTRIBUTED
def test_what_failed_is_what_the_service_refused(
    runs: dict[str, Run], name: str
) -> None:
    """Refused handshakes and dropped turns are counted exactly, and fail the run."""
    run = runs[name]
    counts, measured = run.counts, run.measured
    assert min(counts.refused, counts.dropped) > 0
    assert measured.failed(Interval.CONNECT, "refused.429") == counts.refused
    assert measured.failed(Interval.TURN, "close.1011") == counts.dropped
    assert (
        sum(one.count for one in measured.failures) == counts.refused + counts.dropped
    )
    assert measured.counters["close.remote.1011"] == counts.dropped
    # Locust's own exit code for failures.
    assert run.code == 1, run.output


@DISTRIBUTED
def test_no_finished_turn_is_lost(runs: dict[str, Run], name: str) -> None:
    """Each answer is one turn, also those at the very end, and no call is cut off."""
    run = runs[name]
    counts, measured = run.counts, run.measured
    assert counts.answered > 1
    assert measured.times(Interval.TURN).count == counts.answered
    assert measured.times(Interval.CONNECT).count == counts.opened
    # Who was dropped has answered that.
    closes = Counter({1000: counts.answered, 1011: counts.dropped})
    assert Counter(counts.closes) <= closes
    unread = measured.counters["frames.sent"] - counts.frames
    assert unread >= 0
    if counts.paused_ms < PATIENCE:
        assert Counter(counts.closes) == closes
        # The service reads no further once a call that it dropped has answered that.
        assert unread <= counts.dropped


@DISTRIBUTED
def test_times_are_those_of_the_service(runs: dict[str, Run], name: str) -> None:
    """Delay and gap are what the service makes them, and never 0."""
    run = runs[name]
    # Ten processes share what cores there are: each time may be as much longer as its
    # service and its generator stood still.
    late = run.counts.paused_ms + max(
        map(stood_still, run.measured.generators.values())
    )
    for interval, ms in (
        (Interval.SPEECH_TO_AUDIO, 150 + 20),
        # What was played, and the player's delay, are not heard as silence.
        (Interval.GAP, 350 - 50 - 100),
    ):
        times = run.measured.times(interval)
        assert times.count
        # What stands still keeps four callers waiting, and not all that follow.
        share = min(1.0, 4 / times.count)
        assert ms - 2 <= times.least <= ms + 60 + share * late
        assert times.percentile(0.5) <= ms + 150 + late
    assert run.measured.times(Interval.GAP).count == run.counts.answered


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
    assert (
        turns["num_requests"] - turns["num_failures"] == runs["local"].counts.answered
    )


def test_patched_by_gevent(runs: dict[str, Run]) -> None:
    """Without the environment variable, and with a host name, it works as well."""
    run = runs["patched"]
    assert run.code == 0, run.output
    assert run.measured.times(Interval.TURN).count == run.counts.answered > 0


def test_stopped_by_ctrl_c(runs: dict[str, Run]) -> None:
    """200 callers hang up within 5 s, with 1001, and no finished turn is lost."""
    run = runs["interrupted"]
    late = run.counts.paused_ms + sum(
        map(stood_still, run.measured.generators.values())
    )
    assert run.seconds < 5 + late / 1000, run.output
    assert run.code == 0, run.output
    assert set(run.counts.closes) <= {1001}
    assert len(run.counts.closes) <= 200
    if run.counts.paused_ms < PATIENCE:
        assert len(run.counts.closes) >= 180
    finished = run.measured.times(Interval.TURN).count
    abandoned = run.measured.counters["turns.abandoned"]
    # What the service had sent may not have arrived yet.
    assert run.counts.answered - 200 <= finished <= run.counts.answered
    assert finished > 9
    assert abandoned <= 200


def test_web_interface_and_prometheus(runs: dict[str, Run]) -> None:
    """The page, its data, the CSV and the metrics have what was measured."""
    run = runs["web"]
    page, data, table, metrics = run.pages
    assert "Voice calls" in page
    shown = shown_on(data)
    rows = {row["statistic"]: row for row in shown["voice-calls"]}
    assert rows["end of speech to first audio"]["p50"] >= 168
    assert rows["connect"]["failed"] > 0
    counters = {row["counter"]: row["count"] for row in shown["voice-counters"]}
    assert counters["refused.429"] == rows["connect"]["failed"]
    lines = table.splitlines()
    assert lines[0] == "statistic,count,failed,mean,p50,p95,p99,max"
    assert any(line.startswith("end of speech to first audio,") for line in lines)
    answers = 'voicelive_load_seconds_count{interval="end of speech to first audio"}'
    assert answers in metrics
    refused = 'voicelive_load_failures_total{interval="connect",reason="refused.429"} '
    (count,) = re.findall(rf"^{re.escape(refused)}(.*)$", metrics, re.M)
    # Asked for a little later, when there may have been another.
    assert float(count) >= rows["connect"]["failed"]
    assert 'voicelive_load_generator_cpu{process="local"}' in metrics
    # A call was refused, so it has failed; terminated, it is as good as interrupted.
    assert run.code == 1, run.output
    assert run.measured.times(Interval.TURN).count == run.counts.answered


def test_a_lost_worker_makes_a_run_invalid(runs: dict[str, Run]) -> None:
    """When a worker dies, so do its callers: the run is not what it was to be."""
    run = runs["lost worker"]
    assert run.code == 6, run.output
    assert "1 workers were lost" in run.measured.invalid


def shown_on(page: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of ours in what the web interface reads, by their keys."""
    return {one["key"]: one["data"] for one in json.loads(page)["extended_stats"]}


def shows_it_all(page: str) -> bool:
    """Whether a page has turns and a call that was refused."""
    rows = {row["statistic"]: row for row in shown_on(page)["voice-calls"]}
    return "turn" in rows and rows["connect"]["failed"] > 0


def stood_still(health: Health) -> float:
    """Return for how many milliseconds a generator stood still, all together."""
    return sum(ms * count for ms, count in health.loop_lag.counts.items() if ms > 20)


def write_tone(path: Path) -> None:
    """Write 240 ms of a hum, whole frames, with silence before and after.

    Times that count from the wrong end of it are wrong by more than chance.
    """
    hum = (round(9000 * math.sin(2 * math.pi * 220 * i / 24_000)) for i in range(5760))
    samples = array("h", [*[0] * 2400, *hum, *[0] * 2400])
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes(samples.tobytes())
