"""Health of the load generator: send lateness, event loop lag, CPU usage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from voicelive_loadtest.callers.samples import Histogram, Interval, MetricsRecorder

_SAMPLE_SECONDS = 0.05
_CPU_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLimits:
    """Limits of the generator, beyond which a run is invalid.

    Attributes:
        send_lateness_ms: 99th percentile of the delay of sent frames, in milliseconds.
        loop_lag_ms: 99th percentile of the event loop lag, in milliseconds.
        cpu: Mean share of a core; the event loop uses one core only.
    """

    send_lateness_ms: float = 20.0
    loop_lag_ms: float = 20.0
    cpu: float = 0.9


@dataclass(slots=True)
class Health:
    """Health of a process of the generator.

    Attributes:
        send_lateness: Delay of sent frames, in milliseconds.
        loop_lag: Event loop lag, in milliseconds.
        cpu_seconds: CPU time of the process while callers were active.
        wall_seconds: Elapsed time while callers were active.
        cpu_most: Highest share of a core within a second.
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
        """Add later measurements."""
        self.send_lateness.merge(other.send_lateness)
        self.loop_lag.merge(other.loop_lag)
        self.cpu_seconds += other.cpu_seconds
        self.wall_seconds += other.wall_seconds
        self.cpu_most = max(self.cpu_most, other.cpu_most)

    def problems(self, limits: HealthLimits) -> Iterator[str]:
        """Yield the reasons why the run is invalid."""
        late = self.send_lateness.percentile(0.99)
        if late > limits.send_lateness_ms:
            yield (
                f"99th percentile of the frame lateness: {late:.1f} ms "
                f"(limit {limits.send_lateness_ms:g} ms)"
            )
        lag = self.loop_lag.percentile(0.99)
        if lag > limits.loop_lag_ms:
            yield (
                f"99th percentile of the event loop lag: {lag:.1f} ms "
                f"(limit {limits.loop_lag_ms:g} ms)"
            )
        if self.cpu > limits.cpu:
            yield (
                f"the process used {self.cpu:.0%} of a core (limit {limits.cpu:.0%})"
            )

    def summary(self) -> str:
        """Return a one-line summary."""
        return (
            f"CPU {self.cpu:.0%} (at most {self.cpu_most:.0%}), "
            f"frames p99 {self.send_lateness.percentile(0.99):.1f} ms late, "
            f"loop p99 {self.loop_lag.percentile(0.99):.1f} ms"
        )


class HealthMonitor:
    """Samples event loop lag and CPU usage."""

    def __init__(self, recorder: MetricsRecorder) -> None:
        self._recorder = recorder
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._cpu_sample = (0.0, 0.0)
        self._health = Health()
        self.active = 0
        """Number of callers; without callers nothing is sampled."""

    def start(self) -> None:
        """Start sampling."""
        self._cpu_sample = (time.monotonic(), time.process_time())
        self._schedule()

    def close(self) -> None:
        """Stop sampling."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def take(self) -> Health:
        """Return the health since the previous call, without send lateness."""
        self._sample_cpu(time.monotonic())
        self._recorder.record_all(Interval.LOOP_LAG, self._health.loop_lag)
        health, self._health = self._health, Health()
        return health

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = time.monotonic() + _SAMPLE_SECONDS
        self._timer = loop.call_later(_SAMPLE_SECONDS, self._sample)

    def _sample(self) -> None:
        now = time.monotonic()
        if self.active:
            self._health.loop_lag.add(max(0.0, now - self._due) * 1000)
        if now - self._cpu_sample[0] >= _CPU_SECONDS:
            self._sample_cpu(now)
        self._schedule()

    def _sample_cpu(self, now: float) -> None:
        before, cpu_before = self._cpu_sample
        cpu = time.process_time()
        self._cpu_sample = (now, cpu)
        wall, used = now - before, cpu - cpu_before
        if not self.active or wall <= 0:
            return
        self._health.cpu_seconds += used
        self._health.wall_seconds += wall
        if wall >= _CPU_SECONDS / 2:
            self._health.cpu_most = max(self._health.cpu_most, used / wall)
