"""Load shapes over time, with a simulated clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Otherwise Locust patches this process.
os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")

from locust import LoadTestShape

from voicelive_loadtest.locust.locust_shapes import (
    StagedShape,
    StepsShape,
    planned_stages,
)
from voicelive_loadtest.locust.profile_shapes import Ramp, Spike, Steps


@dataclass
class FakeLocust:
    """Spawns callers for a shape, in steps of a second.

    Attributes:
        now: Current time.
        users: Number of callers.
        max_rate: Maximum spawn rate per second.
    """

    now: float = 100.0
    users: int = 0
    max_rate: float = 1000.0

    def clock(self) -> float:
        return self.now

    def run(self, shape: LoadTestShape) -> Iterator[tuple[float, int]]:
        """Yield time and target of each change; -1 at the end."""
        shape.get_current_user_count = lambda: self.users  # type: ignore[method-assign]
        last = None
        for _ in range(10_000):
            tick = shape.tick()
            if tick is None:
                yield self.now - 100, -1
                return
            target, rate = tick[0], tick[1]
            if target != last:
                yield self.now - 100, target
                last = target
            self.now += 1
            step = int(min(rate, self.max_rate))
            if self.users < target:
                self.users = min(target, self.users + step)
            else:
                self.users = target
        raise AssertionError("the shape does not end")


def test_a_ramp_holds_all_callers() -> None:
    """20 callers are spawned in 10 s, and stay for 50 s."""
    locust = FakeLocust()
    shape = StagedShape(planned_stages(Ramp(20, 10, 50)), locust.clock)
    assert list(locust.run(shape)) == [(0, 20), (60, -1)]


def test_slow_spawning_does_not_shorten_a_stage() -> None:
    """The time of the stage starts when its callers have been spawned."""
    locust = FakeLocust(max_rate=1)
    shape = StagedShape(planned_stages(Ramp(30, 10, 50)), locust.clock)
    # Spawning takes 30 s, which is also the limit: twice the planned 10 s, plus 10 s.
    assert list(locust.run(shape)) == [(0, 30), (80, -1)]


def test_a_stage_starts_even_without_its_callers() -> None:
    """After the spawn timeout, so that every run ends."""
    locust = FakeLocust(max_rate=0)
    shape = StagedShape(planned_stages(Ramp(30, 10, 50)), locust.clock)
    assert list(locust.run(shape)) == [(0, 30), (80, -1)]


def test_a_spike_goes_up_and_down() -> None:
    """Each stage is held for its duration with all its callers."""
    locust = FakeLocust()
    shape = StagedShape(planned_stages(Spike(10, 100, 45, 20, 30, 40)), locust.clock)
    seen = list(locust.run(shape))
    assert [users for _, users in seen] == [10, 100, 10, -1]
    assert [at for at, _ in seen] == [0, 21, 53, 94]


def steps_shape(
    locust: FakeLocust, following: Callable[[int], int | None]
) -> tuple[StepsShape, list[int]]:
    """Return a shape of steps, and the list of the steps that it has judged."""
    judged: list[int] = []

    def judge(users: int, begins: float, ends: float) -> int | None:
        assert ends - begins == 10
        assert locust.now >= ends + 2
        assert locust.users == users
        judged.append(users)
        return following(users)

    steps = Steps(users=20, most=70, rate=100, settle=5, hold=10)
    return StepsShape(steps, 20, judge, delay=2, clock=locust.clock), judged


def test_steps_follow_their_plan() -> None:
    """A step is judged once its reports are there."""
    locust = FakeLocust()
    shape, seen = steps_shape(locust, {20: 40, 40: 60, 60: None}.__getitem__)
    changes = list(locust.run(shape))
    assert seen == [20, 40, 60]
    # A second to spawn, 5 to settle, 10 to judge, 2 until the reports are there.
    assert changes == [(0, 20), (18, 40), (36, 60), (54, -1)]


def test_callers_leave_before_a_smaller_step() -> None:
    """Otherwise those that back off would make it smaller still."""
    locust = FakeLocust()
    shape, seen = steps_shape(locust, {20: 80, 80: 50, 50: None}.__getitem__)
    assert [users for _, users in locust.run(shape)] == [20, 80, 0, 50, -1]
    assert seen == [20, 80, 50]


def test_a_step_can_be_repeated() -> None:
    """The callers stay, and the following seconds are judged without settling."""
    locust = FakeLocust()
    answers = iter((20, 20, None))
    shape, seen = steps_shape(locust, lambda users: next(answers))
    assert list(locust.run(shape)) == [(0, 20), (42, -1)]
    assert seen == [20, 20, 20]


def test_reset_time_restarts_the_shape() -> None:
    """Locust calls it when a test starts."""
    locust = FakeLocust()
    shape, seen = steps_shape(locust, lambda users: 40 if users == 20 else None)
    list(locust.run(shape))
    locust.users = 0
    shape.reset_time()
    list(locust.run(shape))
    assert seen == [20, 40, 20, 40]
