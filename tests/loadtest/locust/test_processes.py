"""Load tests with Locust in separate processes.

All runs take place at the same time, each with a reference service. A run during which
the machine paused is repeated alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
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

from tests.loadtest.locust_process import run_locust
from tests.loadtest.pages import read, read_until
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
from voicelive_loadtest.cli import command
from voicelive_loadtest.results.run_result import RunResult, read_result

pytestmark = pytest.mark.slow

# Of the first calls of four callers, one is refused, one dropped, and two are answered.
BEHAVIOUR = Behaviour(
    delay=0.15, chunks=(0.05, 0.05), gap=0.35, refuse_every=3, drop_every=3
)
# Close timeout of a caller. After a longer pause of the service, the caller drops the
# connection, and the service may miss the last frames.
CLOSE_TIMEOUT_MS = 2000
# A process that pauses for longer may miss heartbeats, or most of a short run.
MAX_PAUSE_MS = 1000
MAX_REPEATS = 2
LIMIT_SECONDS = 120
QUICK = ("--pause=0.05", "--think=0.05", "--turns=100", "--turn-limit=30")
SPOKEN = ("--journeys=short_question", *QUICK)
WRITTEN = ("--journeys=text_only", *QUICK)


@dataclass
class Run:
    """A finished run.

    Attributes:
        code: Exit code.
        output: Output of all processes.
        counts: Counts of the service.
        result: Measurements, if they were written.
        seconds: Duration from a signal to the end.
        pages: Pages of the web interface, or the HTML report.
    """

    code: int
    output: str
    counts: ServiceCounts
    result: RunResult | None
    seconds: float = 0.0
    pages: list[str] = field(default_factory=list[str])

    @property
    def is_disturbed(self) -> bool:
        """Whether a process paused for a long time."""
        generators = self.result.generators.values() if self.result else ()
        pauses = [max(health.loop_lag.counts, default=0.0) for health in generators]
        return max([self.counts.longest_pause_ms, *pauses]) > MAX_PAUSE_MS

    @property
    def measured(self) -> RunResult:
        """The measurements."""
        assert self.result is not None, self.output
        return self.result


@dataclass
class RunContext:
    """Resources of a run.

    Attributes:
        folder: Directory for output files.
        speech: Directory with the speech.
        ports: Releases the reserved ports after all runs.
    """

    folder: Path
    speech: Path
    ports: contextlib.ExitStack

    def port(self) -> int:
        """Reserve a free port."""
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
                # The runs compete for the cores, so their lateness is not judged.
                "--most-lateness=10000",
                "--most-cpu=100",
                # Let slow turns finish.
                "--stop-timeout=30",
                *further,
            ]
        )

    def result(self) -> RunResult | None:
        """Return the measurements, if they were written."""
        file = self.folder / "result.json"
        return read_result(file) if file.exists() else None


async def all_closed(service: ReferenceService) -> None:
    """Wait until all connections of a service are closed."""
    await eventually(lambda: service.counts.open == 0, limit_seconds=LIMIT_SECONDS)


def host_option(service: ReferenceService) -> str:
    """Return the option with the endpoint that a worker accepts."""
    return f"--host={service.endpoint}"


async def run_local(context: RunContext) -> Run:
    async with reference_service(BEHAVIOUR) as service:
        report = context.folder / "report.html"
        words = context.words(
            service, "-u4", "-r20", "-t3s", f"--html={report}", *SPOKEN
        )
        async with run_locust(words) as process:
            code, output = await process.end()
        await all_closed(service)
        pages = [report.read_text("utf-8")]
        return Run(code, output, service.counts, context.result(), pages=pages)


async def run_processes(context: RunContext) -> Run:
    async with reference_service(BEHAVIOUR) as service:
        port = context.port()
        words = context.words(service, "-u4", "-r20", "-t3s", "--processes=2", *SPOKEN)
        words += [f"--master-bind-port={port}", f"--master-port={port}"]
        async with run_locust(words) as process:
            code, output = await process.end()
        await all_closed(service)
        return Run(code, output, service.counts, context.result())


async def run_cluster(context: RunContext) -> Run:
    port = f"--master-bind-port={context.port()}"
    to_master = port.replace("bind-", "")
    async with reference_service(BEHAVIOUR) as service:
        master = context.words(
            service, "-u4", "-r20", "-t3s", "--master", "--expect-workers=2", port
        )
        worker = command(
            ["--worker", "--master-host=127.0.0.1", to_master, host_option(service)]
        )
        async with (
            run_locust([*master, *SPOKEN]) as first,
            run_locust(worker) as second,
            run_locust(worker) as third,
        ):
            ends = await asyncio.gather(first.end(), second.end(), third.end())
        await all_closed(service)
        output = "".join(output for _, output in ends)
        return Run(ends[0][0], output, service.counts, context.result())


async def run_patched(context: RunContext) -> Run:
    """Plain `locust`, with the standard library patched by gevent."""
    behaviour = replace(BEHAVIOUR, refuse_every=0, drop_every=0)
    async with reference_service(behaviour) as service:
        host = service.endpoint.replace("127.0.0.1", "localhost")
        words = context.words(host, "-u2", "-r20", "-t2s", *SPOKEN)
        unset = {"LOCUST_SKIP_MONKEY_PATCH": ""}
        async with run_locust(words, variables=unset, forked=False) as process:
            code, output = await process.end()
        await all_closed(service)
        return Run(code, output, service.counts, context.result())


async def run_interrupted(context: RunContext) -> Run:
    """200 callers, Ctrl-C during turns, no stop timeout."""
    behaviour = Behaviour(delay=0.5)
    async with reference_service(behaviour) as service:
        words = context.words(service, "-u200", "-r200", "--stop-timeout=0", *WRITTEN)
        async with run_locust(words) as process:
            # All calls are open, and of each at most the latest response may not have
            # been read yet: more than nine turns have ended.
            counts = service.counts
            await eventually(
                lambda: counts.configured == 200 and counts.answered > 209,
                limit_seconds=LIMIT_SECONDS,
            )
            loop = asyncio.get_running_loop()
            began = loop.time()
            process.send_signal(signal.SIGINT)
            code, output = await process.end()
            seconds = loop.time() - began
        await all_closed(service)
        return Run(code, output, service.counts, context.result(), seconds)


async def run_web(context: RunContext) -> Run:
    """Web interface and metrics for Prometheus, with their pages."""
    web, metrics = context.port(), context.port()
    behaviour = replace(BEHAVIOUR, drop_every=0)
    async with reference_service(behaviour) as service:
        words = context.words(
            service, "-u2", "-r20", *SPOKEN, f"--prometheus-port={metrics}"
        )
        words = [word for word in words if word != "--headless"]
        words += ["--autostart", "--web-host=127.0.0.1", f"--web-port={web}"]
        async with run_locust(words) as process, aiohttp.ClientSession() as browser:
            await eventually(
                lambda: service.counts.answered > 2 and service.counts.refused > 0,
                limit_seconds=LIMIT_SECONDS,
            )
            # The callers report them a little later.
            await read_until(has_turn_and_refusal, browser, f"{web}/stats/requests")
            pages = [
                await read(browser, page)
                for page in (
                    f"{web}/voice",
                    f"{web}/stats/requests",
                    f"{web}/voice/voice-calls.csv",
                    f"{metrics}/metrics",
                )
            ]
            process.send_signal(signal.SIGTERM)
            code, output = await process.end()
        await all_closed(service)
        return Run(code, output, service.counts, context.result(), pages=pages)


async def run_with_lost_worker(context: RunContext) -> Run:
    async with reference_service(Behaviour(delay=0.05)) as service:
        port, metrics = f"--master-bind-port={context.port()}", context.port()
        further = ("--master", "--expect-workers=2", f"--prometheus-port={metrics}")
        master = context.words(service, "-u2", "-r20", port, *further)
        to_master = port.replace("bind-", "")
        worker = command(["--worker", to_master, host_option(service)])
        async with (
            run_locust([*master, *WRITTEN]) as first,
            run_locust(worker) as second,
            run_locust(worker),
        ):
            # Both workers have a caller, and the master knows.
            await eventually(
                lambda: service.counts.open == 2, limit_seconds=LIMIT_SECONDS
            )
            async with aiohttp.ClientSession() as browser:
                await read_until(
                    lambda page: "voicelive_load_callers 2.0" in page,
                    browser,
                    f"{metrics}/metrics",
                )
            second.send_signal(signal.SIGKILL)
            await second.end()
            first.send_signal(signal.SIGTERM)
            code, output = await first.end()
        return Run(code, output, service.counts, context.result())


RUNS: dict[str, Callable[[RunContext], Awaitable[Run]]] = {
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
    """All runs by name."""
    speech = tmp_path_factory.mktemp("speech")
    write_tone(speech / "tone.wav")

    async def run_all(names: Iterable[str]) -> dict[str, Run]:
        with contextlib.ExitStack() as ports:
            contexts = {
                name: RunContext(tmp_path_factory.mktemp("run"), speech, ports)
                for name in names
            }
            async with asyncio.timeout(LIMIT_SECONDS):
                found = await asyncio.gather(
                    *(RUNS[name](context) for name, context in contexts.items())
                )
        return dict(zip(contexts, found, strict=True))

    done = asyncio.run(run_all(RUNS))
    for name in RUNS:
        for _ in range(MAX_REPEATS):
            if done[name].is_disturbed:
                done |= asyncio.run(run_all([name]))
    return done


DISTRIBUTED = pytest.mark.parametrize("name", ["local", "processes", "cluster"])


@DISTRIBUTED
def test_failures_match_those_of_the_service(runs: dict[str, Run], name: str) -> None:
    """Refused handshakes and dropped turns are counted exactly, and fail the run."""
    run = runs[name]
    counts, measured = run.counts, run.measured
    assert min(counts.refused, counts.dropped) > 0
    assert measured.failed(Interval.CONNECT, "refused.429") == counts.refused
    assert measured.failed(Interval.TURN, "close.1011") == counts.dropped
    failed = sum(one.count for one in measured.failures)
    assert failed == counts.refused + counts.dropped
    assert measured.counters["close.remote.1011"] == counts.dropped
    # The exit code of Locust for failures.
    assert run.code == 1, run.output


@DISTRIBUTED
def test_no_finished_turn_is_lost(runs: dict[str, Run], name: str) -> None:
    """Each response is one turn, up to the end of the run, and no call is cut off."""
    run = runs[name]
    counts, measured = run.counts, run.measured
    assert counts.answered > 1
    assert measured.times(Interval.TURN).count == counts.answered
    assert measured.times(Interval.CONNECT).count == counts.opened
    # Dropped callers answer the close frame.
    closes = Counter({1000: counts.answered, 1011: counts.dropped})
    assert Counter(counts.closes) <= closes
    unread = measured.counters["frames.sent"] - counts.frames
    assert unread >= 0
    if counts.paused_ms < CLOSE_TIMEOUT_MS:
        assert Counter(counts.closes) == closes
        # The service stops reading a dropped call at the answer to its close.
        assert unread <= counts.dropped


@DISTRIBUTED
def test_times_match_those_of_the_service(runs: dict[str, Run], name: str) -> None:
    """Response latency and gap are those of the service's behaviour."""
    run = runs[name]
    # The processes share the cores: each time may be longer by the pauses of its
    # service and its generator.
    late = run.counts.paused_ms + max(map(total_lag, run.measured.generators.values()))
    for interval, ms in (
        (Interval.SPEECH_TO_AUDIO, 150 + 20),
        # Less the audio and the jitter buffer, which are still playing.
        (Interval.GAP, 350 - 50 - 100),
    ):
        times = run.measured.times(interval)
        assert times.count
        # A pause delays four callers at once, not all that follow.
        share = min(1.0, 4 / times.count)
        assert ms - 2 <= times.least <= ms + 60 + share * late
        assert times.percentile(0.5) <= ms + 150 + late
    assert run.measured.times(Interval.GAP).count == run.counts.answered


def test_each_process_reports_its_health(runs: dict[str, Run]) -> None:
    """The result has the health of each process with callers."""
    for name, count in (("local", 1), ("processes", 2), ("cluster", 2)):
        generators = runs[name].measured.generators
        assert len(generators) == count
        for health in generators.values():
            assert health.send_lateness.count > 10
            assert health.loop_lag.count > 10
            assert health.cpu > 0


def test_locust_shows_the_statistics(runs: dict[str, Run]) -> None:
    """They are rows of Locust's table, and its total covers the responses."""
    output = runs["local"].output
    rows = [line.split() for line in output.splitlines()]
    answered = runs["local"].measured.times(Interval.SPEECH_TO_AUDIO).count
    failed = sum(one.count for one in runs["local"].measured.failures)
    total = next(row for row in rows if row[:1] == ["Aggregated"])
    assert total[1] == str(answered + failed)
    assert any(row[:2] == ["VOICE", "connect"] for row in rows)
    assert "refused.429" in output
    assert "Traceback" not in output


def test_the_html_report_has_the_last_turn(runs: dict[str, Run]) -> None:
    """Locust writes its report first, and the final measurements are in it."""
    (report,) = runs["local"].pages
    data = report.partition("window.templateArgs = ")[2]
    arguments, _ = json.JSONDecoder().raw_decode(data)
    rows = {row["name"]: row for row in arguments["requests_statistics"]}
    turns = rows[Interval.TURN]
    succeeded = turns["num_requests"] - turns["num_failures"]
    assert succeeded == runs["local"].counts.answered


def test_locust_patched_by_gevent(runs: dict[str, Run]) -> None:
    """Load tests work without the environment variable, and with a host name."""
    run = runs["patched"]
    assert run.code == 0, run.output
    assert run.measured.times(Interval.TURN).count == run.counts.answered > 0


def test_ctrl_c_closes_all_calls(runs: dict[str, Run]) -> None:
    """200 callers close with 1001 within 5 s, and no finished turn is lost."""
    run = runs["interrupted"]
    late = run.counts.paused_ms + sum(map(total_lag, run.measured.generators.values()))
    assert run.seconds < 5 + late / 1000, run.output
    assert run.code == 0, run.output
    assert set(run.counts.closes) <= {1001}
    assert len(run.counts.closes) <= 200
    if run.counts.paused_ms < CLOSE_TIMEOUT_MS:
        assert len(run.counts.closes) >= 180
    finished = run.measured.times(Interval.TURN).count
    abandoned = run.measured.counters["turns.abandoned"]
    # The latest response of each call may not have arrived.
    assert run.counts.answered - 200 <= finished <= run.counts.answered
    assert finished > 9
    assert abandoned <= 200


def test_web_interface_and_prometheus(runs: dict[str, Run]) -> None:
    """The page, its data, the CSV and the metrics show the measurements."""
    run = runs["web"]
    page, data, table, metrics = run.pages
    assert "Voice calls" in page
    shown = tables(data)
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
    # Read later, so there may be another refusal.
    assert float(count) >= rows["connect"]["failed"]
    assert 'voicelive_load_generator_cpu{process="local"}' in metrics
    # SIGTERM is as good as Ctrl-C; the refused call fails the run.
    assert run.code == 1, run.output
    assert run.measured.times(Interval.TURN).count == run.counts.answered


def test_a_lost_worker_makes_a_run_invalid(runs: dict[str, Run]) -> None:
    """A worker that dies takes its callers along."""
    run = runs["lost worker"]
    assert run.code == 6, run.output
    assert "1 workers were lost" in run.measured.invalid


def tables(page: str) -> dict[str, list[dict[str, Any]]]:
    """Return the added tables of the web interface by key."""
    return {one["key"]: one["data"] for one in json.loads(page)["extended_stats"]}


def has_turn_and_refusal(page: str) -> bool:
    """Return whether the statistics have a turn and a refused call."""
    rows = {row["statistic"]: row for row in tables(page)["voice-calls"]}
    return "turn" in rows and rows["connect"]["failed"] > 0


def total_lag(health: Health) -> float:
    """Return the total of the event loop lags above 20 ms, in milliseconds."""
    return sum(ms * count for ms, count in health.loop_lag.counts.items() if ms > 20)


def write_tone(path: Path) -> None:
    """Write a tone of 240 ms, whole frames, with silence at both ends.

    Its length exceeds the tolerances, to detect a time measured from the wrong end.
    """
    tone = (round(9000 * math.sin(2 * math.pi * 220 * i / 24_000)) for i in range(5760))
    samples = array("h", [*[0] * 2400, *tone, *[0] * 2400])
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes(samples.tobytes())
