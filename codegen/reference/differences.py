"""Pages of the differences between any two API versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from codegen.diff import Change, Kind, diff
from codegen.reference.markdown import PageLocations, in_table
from codegen.source import Schema

_TITLES: dict[Kind, str] = {
    "event": "Events",
    "type": "Types",
    "field": "Fields",
    "enum value": "Values",
    "union member": "Members of unions",
}
_FOLDER = "differences"


def difference_pages(
    schema: Schema, places: PageLocations
) -> Iterator[tuple[str, str, str]]:
    """Yield path, title and Markdown of the index and of a page for each pair."""
    rows = []
    pages = []
    for old, new in combinations(schema.versions, 2):
        changes = diff(schema, old, schema, new)
        path = f"{_FOLDER}/{old}_{new}.md"
        title = f"{old} to {new}"
        pages.append((path, title, _page(title, path, changes, places)))
        breaking = sum(change.breaking for change in changes)
        rows.append(
            f"| [{title}]({old}_{new}.md) | {len(changes)} | {breaking or 'none'} |"
        )
    text = "\n".join(
        [
            "# Differences between API versions",
            "",
            "A change is breaking if a client that was correct before may fail: it can "
            "no longer send something, or no longer receives something that it reads.",
            "",
            "| From and to | Changes | Breaking |",
            "|---|---|---|",
            *rows,
            "",
            "`python -m codegen diff OLD NEW` prints the same in a checkout, with "
            "`--json` for programs.",
        ]
    )
    yield f"{_FOLDER}/index.md", "Overview", f"{text}\n"
    yield from pages


def _page(title: str, path: str, changes: list[Change], places: PageLocations) -> str:
    lines = [f"# {title}", ""]
    breaking = [change for change in changes if change.breaking]
    lines.append(
        f"{_count(len(changes), 'change')}, {len(breaking) or 'none'} breaking."
    )
    if not changes:
        lines.append("The two versions are the same.")
    if breaking:
        lines += ["", "## Breaking", "", "| Name | Change | Why |", "|---|---|---|"]
        for change in breaking:
            name = _name(change, path, places)
            lines.append(f"| {name} | {_what(change)} | {change.reason} |")
    for kind, heading in _TITLES.items():
        found = [change for change in changes if change.kind == kind]
        if found:
            lines += ["", f"## {heading}", "", "| Name | Change |", "|---|---|"]
            for change in found:
                lines.append(f"| {_name(change, path, places)} | {_what(change)} |")
    return "\n".join(lines) + "\n"


def _name(change: Change, page: str, places: PageLocations) -> str:
    if change.kind == "event":
        return places.link(places.wires[change.name], f"`{change.name}`", page)
    owner, separator, member = re.match(r"(\w+)([.:|]?)(.*)", change.name).groups()  # type: ignore[union-attr]
    text = places.link(owner, f"`{owner}`", page)
    return f"{text} `{member}`" if separator else text


def _what(change: Change) -> str:
    detail = f": {change.detail}" if change.detail else ""
    return in_table(f"{change.action}{detail}".replace("->", "→").replace("_", "\\_"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
