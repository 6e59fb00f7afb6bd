"""Load shapes for Locust: `LoadTestShape` classes for the shapes of a profile.

Locust counts spawning as part of a stage, and skips a stage if spawning takes longer.
Here the time of a stage starts when its callers have been spawned.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from locust import LoadTestShape

from voicelive_loadtest.locust.profile_shapes import Ramp, Soak, Spike, Steps

Clock = Callable[[], float]
# Spawning may take this much longer than planned before a stage starts anyway.
_SPAWN_TOLERANCE_FACTOR = 2.0
_SPAWN_TOLERANCE_SECONDS = 10.0
# Callers finish their turn before they leave, so the actual rate is lower.
_LEAVE_RATE = 100.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with a constant number of callers.

    Attributes:
        users: Number of callers.
        rate: Spawn rate per second.
        hold: Duration in seconds.
    """

    users: int
    rate: float
    hold: float


class Arrival:
    """Tracks when the target number of callers was reached."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._limit: float | None = None

    @classmethod
    def at(cls, since: float) -> Arrival:
        """Return an arrival in the past."""
        arrival = cls()
        arrival._since = arrival._limit = since
        return arrival

    def since(
        self, now: float, *, users: int, target: int, rate: float
    ) -> float | None:
        """Return when the target was reached; None if it was not.

        Args:
            now: Current time.
            users: Current number of callers.
            target: Target number of callers.
            rate: Spawn rate per second.
        """
        if self._limit is None:
            seconds = abs(target - users) / rate
            self._limit = (
                now + seconds * _SPAWN_TOLERANCE_FACTOR + _SPAWN_TOLERANCE_SECONDS
            )
        if self._since is None and (users == target or now >= self._limit):
            self._since = now
        return self._since


class StagedShape(LoadTestShape):
    """A sequence of stages, each held for its full duration.

    Args:
        stages: The stages in order.
        clock: Monotonic clock.
    """

    use_common_options = True

    def __init__(self, stages: list[Stage], clock: Clock = time.monotonic) -> None:
        super().__init__()
        self.stages = stages
        self._clock = clock
        self.reset_time()

    def reset_time(self) -> None:
        """Restart the shape; called by Locust when a test starts."""
        super().reset_time()
        self._number = 0
        self._arrival = Arrival()

    def tick(self) -> tuple[int, float] | None:
        """Return the target number of callers and the spawn rate."""
        now = self._clock()
        stage = self.stages[self._number]
        reached = self._arrival.since(
            now,
            users=self.get_current_user_count(),
            target=stage.users,
            rate=stage.rate,
        )
        if reached is not None and now >= reached + stage.hold:
            self._number += 1
            if self._number == len(self.stages):
                return None
            self._arrival = Arrival()
            stage = self.stages[self._number]
        return stage.users, stage.rate


class StepsShape(LoadTestShape):
    """Steps whose number of callers depends on the steps before.

    Before a step with fewer callers, all leave: those that back off after a refusal
    would make the load smaller than intended.

    Args:
        steps: Duration of the steps.
        first: Callers of the first step.
        judge: Judges a finished step, given its number of callers and the start and
            end of the judged part. Returns the callers of the next one; None to end.
        delay: Seconds to wait for the reports of workers; the callers stay meanwhile.
        clock: Monotonic clock.
    """

    use_common_options = True

    def __init__(
        self,
        steps: Steps,
        first: int,
        judge: Callable[[int, float, float], int | None],
        *,
        delay: float,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__()
        self._steps = steps
        self._first = first
        self._judge = judge
        self._delay = delay
        self._clock = clock
        self.reset_time()

    def reset_time(self) -> None:
        """Restart the shape; called by Locust when a test starts."""
        super().reset_time()
        self._users = self._first
        self._is_leaving = False
        self._arrival = Arrival()

    def tick(self) -> tuple[int, float] | None:
        """Return the target number of callers and the spawn rate."""
        steps, now = self._steps, self._clock()
        rate = _LEAVE_RATE if self._is_leaving else steps.rate
        target = 0 if self._is_leaving else self._users
        users = self.get_current_user_count()
        reached = self._arrival.since(now, users=users, target=target, rate=rate)
        if reached is not None and self._is_leaving:
            self._is_leaving = False
            self._arrival = Arrival()
        elif reached is not None:
            begins = reached + steps.settle
            ends = begins + steps.hold
            if now >= ends + self._delay:
                following = self._judge(self._users, begins, ends)
                if following is None:
                    return None
                if following != self._users:
                    self._is_leaving = following < self._users
                    self._users = following
                    self._arrival = Arrival()
                else:
                    # The callers stay: judge the following seconds.
                    self._arrival = Arrival.at(now - steps.settle)
        if self._is_leaving:
            return 0, _LEAVE_RATE
        return self._users, steps.rate


def planned_stages(shape: Ramp | Soak | Spike) -> list[Stage]:
    """Return the stages of a ramp, soak or spike."""
    match shape:
        case Spike():
            return [
                Stage(shape.users, shape.rate, shape.before),
                Stage(shape.spike, shape.rate, shape.hold),
                Stage(shape.users, _LEAVE_RATE, shape.after),
            ]
        case Ramp() | Soak():
            rate = shape.users / max(shape.ramp, 1.0)
            return [Stage(shape.users, rate, shape.hold)]
