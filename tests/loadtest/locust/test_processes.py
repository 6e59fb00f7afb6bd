"""Load tests with Locust in separate processes.

All runs take place at the same time, each with a reference service. A run during which
the machine paused is repeated alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.loadtest.locust.runs import (
    LIMIT_SECONDS,
    RUNS,
    Run,
    RunContext,
    tables,
    write_tone,
)
from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.results.verdict import RunExitCode

pytestmark = pytest.mark.slow

# Close timeout of a caller. After a longer pause of the service, the caller drops the
# connection, and the service may miss the last frames.
CLOSE_TIMEOUT_MS = 2000
MAX_REPEATS = 2


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
    assert 0 < measured.seconds < 30
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


def test_there_is_one_table(runs: dict[str, Run]) -> None:
    """That of the summary, and none of Locust, while it runs and at the end."""
    output = runs["local"].output
    assert len(re.findall(r"^ +count +failed +p50", output, re.M)) == 1
    assert re.search(r"^connect +\d+", output, re.M)
    assert "# reqs" not in output
    assert "Aggregated" not in output
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
    page, data, table, report, metrics = run.pages
    # The first page has the tabs, and a link to verdict and charts.
    for text in ("Voice verdict", "Voice calls", 'href="./voice"'):
        assert text in page
    assert "holds at least 2 callers" in report
    assert "data-chart=" in report
    shown = tables(data)
    rows = {row["statistic"]: row for row in shown["voice-calls"]}
    assert rows["end of speech to first audio"]["p50"] >= 168
    assert rows["connect"]["failed"] > 0
    verdict = {row["threshold"]: row["verdict"] for row in shown["voice-verdict"]}
    assert verdict["whole run"] == "PASSED"
    assert verdict["turn p95"] == "kept"
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
    # SIGTERM is as good as Ctrl-C; the threshold allows the refused call.
    assert run.code == 0, run.output
    assert run.measured.times(Interval.TURN).count == run.counts.answered


def test_a_lost_worker_makes_a_run_invalid(runs: dict[str, Run]) -> None:
    """A worker that dies takes its callers along."""
    run = runs["lost worker"]
    assert run.code == RunExitCode.LOST_WORKER, run.output
    assert "1 workers were lost" in run.measured.invalid


def total_lag(health: Health) -> float:
    """Return the total of the event loop lags above 20 ms, in milliseconds."""
    return sum(ms * count for ms, count in health.loop_lag.counts.items() if ms > 20)
