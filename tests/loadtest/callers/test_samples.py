"""Histograms, counters and health of the generator."""

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
def test_times_are_rounded_to_buckets(ms: float, rounded: float) -> None:
    """To 0.1 ms below 100 ms, above to three digits."""
    assert bucket(ms) == rounded


def test_percentiles_are_those_of_the_samples() -> None:
    """They differ from the exact percentiles by the width of a bucket at most."""
    rng = random.Random(1)
    samples = [rng.lognormvariate(5, 1) for _ in range(2000)]
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


def test_merged_histograms_equal_one_histogram() -> None:
    """Merging histograms of several processes loses nothing."""
    whole, parts = Histogram(), [Histogram(), Histogram(), Histogram()]
    for number in range(1, 50):
        whole.add(number)
        parts[number % 2].add(number)
    merged = Histogram()
    for part in parts:
        merged.merge(part)
    assert merged == whole


def test_a_batch_is_taken_once() -> None:
    """The next batch has only later measurements."""
    recorder = MetricsRecorder()
    recorder.record(Interval.CONNECT, 0.1)
    recorder.fail(Interval.TURN, "close.1011")
    recorder.count("calls")
    first, second = recorder.take(), recorder.take()
    assert first.intervals[Interval.CONNECT].count == 1
    assert first.failures == {(Interval.TURN, "close.1011"): 1}
    assert first.counters == {"calls": 1}
    assert (second.intervals, second.failures, second.counters) == ({}, {}, {})


def test_negative_durations_are_counted_as_early() -> None:
    """A response before the end of the question is not a sample."""
    recorder = MetricsRecorder()
    recorder.record(Interval.SPEECH_TO_AUDIO, -0.1)
    batch = recorder.take()
    assert batch.intervals == {}
    assert batch.counters == {"early.end of speech to first audio": 1}


def test_the_number_of_code_names_is_bounded() -> None:
    """Further and malformed codes of the service become `other`."""
    recorder = MetricsRecorder()
    names = {recorder.code("error", f"code_{number}") for number in range(200)}
    assert len(names) == 41
    assert recorder.code("error", "code_0") == "error.code_0"
    assert recorder.code("error", "code_199") == "error.other"
    assert recorder.code("close", "see https://example.com/?id=1") == "close.other"
    assert recorder.code("close", 1011) == "close.1011"


def test_exceeded_limits_are_problems() -> None:
    """Late frames, event loop lag and CPU usage each have a limit."""
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
