"""Time that other processes and other virtual machines take from a measurement."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_Result = TypeVar("_Result")

_STAT = Path("/proc/stat")
_PRESSURE = Path("/proc/pressure/cpu")
_SOME_TOTAL = re.compile(r"^some .*total=(\d+)", re.MULTILINE)
_STEAL_FIELD = 8


def _stolen_seconds() -> float:
    """Return the CPU time that the hypervisor gave to other machines."""
    if not _STAT.is_file():
        return 0.0
    fields = _STAT.read_text().partition("\n")[0].split()
    return int(fields[_STEAL_FIELD]) / os.sysconf("SC_CLK_TCK")


def _waited_seconds() -> float:
    """Return the time in which a process has waited for a core."""
    try:
        found = _SOME_TOTAL.search(_PRESSURE.read_text())
    except OSError:  # a kernel without pressure information
        return 0.0
    return int(found[1]) / 1e6 if found else 0.0


class NoiseMeter:
    """Meter of the disturbance since it was created."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._stolen = _stolen_seconds()
        self._waited = _waited_seconds()

    @property
    def share(self) -> float:
        """The larger of stolen and waited time, as a share of the elapsed time."""
        passed = max(time.monotonic() - self._began, 1e-9)
        stolen = _stolen_seconds() - self._stolen
        waited = _waited_seconds() - self._waited
        return max(stolen, waited) / passed


class Rounds:
    """Measures rounds, and repeats those that were disturbed.

    A round counts if the disturbance was at most a limit. After as many repetitions as
    rounds, the least disturbed ones count.

    Args:
        limit: The largest disturbance of a round, as a share of its time.

    Attributes:
        measured: Number of rounds measured.
        repeated: Number of them that were disturbed and measured again.
        disturbed: Number of disturbed rounds that count nevertheless.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self.measured = 0
        self.repeated = 0
        self.disturbed = 0

    def run(self, rounds: int, measure: Callable[[], _Result]) -> list[_Result]:
        """Return the results of this number of rounds.

        Args:
            rounds: Number of rounds that count.
            measure: Measures one round.
        """
        results: list[tuple[float, int, _Result]] = []
        quiet = 0
        while quiet < rounds and len(results) < 2 * rounds:
            meter = NoiseMeter()
            result = measure()
            share = meter.share
            results.append((share, len(results), result))
            quiet += share <= self._limit
        self.measured += len(results)
        self.repeated += len(results) - rounds
        self.disturbed += rounds - quiet
        results.sort()
        counted = sorted(results[:rounds], key=lambda entry: entry[1])
        return [result for _, _, result in counted]

    def report(self, what: str) -> None:
        """Print how often rounds were disturbed, to standard error."""
        if self.repeated or self.disturbed:
            print(
                f"{what}: {self.measured} rounds measured, {self.repeated} repeated "
                f"because the machine was busy, {self.disturbed} counted although it "
                "was",
                file=sys.stderr,
            )
