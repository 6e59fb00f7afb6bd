"""Markdown of names, types and facts, with links between the pages."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from codegen.source import (
    Array,
    Const,
    Definition,
    Map,
    Property,
    Ref,
    Scalar,
    Schema,
    Span,
    Struct,
    Type,
    Union,
)

SOURCES = {
    None: "SDKs",
    "recording": "recording",
    "observed": "observed",
    "documentation": "documentation",
    "sdk": "one SDK",
}
"""Text for each `x-source`."""

_SCALARS = {
    "any": "any JSON value",
    "bytes": "base64 string",
    "unix-time": "integer",
}

# Units of fields whose names end in them; the schema has those of the others.
_UNIT_ENDINGS = {
    "_ms": "ms",
    "_milliseconds": "ms",
    "_seconds": "s",
    "_tokens": "tokens",
}

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class PageLocation:
    """A page below the reference, and a heading in it."""

    path: str
    anchor: str = ""


class PageLocations:
    """The place of every event and type."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._types: dict[str, PageLocation] = {}
        self.wires: dict[str, str] = {}
        for direction in ("client", "server"):
            for event in schema.events(direction):
                wire = schema.event_type(event)
                self._types[event.name] = PageLocation(f"{direction}/{wire}.md")
                self.wires[wire] = event.name
        for definition in schema.definitions.values():
            if definition.name not in self._types:
                self._types[definition.name] = _place(definition)

    def __getitem__(self, name: str) -> PageLocation:
        return self._types[name]

    def link(self, name: str, text: str, page: str) -> str:
        """Return a link to an event or type from a page."""
        place = self._types[name]
        if place.path == page:
            return f"[{text}](#{place.anchor})" if place.anchor else text
        path = posixpath.relpath(place.path, posixpath.dirname(page))
        return f"[{text}]({path}{'#' if place.anchor else ''}{place.anchor})"

    def named(self, name: str, page: str) -> str:
        """Return a link with the wire name of an event, or the name of a type."""
        definition = self._schema.definitions[name]
        text = name
        if isinstance(definition, Struct) and self._schema.is_event(definition):
            text = self._schema.event_type(definition)
        return self.link(name, f"`{text}`", page)

    def linked(self, text: str, page: str) -> str:
        """Return a description in which the names of events are links."""

        def link(match: re.Match[str]) -> str:
            name = self.wires.get(match[1])
            if name is None and match[1] in self._types:
                name = match[1]
            return match[0] if name is None else self.link(name, match[0], page)

        return _CODE.sub(link, _escaped(text))


def _place(definition: Definition) -> PageLocation:
    if isinstance(definition, Struct) and definition.direction is not None:
        return PageLocation("index.md", f"{definition.direction}-events")
    if isinstance(definition, Struct) and is_item(definition):
        return PageLocation(f"items/{definition.name}.md")
    return PageLocation(f"types/{definition.topic}.md", definition.name.lower())


def is_item(struct: Struct) -> bool:
    """Return whether a type is an item that clients add or the service reports."""
    concrete = struct.discriminator is None and struct.extends is not None
    return struct.topic == "items" and concrete


def _escaped(text: str) -> str:
    """Escape what Markdown would take for markup outside code."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([*_<|\[\]])", r"\\\1", part)
        for part in parts
    )


def in_table(text: str) -> str:
    """Return text for a cell of a table."""
    return text.replace("|", "\\|") if "\\|" not in text else text


def type_text(kind: Type, link: Callable[[str], str]) -> str:
    """Return a type in words, with links to the types that it names."""
    match kind:
        case Scalar(name):
            return _SCALARS.get(name, name)
        case Ref(name):
            return link(name)
        case Const(value):
            return f"`{value}`"
        case Array(item):
            return f"array of {type_text(item, link)}"
        case Map(value):
            return f"map of string to {type_text(value, link)}"
        case Union(options):
            return " or ".join(type_text(option, link) for option in options)


def versions_text(span: Span) -> str:
    """Return a range of API versions in words."""
    if span.since and span.since == span.until:
        return f"only {span.since}"
    if span.since and span.until:
        return f"{span.since} to {span.until}"
    if span.since:
        return f"since {span.since}"
    return f"until {span.until}" if span.until else "all"


def unit(prop: Property) -> str:
    """Return the unit of a field, or ""."""
    if prop.type == Scalar("unix-time"):
        return "s since 1970-01-01 UTC"
    if "x-unit" in prop.schema:
        return str(prop.schema["x-unit"])
    if prop.type not in (Scalar("integer"), Scalar("number")):
        return ""
    endings = (u for ending, u in _UNIT_ENDINGS.items() if prop.wire.endswith(ending))
    return next(endings, "")


def facts(prop: Property) -> list[str]:
    """Return unit, default, bounds and known values of a field."""
    schema = prop.schema
    found = []
    if prop.nullable:
        found.append("may be null")
    if prop.may_be_absent:
        found.append("may be absent")
    if measure := unit(prop):
        found.append(f"unit: {measure}")
    if "default" in schema:
        found.append(f"default: `{json.dumps(schema['default'])}`")
    if bounds := _bounds(prop):
        found.append(bounds)
    for keyword, text in (("minLength", "at least {} characters"),):
        if keyword in schema:
            found.append(text.format(schema[keyword]))
    if "pattern" in schema:
        found.append(f"pattern: `{schema['pattern']}`")
    if "examples" in schema:
        known = ", ".join(f"`{value}`" for value in schema["examples"])
        found.append(f"known values: {known}")
    if prop.disputed:
        found.append("sources differ")
    return found


def _bounds(prop: Property) -> str:
    schema = prop.schema
    for low, high, what in (
        ("minimum", "maximum", ""),
        ("minItems", "maxItems", " elements"),
    ):
        if low in schema and high in schema:
            if schema[low] == schema[high]:
                return f"{schema[low]}{what}"
            return f"{schema[low]} to {schema[high]}{what}"
        if low in schema:
            return f"at least {schema[low]}{what}"
        if high in schema:
            return f"at most {schema[high]}{what}"
    return ""


def topic_title(topic: str) -> str:
    """Return the title of the page of a topic."""
    return topic.replace("_", " ").capitalize()


def joined(lines: list[str]) -> str:
    """Return a page."""
    return "\n".join(lines) + "\n"
