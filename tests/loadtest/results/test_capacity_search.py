"""Plans for steps: the staircase, and the search for the capacity."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from voicelive_loadtest.results.capacity_search import (
    CapacitySearch,
    Staircase,
    StepPlan,
)
from voicelive_loadtest.results.thresholds import Finding, ThresholdState
from voicelive_loadtest.results.verdict import Bound, Step


def step(
    callers: int, *, holds: bool, generator: bool = False, answers: int = 50
) -> Step:
    """Return a step with or without a broken threshold."""
    finding = Finding(
        name="turn p95",
        limit=500,
        unit="ms",
        figure=90 if holds else 900,
        state=ThresholdState.KEPT if holds else ThresholdState.BROKEN,
    )
    return Step(
        callers=callers,
        open_calls=callers - 1,
        findings=[finding],
        generator=["busy"] if generator else [],
        answers=answers,
        first_broken="" if holds else f"{finding}, after 3 s",
        p50=90,
        p95=90,
        failed=0,
        tried=answers,
    )


def run(plan: StepPlan, holds: Callable[[int], bool]) -> list[int]:
    """Run a plan to its end; return the callers of the steps."""
    while (callers := plan.callers) is not None:
        plan.record(step(callers, holds=holds(callers)))
    return [one.callers for one in plan.steps]


@pytest.mark.parametrize(
    ("limit", "steps"), [(45, [20, 40, 60]), (5, [20]), (500, [20, 40, 60, 70])]
)
def test_a_staircase_ends_at_the_first_failed_step(
    limit: int, steps: list[int]
) -> None:
    """The last step has the maximum of callers."""
    assert run(Staircase(20, 70), lambda callers: callers <= limit) == steps


def test_a_search_doubles_holds_and_bisects() -> None:
    """Failed steps are repeated, and the capacity is confirmed at the end."""
    search = CapacitySearch(5, 400)
    steps = run(search, lambda callers: callers <= 40)
    assert steps == [5, 10, 20, 40, 80, 80, 60, 60, 50, 50, 45, 45, 42, 42, 40]
    capacity = search.capacity()
    assert (capacity.bound, capacity.callers) == (Bound.HOLDS, 40)
    assert str(capacity) == (
        "holds 40 callers (39 calls open at most): with 42: turn p95: 900 ms "
        "(limit 500 ms), after 3 s"
    )
    assert capacity.confidence == "high: 40 held 2 of 2 times, 42 failed 2 of 2 times"


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 39, 40, 41, 99, 123, 399])
@pytest.mark.parametrize("first", [1, 5, 200])
def test_a_search_finds_any_capacity(limit: int, first: int) -> None:
    """Within 5 %, or one caller."""
    search = CapacitySearch(first, 400)
    steps = run(search, lambda callers: callers <= limit)
    capacity = search.capacity()
    assert capacity.bound is Bound.HOLDS
    assert limit - max(1, round(0.05 * limit)) <= capacity.callers <= limit
    assert len(steps) < 30


def test_a_search_survives_noise() -> None:
    """A step in twenty has the wrong result."""

    def found(seed: int) -> int:
        rng = Random(seed)
        search = CapacitySearch(5, 400)
        run(search, lambda callers: (callers <= 40) != (rng.random() < 0.05))
        return search.capacity().callers

    capacities = [found(seed) for seed in range(200)]
    assert sum(38 <= callers <= 42 for callers in capacities) >= 180


def test_a_single_failure_does_not_end_a_search() -> None:
    """Two of three steps decide, and the confidence is lower."""
    search = CapacitySearch(10, 20)
    results = iter([True, False, True, True])
    assert run(search, lambda callers: next(results)) == [10, 20, 20, 20]
    capacity = search.capacity()
    assert (capacity.bound, capacity.callers) == (Bound.AT_LEAST, 20)
    assert "the maximum of the search" in capacity.because


def test_a_capacity_that_is_not_confirmed_is_lowered() -> None:
    """The search goes on below it."""
    search = CapacitySearch(8, 10)
    results = {8: iter([True, True]), 9: iter([True, False, False]), 10: iter(())}
    steps = run(search, lambda callers: next(results[callers], False))
    assert steps == [8, 10, 10, 9, 9, 9, 8]
    assert search.capacity().callers == 8


def test_few_responses_lower_the_confidence() -> None:
    """A percentile of few samples is its maximum."""
    search = CapacitySearch(1, 2)
    while (callers := search.callers) is not None:
        search.record(step(callers, holds=callers < 2, answers=19))
    text = search.capacity().confidence
    assert text.startswith("medium: 1 held 2 of 2 times")
    assert text.endswith("with few responses per step")


def test_a_busy_generator_ends_a_search() -> None:
    """The capacity is then a lower bound."""
    search = CapacitySearch(5, 400)
    search.record(step(5, holds=True))
    search.record(step(10, holds=True, generator=True))
    assert search.callers is None
    capacity = search.capacity()
    assert (capacity.bound, capacity.callers) == (Bound.AT_LEAST, 5)
    assert "with 10 the generator was the bottleneck: busy" in capacity.because


def test_a_service_may_hold_no_caller() -> None:
    """The smallest step has one."""
    search = CapacitySearch(4, 400)
    assert run(search, lambda callers: False) == [4, 4, 2, 2, 1, 1]
    capacity = search.capacity()
    assert (capacity.bound, capacity.callers) == (Bound.FEWER, 1)


def test_an_interrupted_search_has_a_lower_bound() -> None:
    """It says so; without a step there is none."""
    search = CapacitySearch(5, 400)
    assert search.capacity().bound is Bound.UNKNOWN
    search.record(step(5, holds=True))
    capacity = search.capacity()
    assert (capacity.bound, capacity.callers) == (Bound.AT_LEAST, 5)
    assert "interrupted" in capacity.because
