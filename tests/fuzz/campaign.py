"""Campaign of random cases: runs targets, and keeps what they find."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz.cases import findings_of, kind_of, minimised, save
from tests.fuzz.guard import light_collections
from tests.fuzz.target import Case, Target


@dataclass(frozen=True, slots=True)
class Found:
    """A finding.

    Attributes:
        target: The name of the target.
        seed: The seed of the case.
        text: What the oracle said.
        path: The saved case.
    """

    target: str
    seed: str
    text: str
    path: Path

    def __str__(self) -> str:
        return f"{self.target} (seed {self.seed}): {self.text}\n  saved as {self.path}"


def run_count(target: Target, seed: str, count: int) -> list[Found]:
    """Run a fixed number of cases of one target."""
    found: dict[str, Found] = {}
    with light_collections():
        for number in range(count):
            _run_one(target, f"{seed}/{number}", found)
    return list(found.values())


def run_seconds(
    targets: Sequence[Target],
    seed: str,
    seconds: float,
    report: Callable[[Found], None],
) -> dict[str, int]:
    """Run targets in turn until the time is over.

    Args:
        targets: What to fuzz; each gets the same share of the time.
        seed: Makes the cases repeatable.
        seconds: For how long.
        report: Called with each new kind of finding.

    Returns:
        How many cases were run, by target.
    """
    end = time.monotonic() + seconds
    spent = dict.fromkeys((target.name for target in targets), 0.0)
    counts = dict.fromkeys(spent, 0)
    found: dict[str, Found] = {}
    with light_collections():
        while (now := time.monotonic()) < end:
            target = min(targets, key=lambda one: spent[one.name])
            case_seed = f"{seed}/{counts[target.name]}"
            if new := _run_one(target, case_seed, found):
                report(new)
            counts[target.name] += 1
            spent[target.name] += time.monotonic() - now
    return counts


def make(target: Target, seed: str) -> Case:
    """Return the case of a seed."""
    return target.make(Random(f"{target.name}/{seed}"))


def _run_one(target: Target, seed: str, found: dict[str, Found]) -> Found | None:
    case = make(target, seed)
    text = findings_of(target, case)
    if text is None:
        return None
    kind = f"{target.name} {kind_of(text)}"
    if kind in found:
        return None
    small = minimised(target, case, text)
    new = found[kind] = Found(target.name, seed, text, save(target, small, text))
    return new
