"""Report of a run, as table and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.lab import Lab
from benchmarks.results import Figure, Row

_PACKAGES = {
    "ours": ("msgspec", "aiohttp"),
    "official": ("azure-ai-voicelive", "azure-core", "aiohttp"),
}

_COLUMNS = "{:<60}{:>9}{:>9}{:>10}{:>15}{:>11}  {}"
HEADINGS = _COLUMNS.format(
    "", "ours", "bare", "official", "official/ours", "ours/bare", "expected"
).rstrip()


def machine(lab: Lab) -> dict[str, Any]:
    """Return a description of the machine and the packages."""
    versions = {}
    for candidate, packages in _PACKAGES.items():
        installed = lab.workers[candidate].ask("versions")
        versions[candidate] = {name: installed[name] for name in packages}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": versions,
    }


def describe(facts: dict[str, Any]) -> str:
    """Return the description of the machine as text."""
    lines = [
        f"{facts['processor']}, {facts['cores']} cores, {facts['system']}",
        facts["python"],
    ]
    for candidate, versions in facts["versions"].items():
        named = ", ".join(f"{name} {version}" for name, version in versions.items())
        lines.append(f"{candidate}: {named}")
    return "\n".join(lines)


def line(row: Row | Figure) -> str:
    """Return a row of the table."""
    missed = row.missed
    if isinstance(row, Figure):
        verdicts = (f"{e} {'MISSED' if missed else 'ok'}" for e in row.expected)
        facts = f"{row.group}: {row.name} [{row.unit}]", f"{row.value:.2f}"
        other = row.reference and "{} {:.2f}".format(*row.reference)
        return _COLUMNS.format(
            *facts, "", "", "", "", ", ".join([*([other] if other else []), *verdicts])
        ).rstrip()
    verdicts = (
        f"{e.text} {'MISSED' if e.text in missed else 'ok'}" for e in row.expected
    )
    return _COLUMNS.format(
        f"{row.group}: {row.name} [{row.unit}]",
        f"{row.ours:.2f}",
        f"{row.bare:.2f}",
        f"{row.official:.2f}",
        f"{row.official_to_ours:.1f}x",
        f"{row.ours_to_bare:.2f}x",
        ", ".join(verdicts),
    ).rstrip()


def as_dict(facts: dict[str, Any], rows: Iterable[Row | Figure]) -> dict[str, Any]:
    """Return the whole run for a JSON file."""
    found = [row.as_dict() for row in rows]
    met = not any(row["missed"] for row in found)
    return {"machine": facts, "rows": found, "expectations_met": met}


def _processor() -> str:
    # On Linux, platform.processor() is often empty.
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for entry in cpuinfo.read_text().splitlines():
            if entry.startswith("model name"):
                return entry.partition(":")[2].strip()
    return platform.processor() or platform.machine()
