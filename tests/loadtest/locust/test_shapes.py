"""Shapes: how many callers Locust is told to have, with a clock of our own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

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
class World:
    """A second at a time; callers come at most so fast.

    Attributes:
        now: The time.
        users: How many callers there are.
        fastest: How many come in a second.
    """

    now: float = 100.0
    users: int = 0
    fastest: float = 1000.0

    def clock(self) -> float:
        return self.now

    def run(self, shape: LoadTestShape) -> Iterator[tuple[float, int]]:
        """Yield when how many callers are asked for, whenever that changes."""
        shape.get_current_user_count = lambda: self.users  # type: ignore[method-assign]
        last = None
        for _ in range(10_000):
            asked = shape.tick()
            if asked is None:
                yield self.now - 100, -1
                return
            wanted, rate = asked[0], asked[1]
            if wanted != last:
                yield self.now - 100, wanted
                last = wanted
            self.now += 1
            step = int(min(rate, self.fastest))
            if self.users < wanted:
                self.users = min(wanted, self.users + step)
            else:
                self.users = wanted
        raise AssertionError("it does not end")


def test_a_ramp_holds_all_callers() -> None:
    """20 callers come in 10 s, and stay for 50 s."""
    world = World()
    shape = StagedShape(planned_stages(Ramp(20, 10, 50)), world.clock)
    assert list(world.run(shape)) == [(0, 20), (60, -1)]


def test_a_slow_ramp_shortens_no_stage() -> None:
    """When spawning takes longer than planned, the time of the stage begins later."""
    world = World(fastest=1)
    shape = StagedShape(planned_stages(Ramp(30, 10, 50)), world.clock)
    # Twice the planned 10 s, and 10 s of patience, would have been the latest.
    assert list(world.run(shape)) == [(0, 30), (80, -1)]


def test_callers_that_never_come_do_not_stop_the_clock() -> None:
    """A stage begins at last, so that every run ends."""
    world = World(fastest=0)
    shape = StagedShape(planned_stages(Ramp(30, 10, 50)), world.clock)
    assert list(world.run(shape)) == [(0, 30), (80, -1)]


def test_a_spike_goes_up_and_down() -> None:
    """Few, many, few; each for its time, with all of them there."""
    world = World()
    shape = StagedShape(planned_stages(Spike(10, 100, 45, 20, 30, 40)), world.clock)
    seen = list(world.run(shape))
    assert [users for _, users in seen] == [10, 100, 10, -1]
    assert [at for at, _ in seen] == [0, 21, 53, 94]


def steps_shape(world: World, most_that_hold: int) -> tuple[StepsShape, list[int]]:
    """Return a search, and the list of the steps that it has judged."""
    judged: list[int] = []

    def holds(users: int, begins: float, ends: float) -> bool:
        assert ends - begins == 10
        assert world.now >= ends + 2
        assert world.users == users
        judged.append(users)
        return users <= most_that_hold

    steps = Steps(users=20, most=70, rate=100, settle=5, hold=10)
    return StepsShape(steps, holds, delay=2, clock=world.clock), judged


@pytest.mark.parametrize(
    ("limit", "judged"), [(45, [20, 40, 60]), (5, [20]), (500, [20, 40, 60, 70])]
)
def test_steps_end_at_the_first_that_is_too_much(limit: int, judged: list[int]) -> None:
    """A step is judged when all about it is known; the last one has `most` callers."""
    world = World()
    shape, seen = steps_shape(world, limit)
    asked = [users for _, users in world.run(shape)]
    assert seen == judged
    assert asked == [*judged, -1]


def test_a_second_test_begins_anew() -> None:
    """Locust resets the shape when a test starts."""
    world = World()
    shape, seen = steps_shape(world, 25)
    list(world.run(shape))
    world.users = 0
    shape.reset_time()
    list(world.run(shape))
    assert seen == [20, 40, 20, 40]
