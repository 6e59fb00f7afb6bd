"""Whether the generator kept up, or was itself what the callers waited for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from voicelive_loadtest.callers.samples import Histogram, Interval, Recorder

_SAMPLE_SECONDS = 0.05
_CPU_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLimits:
    """Above which the measurements of a run are worth nothing.

    Attributes:
        send_lateness_ms: 99 % of the frames have to leave with less delay.
        loop_lag_ms: 99 % of the looks at the event loop have to find less.
        cpu: Share of a core, on average: the event loop of a process has only one.
    """

    send_lateness_ms: float = 20.0
    loop_lag_ms: float = 20.0
    cpu: float = 0.9


@dataclass(slots=True)
class Health:
    """How a process of the generator fared.

    Attributes:
        send_lateness: How late frames left, in milliseconds.
        loop_lag: How late the event loop was, in milliseconds.
        cpu_seconds: CPU time of the process while callers were there.
        wall_seconds: For how long they were.
        cpu_most: The largest share of a core in a second.
    """

    send_lateness: Histogram = field(default_factory=Histogram)
    loop_lag: Histogram = field(default_factory=Histogram)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    cpu_most: float = 0.0

    @property
    def cpu(self) -> float:
        """The mean share of a core."""
        return self.cpu_seconds / self.wall_seconds if self.wall_seconds else 0.0

    def merge(self, other: Health) -> None:
        """Add what came later."""
        self.send_lateness.merge(other.send_lateness)
        self.loop_lag.merge(other.loop_lag)
        self.cpu_seconds += other.cpu_seconds
        self.wall_seconds += other.wall_seconds
        self.cpu_most = max(self.cpu_most, other.cpu_most)

    def problems(self, limits: HealthLimits) -> Iterator[str]:
        """Tell why the run is invalid; nothing if it is valid."""
        late = self.send_lateness.percentile(0.99)
        if late > limits.send_lateness_ms:
            yield (
                f"1 % of the frames left {late:.1f} ms late or later "
                f"(limit {limits.send_lateness_ms:g} ms)"
            )
        lag = self.loop_lag.percentile(0.99)
        if lag > limits.loop_lag_ms:
            yield (
                f"1 % of the time the event loop was {lag:.1f} ms late or later "
                f"(limit {limits.loop_lag_ms:g} ms)"
            )
        if self.cpu > limits.cpu:
            yield (
                f"the process used {self.cpu:.0%} of a core (limit {limits.cpu:.0%})"
            )

    def summary(self) -> str:
        """One line for people."""
        return (
            f"CPU {self.cpu:.0%} of a core (at most {self.cpu_most:.0%}), "
            f"frames p99 {self.send_lateness.percentile(0.99):.1f} ms late, "
            f"event loop p99 {self.loop_lag.percentile(0.99):.1f} ms late"
        )


class HealthMonitor:
    """Looks at the event loop and at the CPU as long as it is started."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._looked = (0.0, 0.0)
        self._health = Health()
        self.active = 0
        """How many callers there are; without any, the process is not judged."""

    def start(self) -> None:
        """Begin to look."""
        self._looked = (time.monotonic(), time.process_time())
        self._wait()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def take(self) -> Health:
        """Return what was seen since the last time, without the frames."""
        self._look_at_cpu(time.monotonic())
        self._recorder.record_all(Interval.LOOP_LAG, self._health.loop_lag)
        health, self._health = self._health, Health()
        return health

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = time.monotonic() + _SAMPLE_SECONDS
        self._timer = loop.call_later(_SAMPLE_SECONDS, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        if self.active:
            self._health.loop_lag.add(max(0.0, now - self._due) * 1000)
        if now - self._looked[0] >= _CPU_SECONDS:
            self._look_at_cpu(now)
        self._wait()

    def _look_at_cpu(self, now: float) -> None:
        before, cpu_before = self._looked
        cpu = time.process_time()
        self._looked = (now, cpu)
        wall, used = now - before, cpu - cpu_before
        if not self.active or wall <= 0:
            return
        self._health.cpu_seconds += used
        self._health.wall_seconds += wall
        if wall >= _CPU_SECONDS / 2:
            self._health.cpu_most = max(self._health.cpu_most, used / wall)
