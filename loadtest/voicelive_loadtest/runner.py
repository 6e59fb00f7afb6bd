"""Load tests without Locust, for tests, benchmarks and scripts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from random import Random

from voicelive_loadtest.callers.caller import Caller
from voicelive_loadtest.callers.health import HealthLimits
from voicelive_loadtest.callers.journeys import JOURNEYS, Journey
from voicelive_loadtest.callers.runtime import CallerRuntime
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
    """Run callers in the current event loop for a fixed time.

    Args:
        settings: Behaviour of the callers.
        callers: Number of callers.
        seconds: Duration, from the start of the first caller.
        spawn_rate: Callers started per second.
        weights: Relative frequency of each journey, by name; by default the weights
            in `JOURNEYS`.
        grace: Seconds that turns in progress may take to finish.
        speed: Speed of the audio clock: 1 is real time.
        seed: Seed of the random choices.
        limits: Limits of the generator, beyond which the run is invalid.
    """
    rng = Random(seed)
    weights = weights or {name: journey.weight for name, journey in JOURNEYS.items()}
    names, shares = list(weights), list(weights.values())

    def choose() -> Journey:
        return JOURNEYS[rng.choices(names, shares)[0]]

    async with CallerRuntime(speed=speed) as runtime:
        began = time.monotonic()
        running: set[asyncio.Task[None]] = set()
        started: list[Caller] = []
        try:
            for number in range(callers):
                due = began + number / spawn_rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                caller = Caller(choose, settings, runtime, seed=seed + number)
                started.append(caller)
                running.add(asyncio.create_task(caller.run(intended=due)))
            left = began + seconds - time.monotonic()
            await asyncio.wait(running, timeout=max(0.0, left))
            for caller in started:
                caller.stop()
            await asyncio.wait(running, timeout=grace)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        report = runtime.report()
        problems = report.health.problems(limits or HealthLimits())
        began, ended = report.span or (0.0, 0.0)
        generators = {"local": report.health}
        return make_result(report.batch, generators, ended - began, problems)
