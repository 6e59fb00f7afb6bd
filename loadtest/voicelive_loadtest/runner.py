"""Callers without Locust: for tests, for benchmarks, for a quick look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from random import Random

from voicelive_loadtest.callers.caller import Caller
from voicelive_loadtest.callers.engine import Engine
from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.callers.journeys import JOURNEYS, Journey
from voicelive_loadtest.callers.settings import CallSettings
from voicelive_loadtest.results.run_result import RunResult, make_result


async def run_callers(
    settings: CallSettings,
    *,
    callers: int,
    seconds: float,
    spawn_rate: float = 10.0,
    weights: Mapping[str, int] | None = None,
    grace: float = 10.0,
    speed: float = 1.0,
    seed: int = 0,
    limits: HealthLimits | None = None,
) -> RunResult:
    """Let callers call for a while, in the running event loop.

    Args:
        settings: How they behave.
        callers: How many.
        seconds: For how long, from the first one on.
        spawn_rate: How many begin in a second.
        weights: How often each journey takes place, by name; by default as their own
            weights say.
        grace: How many seconds the turns in progress may take to end.
        speed: How many seconds of audio go by in a second.
        seed: Makes what is chosen reproducible.
        limits: Above which the generator makes the run invalid.

    Raises:
        Exception: What a caller raised: an error in the load test itself.
    """
    chance = Random(seed)
    weights = weights or {name: journey.weight for name, journey in JOURNEYS.items()}
    names, shares = list(weights), list(weights.values())

    def choose() -> Journey:
        return JOURNEYS[chance.choices(names, shares)[0]]

    async with Engine(speed=speed) as engine:
        began = time.monotonic()
        running: set[asyncio.Task[None]] = set()
        people: list[Caller] = []
        try:
            for number in range(callers):
                due = began + number / spawn_rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                caller = Caller(choose, settings, engine, seed=seed + number)
                people.append(caller)
                running.add(asyncio.create_task(caller.run(intended=due)))
            left = began + seconds - time.monotonic()
            # A caller ends by itself only when something is wrong with it.
            await asyncio.wait(
                running, timeout=max(0.0, left), return_when=asyncio.FIRST_EXCEPTION
            )
            for caller in people:
                caller.stop()
            await asyncio.wait(running, timeout=grace)
        finally:
            for task in running:
                task.cancel()
            results = await asyncio.gather(*running, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        report = engine.report()
        problems = report.health.problems(limits or HealthLimits())
        elapsed = time.monotonic() - began
        return make_result(report.batch, {"local": report.health}, elapsed, problems)
