"""Runs of Locust in separate processes, each with a reference service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import signal
import sys
import wave
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

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
from voicelive_loadtest.cli import command
from voicelive_loadtest.results.run_result import RunResult, read_result

# Of the first calls of four callers, one is refused, one dropped, and two are answered.
BEHAVIOUR = Behaviour(
    delay=0.15, chunks=(0.05, 0.05), gap=0.35, refuse_every=3, drop_every=3
)
# A process that pauses for longer may miss heartbeats, or most of a short run.
MAX_PAUSE_MS = 1000
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
                # The service counts all calls.
                "--skip-check",
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


async def has_each_outcome(service: ReferenceService) -> None:
    """Wait until handshakes were refused, and turns dropped and answered."""
    counts = service.counts
    await eventually(
        lambda: min(counts.refused, counts.dropped) > 0 and counts.answered > 3,
        limit_seconds=LIMIT_SECONDS,
    )


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
        words = context.words(service, "-u4", "-r20", "--processes=2", *SPOKEN)
        words += [f"--master-bind-port={port}", f"--master-port={port}"]
        async with run_locust(words) as process:
            await has_each_outcome(service)
            process.send_signal(signal.SIGTERM)
            code, output = await process.end()
        await all_closed(service)
        return Run(code, output, service.counts, context.result())


async def run_cluster(context: RunContext) -> Run:
    port = f"--master-bind-port={context.port()}"
    to_master = port.replace("bind-", "")
    async with reference_service(BEHAVIOUR) as service:
        master = context.words(
            service, "-u4", "-r20", "--master", "--expect-workers=2", port
        )
        worker = command(
            ["--worker", "--master-host=127.0.0.1", to_master, host_option(service)]
        )
        async with (
            run_locust([*master, *SPOKEN]) as first,
            run_locust(worker) as second,
            run_locust(worker) as third,
        ):
            await has_each_outcome(service)
            first.send_signal(signal.SIGTERM)
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
        words.append("--thresholds=error_rate=1, turn p95=100000")
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
                    f"{web}/",
                    f"{web}/stats/requests",
                    f"{web}/voice/voice-calls.csv",
                    f"{web}/voice",
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


def tables(page: str) -> dict[str, list[dict[str, Any]]]:
    """Return the added tables of the web interface by key."""
    return {one["key"]: one["data"] for one in json.loads(page)["extended_stats"]}


def has_turn_and_refusal(page: str) -> bool:
    """Return whether the statistics have a turn and a refused call."""
    rows = {row["statistic"]: row for row in tables(page)["voice-calls"]}
    return "turn" in rows and rows["connect"]["failed"] > 0


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
