"""What all callers of a process share. It lives in one event loop."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from voicelive_loadtest.callers.health import Health, HealthMonitor
from voicelive_loadtest.callers.pacer import Pacer
from voicelive_loadtest.callers.samples import Batch, Recorder

# Two callers of a process do not begin within less.
_STAGGER_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What was measured since the report before, and how the process fared.

    Attributes:
        batch: The measurements.
        health: Of the generator.
        callers: How many callers there are.
        calls: How many calls are open.
    """

    batch: Batch
    health: Health
    callers: int = 0
    calls: int = 0


class Engine:
    """Recorder, pacer and a look at itself, for all callers of an event loop.

    Use it as an async context manager.

    Args:
        speed: How many seconds of audio go by in a second; other than 1 only in tests,
            with a service that is as fast.
    """

    def __init__(self, *, speed: float = 1.0) -> None:
        self.speed = speed
        self.recorder = Recorder()
        """Takes what is measured."""
        self.pacer = Pacer(self.recorder, speed=speed)
        """The clock of all microphones."""
        self.monitor = HealthMonitor(self.recorder)
        """Looks at the process."""
        self.calls = 0
        """How many calls are open."""
        self._begins = -math.inf

    async def __aenter__(self) -> Self:
        self.monitor.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pacer.close()
        self.monitor.close()
        # What was closed a moment ago is gone when the loop has been around once.
        await asyncio.sleep(0)

    def begin_at(self, intended: float) -> float:
        """Return when a caller may begin, so that not all of them do at once.

        Locust spawns the users of a second in one go. The handshakes of a hundred
        callers would keep the frames of all others waiting.

        Args:
            intended: The earliest time, on the clock of `time.monotonic`.
        """
        self._begins = max(intended, self._begins + _STAGGER_SECONDS / self.speed)
        return self._begins

    def report(self) -> EngineReport:
        """Return what was measured since the last time."""
        late = self.pacer.report()
        health = self.monitor.take()
        health.send_lateness = late
        return EngineReport(
            self.recorder.take(), health, self.monitor.active, self.calls
        )
