"""Saved cases: small JSON files that are replayed as tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.guard import Finding
from tests.fuzz.target import Case, Target

FOLDER = Path(__file__).with_name("cases")

_MOST_RUNS = 150


def findings_of(target: Target, case: Case) -> str | None:
    """Run a case; return what was found, None if all is well."""
    try:
        target.run(case)
    except Finding as finding:
        return str(finding)
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    return None


def kind_of(found: str) -> str:
    """Return what findings of the same cause have in common."""
    return found.partition("\n")[0][:60]


def minimised(target: Target, case: Case, found: str) -> Case:
    """Return a smaller case with the same kind of finding, as far as that is cheap."""
    kind = kind_of(found)
    runs = 0

    def still(smaller: Case) -> bool:
        nonlocal runs
        runs += 1
        again = findings_of(target, smaller)
        return again is not None and kind_of(again) == kind

    steps: list[Any] = case["steps"]
    size = max(1, len(steps) // 2)
    while runs < _MOST_RUNS:
        start, shorter = 0, False
        while start < len(steps) and runs < _MOST_RUNS:
            fewer = steps[:start] + steps[start + size :]
            if still({**case, "steps": fewer}):
                steps, shorter = fewer, True
            else:
                start += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    for index, step in enumerate(steps):
        for shorter_step in _shorter(step):
            fewer = [*steps[:index], shorter_step, *steps[index + 1 :]]
            if runs < _MOST_RUNS and still({**case, "steps": fewer}):
                steps = fewer
    return {**case, "steps": steps}


def save(target: Target, case: Case, found: str) -> Path:
    """Write a case that has a finding; returns the file."""
    content = {"target": target.name, "found": found[:500], "case": case}
    text = json.dumps(content, indent=1) + "\n"
    digest = hashlib.sha256(json.dumps(case).encode()).hexdigest()[:8]
    path = FOLDER / f"{target.name}-{digest}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def load(path: Path) -> tuple[str, Case]:
    """Read a saved case: the name of its target, and the input."""
    content = json.loads(path.read_text())
    return content["target"], content["case"]


def saved() -> list[Path]:
    """Return the files of all saved cases."""
    return sorted(FOLDER.glob("*.json"))


def _shorter(step: Any) -> Iterator[str]:
    """Leave out the keys of an object one after the other, as far as asked for."""
    try:
        value = json.loads(step) if isinstance(step, str) else None
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        for key in value:
            yield json.dumps({k: v for k, v in value.items() if k != key})
