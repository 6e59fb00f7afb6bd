"""Clocks."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """How long a number of events took.

    Attributes:
        events: How many.
        wall: Seconds that passed.
        cpu: Seconds of CPU time of the process.
    """

    events: int
    wall: float
    cpu: float

    @property
    def wall_per_event(self) -> float:
        """Seconds that passed for each event."""
        return self.wall / self.events

    @property
    def cpu_per_event(self) -> float:
        """Seconds of CPU time for each event."""
        return self.cpu / self.events


class Stopwatch:
    """Measures from its making on."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._wall = time.perf_counter()

    def stop(self, events: int) -> Timing:
        """The time since then, in which that many events were handled."""
        wall = time.perf_counter() - self._wall
        cpu = time.process_time() - self._cpu
        return Timing(events, wall, cpu)
