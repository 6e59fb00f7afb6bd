"""Publication of the rendered package: comparison with the output folder, writing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

DifferenceKind: TypeAlias = Literal["missing", "stale or edited", "orphaned"]

_IGNORED = {"__pycache__"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that differs, by its path below the root."""

    path: str
    problem: DifferenceKind


def compare(files: dict[str, str], root: Path) -> list[Difference]:
    """Return the differences between a folder and the rendered files, by path."""
    found = []
    for path, text in files.items():
        target = root / path
        if not target.is_file():
            found.append(Difference(path, "missing"))
        elif target.read_bytes() != text.encode("utf-8"):
            found.append(Difference(path, "stale or edited"))
    for target in root.rglob("*"):
        path = target.relative_to(root).as_posix()
        ignored = _IGNORED & set(target.relative_to(root).parts)
        if target.is_file() and path not in files and not ignored:
            found.append(Difference(path, "orphaned"))
    return sorted(found, key=lambda difference: difference.path)


def publish(files: dict[str, str], root: Path) -> list[Difference]:
    """Write the files that differ. Orphaned files are reported, never deleted."""
    differences = compare(files, root)
    for difference in differences:
        if difference.problem != "orphaned":
            target = root / difference.path
            target.parent.mkdir(parents=True, exist_ok=True)
            # Bytes, so that line ends are the same on every system.
            target.write_bytes(files[difference.path].encode("utf-8"))
    return differences
