"""Plans for the steps of a run: a staircase, and a search for the capacity.

Plans know no clock and no callers: they name the number of callers of the next step,
and are updated with its result.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from voicelive_loadtest.results.verdict import Bound, Capacity, Step

_TOLERANCE = 0.05
_MAX_STEPS = 60
# With fewer responses, a 95th percentile is the slowest one.
_MIN_ANSWERS = 20
_TRIALS = 3


class StepPlan(Protocol):
    """Decides the number of callers of each step."""

    steps: list[Step]
    """The finished steps."""

    @property
    def callers(self) -> int | None:
        """Callers of the next step; None at the end."""
        ...

    def record(self, step: Step) -> None:
        """Add the result of the step with `callers` callers."""
        ...


class Staircase:
    """Increases the number of callers by a constant until a step fails.

    Args:
        users: Callers of the first step, and increment.
        most: Callers of the last step.
    """

    def __init__(self, users: int, most: int) -> None:
        self.steps: list[Step] = []
        self._users = users
        self._most = most
        self._next: int | None = min(users, most)

    @property
    def callers(self) -> int | None:
        """Callers of the next step; None at the end."""
        return self._next

    def record(self, step: Step) -> None:
        """Add the result of a step."""
        self.steps.append(step)
        if not step.holds or step.callers >= self._most:
            self._next = None
        else:
            self._next = min(step.callers + self._users, self._most)


class Confidence(StrEnum):
    """Confidence in a capacity that was searched for."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class CapacitySearch:
    """Search for the capacity by doubling and bisection.

    The number of callers doubles until a step fails, and is then bisected until the
    smallest number that fails is at most 5 % above the largest one that holds. A
    failed step is held once more with the same callers; if that one holds, a third one
    decides. At the end, the capacity is confirmed by another step.

    Args:
        users: Callers of the first step.
        most: Maximum number of callers.
    """

    def __init__(self, users: int, most: int) -> None:
        self.steps: list[Step] = []
        self._first = min(users, most)
        self._most = most
        self._trials: dict[int, list[bool]] = {}
        self._level = self._first
        self._limited = False
        self._done = False

    @property
    def callers(self) -> int | None:
        """Callers of the next step; None at the end."""
        return None if self._done else self._level

    def record(self, step: Step) -> None:
        """Add the result of the step with `callers` callers."""
        self.steps.append(step)
        if step.generator:
            self._limited = self._done = True
            return
        self._trials.setdefault(step.callers, []).append(step.holds)
        following = self._following()
        if following is None or len(self.steps) >= _MAX_STEPS:
            self._done = True
        else:
            self._level = following

    @property
    def lower(self) -> int:
        """Largest number of callers that held, below all that failed; 0 if none."""
        upper = self.upper
        return max(
            (
                level
                for level, trials in self._trials.items()
                if _passes(trials) and (upper is None or level < upper)
            ),
            default=0,
        )

    @property
    def upper(self) -> int | None:
        """Smallest number of callers that failed; None if there is none."""
        failed = [
            level for level, trials in self._trials.items() if _passes(trials) is False
        ]
        return min(failed, default=None)

    def capacity(self) -> Capacity:
        """Return the capacity, as far as the steps have shown."""
        lower, upper = self.lower, self.upper
        calls = max((s.open_calls for s in self.steps if s.callers == lower), default=0)
        last = self.steps[-1] if self.steps else None
        if last is None:
            return _capacity(Bound.UNKNOWN, 0, because="no step was finished")
        if self._limited:
            bound = Bound.AT_LEAST if lower else Bound.UNKNOWN
            reason = "; ".join(last.generator)
            because = f"with {last.callers} the generator was the bottleneck: {reason}"
            return _capacity(bound, lower, open_calls=calls, because=because)
        if upper is None:
            if not lower:
                return _capacity(Bound.UNKNOWN, 0, because="the search was interrupted")
            because = (
                "this is the maximum of the search"
                if lower == self._most
                else "the search was interrupted"
            )
            return _capacity(Bound.AT_LEAST, lower, open_calls=calls, because=because)
        failed = next(s for s in self.steps if s.callers == upper and not s.holds)
        if not lower:
            return _capacity(Bound.FEWER, upper, because=failed.reason)
        return _capacity(
            Bound.HOLDS,
            lower,
            open_calls=calls,
            because=f"with {upper}: {failed.first_broken or failed.reason}",
            confidence=self._confidence(lower, upper),
        )

    def _following(self) -> int | None:
        """Return the callers of the step after the last one; None at the end."""
        level = self.steps[-1].callers
        if _passes(self._trials[level]) is None:
            return level
        lower, upper = self.lower, self.upper
        if upper is None:
            return None if lower >= self._most else min(2 * lower, self._most)
        if upper - lower > max(1, round(_TOLERANCE * upper)):
            return (lower + upper) // 2
        if lower and len(self._trials[lower]) < 2:
            return lower
        return None

    def _confidence(self, lower: int, upper: int) -> str:
        """Return the confidence with its reasons."""
        held, failed = self._trials[lower], self._trials[upper]
        answers = [s.answers for s in self.steps if s.callers in (lower, upper)]
        few = min(answers) < _MIN_ANSWERS
        doubts = sum((not all(held) or any(failed), len(held) < 2, few))
        level = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)[min(doubts, 2)]
        return (
            f"{level}: {lower} held {sum(held)} of {len(held)} times, {upper} failed "
            f"{failed.count(False)} of {len(failed)} times"
            f"{', with few responses per step' if few else ''}"
        )


def _passes(trials: list[bool]) -> bool | None:
    """Return whether a level holds; None if another step has to decide."""
    if all(trials):
        return True
    if len(trials) >= _TRIALS:
        return trials.count(True) > trials.count(False)
    # Another step after a failure, and a third one if both differ.
    return False if trials.count(False) == len(trials) > 1 else None


def _capacity(
    bound: Bound,
    callers: int,
    *,
    because: str,
    open_calls: int = 0,
    confidence: str = "",
) -> Capacity:
    return Capacity(
        bound=bound,
        callers=callers,
        open_calls=open_calls,
        because=because,
        confidence=confidence,
    )
