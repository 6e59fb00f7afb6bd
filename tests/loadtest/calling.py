"""Callers that run for as long as a test needs, without Locust."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from voicelive_loadtest.callers.caller import Caller
from voicelive_loadtest.callers.health import Health
from voicelive_loadtest.callers.journeys import JOURNEYS
from voicelive_loadtest.callers.runtime import CallerRuntime
from voicelive_loadtest.callers.samples import Batch, Histogram
from voicelive_loadtest.callers.settings import CallSettings
from voicelive_loadtest.callers.speech import tone_speech
from voicelive_loadtest.results.run_result import RunResult, make_result


def settings(endpoint: str, **changes: Any) -> CallSettings:
    """Return settings for short calls."""
    given: dict[str, Any] = {
        "endpoint": endpoint,
        "api_key": "test-key",
        "speech": tone_speech(0.1),
        "turns": 2,
        "turn_limit": 30.0,
        "think": 0.05,
        "pause": 0.05,
        "tool": 0.1,
        "silent": 0.2,
        "playout_delay": 0.02,
        "close_limit": 30.0,
    }
    return CallSettings(**{**given, **changes})


# Each caller makes a single call.
ONE_CALL: dict[str, Any] = {"pause": 60.0}


class Calls:
    """Calls in progress.

    Attributes:
        health: Health of the generator so far.
        result: The measurements, after the block of `calling`.
    """

    def __init__(self, runtime: CallerRuntime) -> None:
        self._runtime = runtime
        self._batch = Batch({}, {}, {})
        self.health = Health()
        self.result: RunResult

    def report(self) -> Batch:
        """Return all measurements so far."""
        whole, report = self._batch, self._runtime.report()
        self.health.merge(report.health)
        for interval, times in report.batch.intervals.items():
            whole.intervals.setdefault(interval, Histogram()).merge(times)
        for failure, count in report.batch.failures.items():
            whole.failures[failure] = whole.failures.get(failure, 0) + count
        for name, count in report.batch.counters.items():
            whole.counters[name] = whole.counters.get(name, 0) + count
        return whole


@asynccontextmanager
async def calling(
    given: CallSettings, *journeys: str, speed: float = 1.0, patient: bool = True
) -> AsyncIterator[Calls]:
    """Run a caller per journey during the block.

    `run_callers` runs for a fixed time instead, in which a busy machine may make no
    progress.

    Args:
        given: Settings of the callers.
        *journeys: Journey of each caller.
        speed: Speed of the audio clock.
        patient: Let the callers finish their turns at the end; otherwise cancel them.
    """
    async with CallerRuntime(speed=speed) as runtime:
        calls = Calls(runtime)
        callers = [
            Caller(partial(JOURNEYS.__getitem__, name), given, runtime, seed=seed)
            for seed, name in enumerate(journeys)
        ]
        running = [asyncio.create_task(caller.run()) for caller in callers]
        try:
            yield calls
            if patient:
                for caller in callers:
                    caller.stop()
                async with asyncio.timeout(60):
                    await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        calls.result = make_result(calls.report(), {"local": calls.health}, 0.0, ())
