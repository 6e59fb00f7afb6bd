"""Page on connections: address, authentication, limits, close codes."""

from __future__ import annotations

from codegen.reference.markdown import (
    SOURCES,
    PageLocations,
    in_table,
    joined,
    versions_text,
)
from codegen.source import ConnectionFact, Schema

CONNECTION_PAGE = "connection.md"

# Facts whose names are written as code.
_NAMES = ("hosts", "query", "headers", "close_codes")


def connection(schema: Schema, places: PageLocations) -> str:
    """Return the page of all facts about connections."""
    host = next(iter(schema.connection["hosts"].facts)).name
    lines = [
        "# Connecting",
        "",
        "How a session is opened, what limits it, and how it ends. A session is one "
        "WebSocket, at this address with the parameters and headers below:",
        "",
        "```",
        f"wss://{host.replace('{', '<').replace('}', '>')}{schema.path}"
        f"?api-version={schema.default_version}&model=<model>",
        "```",
    ]
    for key, group in schema.connection.items():
        dated = any(fact.span.since or fact.span.until for fact in group.facts)
        versions = " Versions |" if dated else ""
        lines += ["", f"## {group.title}", "", places.linked(group.description, "")]
        lines += ["", f"| Name | Meaning |{versions} Source |"]
        lines.append("|---|---|---|" + ("---|" if dated else ""))
        lines += [_row(fact, places, key in _NAMES, dated) for fact in group.facts]
    return joined(lines)


def _row(fact: ConnectionFact, places: PageLocations, code: bool, dated: bool) -> str:
    name = f"`{fact.name}`" if code else places.linked(fact.name, "")
    meaning = in_table(places.linked(fact.description, ""))
    versions = f" {versions_text(fact.span)} |" if dated else ""
    return f"| {name} | {meaning} |{versions} {SOURCES[fact.source]} |"
