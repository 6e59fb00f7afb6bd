"""Progress of a run, as lines."""

from __future__ import annotations

import pytest

from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.runtime import RuntimeReport
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.progress import (
    clock,
    measure_progress,
    progress_header,
    progress_line,
)
from voicelive_loadtest.results.timeline import Timeline


def report(ms: float, *, calls: int, at: float) -> RuntimeReport:
    """Return a report with a response of this latency."""
    times, late = Histogram(), Histogram()
    times.add(ms)
    late.add(2.5)
    batch = Batch(
        {Interval.SPEECH_TO_AUDIO: times, Interval.SEND_LATENESS: late}, {}, {}
    )
    health = Health(send_lateness=late, cpu_seconds=0.5, wall_seconds=1.0)
    return RuntimeReport(batch, health, callers=9, calls=calls, span=(at, at + 1))


def test_recent_figures() -> None:
    """Latencies are those of the last ten seconds, calls those of the last report."""
    now = 100.0
    timeline = Timeline(lambda: now)
    for second in range(20):
        now = 100.0 + second
        timeline.add(report(100 + second, calls=second, at=now), "local")
    progress = measure_progress(
        timeline, total=60, callers=9, turns=20, failed=1, report_seconds=1
    )
    assert (progress.elapsed, progress.calls) == (19, 19)
    assert (progress.p50, progress.p95) == (114, 119)
    assert (progress.cpu, progress.late) == (0.5, 2.5)
    (_, head), line = progress_header(progress.waiting), progress_line(progress)
    assert len(head) == len(line) <= 80
    assert line.split() == [
        "0:19",
        "9",
        "19",
        "20",
        "1",
        "114",
        "ms",
        "119",
        "ms",
        "50%",
        "2.5",
        "ms",
    ]
    # From the first start of a call to the last end.
    assert timeline.seconds == 20


def test_progress_without_samples() -> None:
    """Figures are missing, and nothing fails."""
    progress = measure_progress(
        Timeline(), total=None, callers=0, turns=0, failed=0, report_seconds=1
    )
    assert progress_line(progress).split()[1:] == [
        "0",
        "0",
        "0",
        "0",
        "-",
        "-",
        "0%",
        "-",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (65.9, "1:05"), (3605, "1:00:05")]
)
def test_clock(seconds: float, text: str) -> None:
    """Minutes and seconds, with hours if there are any."""
    assert clock(seconds) == text


def test_the_span_of_workers_is_aligned() -> None:
    """Their clocks differ from that of the master."""
    worker = Timeline(lambda: 5000.25)
    worker.add(report(1, calls=1, at=5000.0), "worker")
    master = Timeline(lambda: 100.25)
    master.add(report(1, calls=1, at=98.0), "local")
    master.merge(worker.take(), "worker")
    assert master.seconds == pytest.approx(3.0)
