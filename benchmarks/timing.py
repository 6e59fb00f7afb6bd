"""Stopwatch and timings."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Time that a number of events took.

    Attributes:
        events: Number of events.
        wall: Elapsed time in seconds.
        cpu: CPU time of the process in seconds.
    """

    events: int
    wall: float
    cpu: float

    @property
    def wall_per_event(self) -> float:
        """Elapsed seconds per event."""
        return self.wall / self.events

    @property
    def cpu_per_event(self) -> float:
        """Seconds of CPU time per event."""
        return self.cpu / self.events


class Stopwatch:
    """Stopwatch that starts when it is created."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._wall = time.perf_counter()

    def stop(self, events: int) -> Timing:
        """Return the time since the start, for a number of events."""
        wall = time.perf_counter() - self._wall
        cpu = time.process_time() - self._cpu
        return Timing(events, wall, cpu)
