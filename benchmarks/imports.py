"""Benchmark of import time, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
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
    timings: dict[str, list[float]] = {name: [] for name in _MODULES}
    with TemporaryDirectory() as cache:
        for name in _MODULES:
            _import(lab, name, cache)  # fills the cache
        for _ in range(lab.effort.import_rounds):
            for name, found in timings.items():
                found.append(_import(lab, name, cache))
    yield Row.of(
        "import",
        "voicelive.aio; aiohttp; azure.ai.voicelive.aio",
        "ms",
        {name: min(found) for name, found in timings.items()},
        little_above_bare(60, "ms"),
    )


def _import(lab: Lab, name: str, cache: str) -> float:
    """Return the seconds that the import takes."""
    env = {**lab.envs[name], "PYTHONPYCACHEPREFIX": cache}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    code = (
        "import time; start = time.perf_counter(); "
        f"import {_MODULES[name]}; print(time.perf_counter() - start)"
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
