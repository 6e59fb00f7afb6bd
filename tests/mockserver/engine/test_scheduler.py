"""Scheduled actions of a session."""

from __future__ import annotations

from functools import partial

from voicelive_mockserver.engine.scheduler import Scheduler


def test_actions_of_equal_time_keep_their_order() -> None:
    """They run in the order of scheduling."""
    scheduler, done = Scheduler(), list[int]()
    for number in range(5):
        scheduler.call_at(1.0, partial(done.append, number))
    scheduler.call_at(0.5, lambda: done.append(-1))
    scheduler.run(2.0)
    assert done == [-1, 0, 1, 2, 3, 4]


def test_actions_see_the_time_they_are_scheduled_for() -> None:
    """Delays do not accumulate: during an action, `now` is its scheduled time."""
    scheduler, seen = Scheduler(), list[float]()
    scheduler.call_at(
        1.0,
        lambda: scheduler.call_at(
            scheduler.now + 1, lambda: seen.append(scheduler.now)
        ),
    )
    scheduler.run(10.0)
    assert seen == [2.0]
    assert scheduler.now == 10.0
