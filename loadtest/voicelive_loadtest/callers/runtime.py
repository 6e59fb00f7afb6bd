"""State shared by the callers of a process, in one event loop."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from voicelive_loadtest.callers.health import Health, HealthMonitor
from voicelive_loadtest.callers.pacer import AudioPacer
from voicelive_loadtest.callers.samples import Batch, MetricsRecorder

# Minimum interval between the starts of two callers.
_STAGGER_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class RuntimeReport:
    """Measurements and generator health since the previous report.

    Attributes:
        batch: The measurements.
        health: Health of the generator.
        callers: Number of callers.
        calls: Number of open calls.
        span: First start and last start or end of a call, on the clock of
            `time.monotonic`; None if no call started or ended.
    """

    batch: Batch
    health: Health
    callers: int = 0
    calls: int = 0
    span: tuple[float, float] | None = None


class CallerRuntime:
    """Recorder, pacer and health monitor for the callers of an event loop.

    Use it as an async context manager.

    Args:
        speed: Speed of the audio clock: 1 is real time, other values are for tests
            with a service of the same speed.
    """

    def __init__(self, *, speed: float = 1.0) -> None:
        self.speed = speed
        self.recorder = MetricsRecorder()
        """Recorder of all measurements."""
        self.pacer = AudioPacer(self.recorder, speed=speed)
        """Pacer of all microphones."""
        self.monitor = HealthMonitor(self.recorder)
        """Monitor of event loop and CPU."""
        self.calls = 0
        """Number of open calls."""
        self.logged_errors: set[str] = set()
        """Names of the exceptions of callers that were logged."""
        self._last_start = -math.inf
        self._span: tuple[float, float] | None = None

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
        # Let callbacks of just-closed transports run.
        await asyncio.sleep(0)

    def begin_at(self, intended: float) -> float:
        """Return the start time of a caller, staggered after the previous one.

        Locust spawns the users of a second in one batch, and a hundred simultaneous
        handshakes would delay the frames of all other callers.

        Args:
            intended: Earliest start time on the clock of `time.monotonic`.
        """
        self._last_start = max(
            intended, self._last_start + _STAGGER_SECONDS / self.speed
        )
        return self._last_start

    def mark_call(self) -> None:
        """Record that a call starts or ends now."""
        now = time.monotonic()
        self._span = (now if self._span is None else self._span[0], now)

    def report(self) -> RuntimeReport:
        """Return the measurements since the previous report."""
        span, self._span = self._span, None
        late = self.pacer.report()
        health = self.monitor.take()
        health.send_lateness = late
        return RuntimeReport(
            self.recorder.take(), health, self.monitor.active, self.calls, span
        )
