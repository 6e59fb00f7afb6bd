"""How many callers there are, and when, as Locust asks for it: once a second.

Locust begins a stage by spawning, and leaves a stage out if spawning takes longer than
the stage. Here the time of a stage begins when its callers are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from locust import LoadTestShape

from voicelive_loadtest.locust.profile_shapes import Ramp, Soak, Spike, Steps

Clock = Callable[[], float]
# How much longer than planned spawning may take before a stage begins anyway.
_PATIENCE = 2.0
_PATIENCE_SECONDS = 10.0
# Who leaves finishes a turn first, which no plan knows.
_LEAVE_RATE = 100.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A number of callers that is held.

    Attributes:
        users: How many.
        rate: How many come in a second until then.
        hold: For how many seconds.
    """

    users: int
    rate: float
    hold: float


class Arrival:
    """Whether the callers that are wanted are there, and since when."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._limit: float | None = None

    def since(
        self, now: float, *, users: int, wanted: int, rate: float
    ) -> float | None:
        """Return since when it is so; None if it is not.

        Args:
            now: The time.
            users: How many callers there are.
            wanted: How many are wanted.
            rate: How many of them come in a second.
        """
        if self._limit is None:
            seconds = abs(wanted - users) / rate
            self._limit = now + seconds * _PATIENCE + _PATIENCE_SECONDS
        if self._since is None and (users == wanted or now >= self._limit):
            self._since = now
        return self._since


class StagedShape(LoadTestShape):
    """One stage after the other, each held for its whole time.

    Args:
        stages: In their order.
        clock: Seconds that never go back.
    """

    def __init__(self, stages: list[Stage], clock: Clock = time.monotonic) -> None:
        super().__init__()
        self.stages = stages
        self._clock = clock
        self.reset_time()

    def reset_time(self) -> None:
        """Begin anew; Locust does this when a test starts."""
        super().reset_time()
        self._number = 0
        self._arrival = Arrival()

    def tick(self) -> tuple[int, float] | None:
        """Return how many callers there are to be, and how many come in a second."""
        now = self._clock()
        stage = self.stages[self._number]
        there = self._arrival.since(
            now,
            users=self.get_current_user_count(),
            wanted=stage.users,
            rate=stage.rate,
        )
        if there is not None and now >= there + stage.hold:
            self._number += 1
            if self._number == len(self.stages):
                return None
            self._arrival = Arrival()
            stage = self.stages[self._number]
        return stage.users, stage.rate


class StepsShape(LoadTestShape):
    """More callers step by step, until one is too many.

    Args:
        steps: How many, and for how long.
        holds: Judges a step that is over: how many callers it had, when the judged part
            began and ended on the clock. Returns whether to go on.
        delay: Seconds until everything is known that was measured; workers report only
            now and then. The callers stay meanwhile.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        steps: Steps,
        holds: Callable[[int, float, float], bool],
        *,
        delay: float,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__()
        self._steps = steps
        self._holds = holds
        self._delay = delay
        self._clock = clock
        self.reset_time()

    def reset_time(self) -> None:
        """Begin anew; Locust does this when a test starts."""
        super().reset_time()
        self._users = self._steps.users
        self._arrival = Arrival()

    def tick(self) -> tuple[int, float] | None:
        """Return how many callers there are to be, and how many come in a second."""
        steps, now = self._steps, self._clock()
        there = self._arrival.since(
            now,
            users=self.get_current_user_count(),
            wanted=self._users,
            rate=steps.rate,
        )
        if there is not None:
            begins = there + steps.settle
            ends = begins + steps.hold
            if now >= ends + self._delay:
                if not self._holds(self._users, begins, ends):
                    return None
                if self._users >= steps.most:
                    return None
                self._users = min(self._users + steps.users, steps.most)
                self._arrival = Arrival()
        return self._users, steps.rate


def planned_stages(shape: Ramp | Soak | Spike) -> list[Stage]:
    """Return the stages of a shape that has a plan."""
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
