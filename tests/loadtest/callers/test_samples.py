"""Counting, rounding and merging what is measured."""

from __future__ import annotations

import random

import pytest

from voicelive_loadtest.callers.health import Health, HealthLimits
from voicelive_loadtest.callers.samples import (
    Histogram,
    Interval,
    MetricsRecorder,
    bucket,
)


@pytest.mark.parametrize(
    ("ms", "rounded"),
    [(0.04, 0.0), (0.26, 0.3), (99.94, 99.9), (123.4, 123), (1234, 1230), (5e4, 5e4)],
)
def test_times_are_rounded_to_a_percent(ms: float, rounded: float) -> None:
    """Short times keep a tenth of a millisecond, long ones three digits."""
    assert bucket(ms) == rounded


def test_percentiles_are_those_of_the_samples() -> None:
    """They are within the rounding of what all samples, sorted, say."""
    chance = random.Random(1)
    samples = [chance.lognormvariate(5, 1) for _ in range(2000)]
    times = Histogram()
    for sample in samples:
        times.add(sample)
    samples.sort()
    for share in (0.5, 0.95, 0.99):
        exact = samples[int(share * len(samples)) - 1]
        assert times.percentile(share) == pytest.approx(exact, rel=0.01)
    assert times.percentile(1.0) == pytest.approx(samples[-1], rel=0.01)
    assert (times.least, times.most) == (samples[0], samples[-1])
    assert times.mean == pytest.approx(sum(samples) / len(samples))


def test_merging_is_as_if_counted_together() -> None:
    """Histograms of several processes become one, empty ones included."""
    whole, parts = Histogram(), [Histogram(), Histogram(), Histogram()]
    for number in range(1, 50):
        whole.add(number)
        parts[number % 2].add(number)
    merged = Histogram()
    for part in parts:
        merged.merge(part)
    assert merged == whole


def test_a_batch_is_taken_once() -> None:
    """What was handed over is not handed over again."""
    recorder = MetricsRecorder()
    recorder.record(Interval.CONNECT, 0.1)
    recorder.fail(Interval.TURN, "close.1011")
    recorder.count("calls")
    first, second = recorder.take(), recorder.take()
    assert first.intervals[Interval.CONNECT].count == 1
    assert first.failures == {(Interval.TURN, "close.1011"): 1}
    assert first.counters == {"calls": 1}
    assert (second.intervals, second.failures, second.counters) == ({}, {}, {})


def test_what_comes_before_it_is_due_is_no_time() -> None:
    """An answer before the end of the question is counted, not measured."""
    recorder = MetricsRecorder()
    recorder.record(Interval.SPEECH_TO_AUDIO, -0.1)
    batch = recorder.take()
    assert batch.intervals == {}
    assert batch.counters == {"early.end of speech to first audio": 1}


def test_codes_have_few_names() -> None:
    """However many codes a service invents, the statistics stay readable."""
    recorder = MetricsRecorder()
    names = {recorder.code("error", f"code_{number}") for number in range(200)}
    assert len(names) == 41
    assert recorder.code("error", "code_0") == "error.code_0"
    assert recorder.code("error", "code_199") == "error.other"
    assert recorder.code("close", "see https://example.com/?id=1") == "close.other"
    assert recorder.code("close", 1011) == "close.1011"


def test_health_has_limits() -> None:
    """Late frames, a late event loop and a busy core are each a reason."""
    health = Health(cpu_seconds=9.5, wall_seconds=10)
    for _ in range(98):
        health.send_lateness.add(1)
        health.loop_lag.add(1)
    assert len(list(health.problems(HealthLimits()))) == 1
    for _ in range(2):
        health.send_lateness.add(50)
        health.loop_lag.add(50)
    assert len(list(health.problems(HealthLimits()))) == 3
    assert list(health.problems(HealthLimits(
        send_lateness_ms=60, loop_lag_ms=60, cpu=1
    ))) == []  # fmt: skip
