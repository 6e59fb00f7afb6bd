"""Benchmark of import time, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from tempfile import TemporaryDirectory

from benchmarks.lab import ROOT, Lab
from benchmarks.results import Row, little_above_bare

_MODULES = {
    "ours": "voicelive.aio",
    "bare": "aiohttp",
    "official": "azure.ai.voicelive.aio",
}


def measure(lab: Lab) -> Iterator[Row]:
    """Measure the import statement, with all bytecode in a cache."""
    timings = time_imports(
        lab, {name: (name, f"import {module}") for name, module in _MODULES.items()}
    )
    yield Row.of(
        "import",
        "voicelive.aio; aiohttp; azure.ai.voicelive.aio",
        "ms",
        {name: min(found) for name, found in timings.items()},
        little_above_bare(60, "ms"),
    )


def time_imports(
    lab: Lab, statements: Mapping[str, tuple[str, str]]
) -> dict[str, list[float]]:
    """Return the seconds that statements take, in rounds of fresh interpreters.

    Args:
        lab: The candidates.
        statements: The candidate and the statement of each name.
    """
    timings: dict[str, list[float]] = {name: [] for name in statements}
    with TemporaryDirectory() as cache:
        for candidate, statement in statements.values():
            _time(lab, candidate, statement, cache)  # fills the cache
        for _ in range(lab.effort.import_rounds):
            for name, (candidate, statement) in statements.items():
                timings[name].append(_time(lab, candidate, statement, cache))
    return timings


def _time(lab: Lab, candidate: str, statement: str, cache: str) -> float:
    env = {**lab.envs[candidate], "PYTHONPYCACHEPREFIX": cache}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    code = (
        "import time; start = time.perf_counter(); "
        f"{statement}; print(time.perf_counter() - start)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
        env=env,
    )
    return float(run.stdout)
