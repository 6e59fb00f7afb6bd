"""Timeline: slices, updates of workers, bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.runtime import RuntimeReport
from voicelive_loadtest.callers.samples import Batch, Histogram, Interval
from voicelive_loadtest.results.judge import judge_planned_run
from voicelive_loadtest.results.series import by_calls, main_interval, over_time
from voicelive_loadtest.results.thresholds import Thresholds, ThresholdState, errors
from voicelive_loadtest.results.timeline import Timeline

ANSWER = Interval.SPEECH_TO_AUDIO


@dataclass
class Clock:
    """A clock that is set by the test."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Source:
    """A generator process with a timeline."""

    clock: Clock = field(default_factory=Clock)
    name: str = "local"

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.clock, max_slices=50)

    def report(
        self,
        at: float,
        *answers: float,
        calls: int = 1,
        failed: int = 0,
        cpu: float = 0,
    ) -> None:
        """Add a report at a point in time."""
        self.clock.now = at
        times = Histogram()
        for ms in answers:
            times.add(ms)
        batch = Batch(
            {ANSWER: times, Interval.TURN: times} if answers else {},
            {(Interval.TURN, "close.1011"): failed} if failed else {},
            {"answers.heard": len(answers), "received.x": 9},
        )
        health = Health(cpu_seconds=cpu / 2, wall_seconds=0.5)
        self.timeline.add(RuntimeReport(batch, health, calls + 1, calls), self.name)


def test_a_point_for_each_second() -> None:
    """Reports within a second are merged; callers and calls are not summed."""
    source = Source()
    source.report(1000.0, 100, 300, calls=3, cpu=0.2)
    source.report(1000.5, 200, calls=4, failed=1, cpu=0.4)
    source.report(1002.1, calls=2)
    first, second = over_time(source.timeline)
    assert (first.at, first.seconds, first.callers, first.calls) == (0, 1, 5, 4)
    assert (first.answers, first.p50, first.p95) == (3, 200, 300)
    assert (first.failed, first.tried, first.heard) == (1, 4, 3)
    assert first.cpu == 0.3
    assert (second.at, second.answers, second.p50) == (2, 0, None)


def test_workers_are_merged_by_time() -> None:
    """Measurements of the same second are one point, though the clocks differ."""
    master = Timeline(Clock(5000.2))
    east, west = Source(Clock(100.0), "east"), Source(Clock(77.7), "west")
    for second in range(4):
        east.report(100.0 + second, 100, calls=10, cpu=0.5)
        west.report(77.7 + second, 300, calls=5, failed=1, cpu=0.9)
        if second % 2:
            # Each update covers two seconds.
            master.clock.now = 5000.2 + second  # type: ignore[attr-defined]
            for worker in (east, west):
                master.merge(worker.timeline.take(), worker.name)
    points = over_time(master)
    assert len(points) == 4
    for point in points:
        assert (point.callers, point.calls) == (17, 15)
        assert (point.answers, point.p50, point.p95) == (2, 100, 300)
        assert (point.failed, point.cpu) == (1, 0.9)


def test_taken_slices_are_not_sent_again() -> None:
    """Also if a slice continues after the update."""
    worker, master = Source(name="one"), Timeline(Clock())
    worker.report(1000.0, 100)
    master.merge(worker.timeline.take(), "one")
    worker.report(1000.6, 200)
    master.merge(worker.timeline.take(), "one")
    master.merge(worker.timeline.take(), "one")
    (point,) = over_time(master)
    assert (point.answers, point.calls) == (2, 1)


def test_the_number_of_slices_is_bounded() -> None:
    """Pairs of slices are merged, and no measurement is lost."""
    source = Source()
    for second in range(777):
        source.report(1000.0 + second, 100.0 + second % 10, calls=second % 7)
    points = over_time(source.timeline)
    assert 25 <= len(points) <= 50
    assert source.timeline.step == 16
    assert [point.at for point in points] == list(range(0, 777, 16))
    assert sum(point.answers for point in points) == 777
    assert all(point.calls == 6 for point in points[:-1])


def test_a_window_has_only_its_own_measurements() -> None:
    """A step is judged by its part of the run."""
    source = Source()
    for second in range(10):
        source.report(1000.0 + second, 100.0 * second + 1, failed=second % 2)
    result = source.timeline.window(1004.0, 1007.0).result(3.0)
    assert sorted(result.times(ANSWER).counts) == [401, 501, 601]
    assert errors(result) == (1, 4)
    assert result.counters == {"answers.heard": 3}


def test_points_by_calls_cover_ranges() -> None:
    """Seconds with a similar number of calls are merged."""
    source = Source()
    for second in range(48):
        source.report(1000.0 + second, 100.0 * (second // 4 + 1), calls=second + 1)
    levels = by_calls(source.timeline)
    assert [level.calls for level in levels] == list(range(0, 50, 5))
    assert [level.seconds for level in levels] == [4, *[5] * 8, 4]
    assert levels[0].p50 == 100
    assert levels[-1].p95 == 1200


def test_the_main_statistic_is_the_first_with_samples() -> None:
    """In a run with text only, the time to the first text."""
    source = Source()
    assert main_interval(source.timeline) is ANSWER
    times = Histogram()
    times.add(5)
    batch = Batch({Interval.REQUEST_TO_TEXT: times}, {}, {})
    source.timeline.add(RuntimeReport(batch, Health()), "local")
    assert main_interval(source.timeline) is Interval.REQUEST_TO_TEXT


def test_clearing_starts_a_new_run() -> None:
    """Earlier slices are discarded, and the time restarts."""
    source = Source()
    source.report(1000.0, 100)
    source.clock.now = 1100.0
    source.timeline.clear()
    assert over_time(source.timeline) == []
    source.report(1101.0, 100)
    assert [point.at for point in over_time(source.timeline)] == [1]


def test_drift_compares_the_end_with_the_beginning() -> None:
    """Slices during the spawning of callers are ignored."""
    source = Source()
    source.report(1000.0, 900, calls=2)
    for second in range(20):
        source.report(1001.0 + second, 100.0 if second < 15 else 180, calls=10)
    result = source.timeline.window(1000, 1100).result(21.0)
    verdict = judge_planned_run(result, Thresholds(drift=1.5), source.timeline)
    (finding,) = verdict.findings
    assert (finding.figure, finding.state) == (1.8, ThresholdState.BROKEN)
    assert str(verdict.capacity).startswith("holds fewer than 11 callers")
