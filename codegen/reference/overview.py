"""Pages on the whole protocol: overview, contradictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codegen.docstrings import first_sentence
from codegen.reference.markdown import (
    PageLocations,
    in_table,
    is_item,
    joined,
    topic_title,
)
from codegen.source import Direction, Enum, Schema, Struct

_DIRECTIONS: tuple[Direction, ...] = ("client", "server")


def overview(schema: Schema, places: PageLocations, further: Mapping[str, str]) -> str:
    """Return the first page, which lists further pages by path and title."""
    page = "index.md"
    lines = [
        "# Protocol reference",
        "",
        "One WebSocket carries a session. Both sides send events: JSON objects in text "
        "frames, told apart by their `type`. This reference is generated from the "
        "schema in the repository, which all types of this package are generated "
        "from as well.",
        "",
        f"The path of the endpoint is `{schema.path}`. The API version is the query "
        f"parameter `api-version`; the client requests `{schema.default_version}` by "
        "default.",
        "",
        "| API version | Client events | Server events | JSON Schema | AsyncAPI |",
        "|---|---|---|---|---|",
    ]
    for version in schema.versions:
        counts = [
            sum(schema.includes(e.span, version) for e in schema.events(direction))
            for direction in _DIRECTIONS
        ]
        lines.append(
            f"| {version} | {counts[0]} | {counts[1]} "
            f"| [{version}.json](schemas/{version}.json) "
            f"| [{version}.json](asyncapi/{version}.json) |"
        )
    lines += [
        "",
        "- [Connecting](connection.md): address, authentication, limits, close codes",
        *(f"- [{title}]({path})" for path, title in further.items()),
        "- [What changed between any two API versions](differences/index.md)",
        "- [Errors](errors.md): code, message and consequence",
        "- [Where sources differ](contradictions.md)",
        "",
        "## Reading the tables",
        "",
        "**Required** fields are always sent; a client must send them. **Versions** "
        "are the API versions that have the field. **Source** is where the fact "
        "comes from; if sources differ, recordings of the service take precedence "
        "over SDKs, and SDKs over documentation.",
        "",
        "| Source | Meaning |",
        "|---|---|",
        "| SDKs | the official SDKs declare it |",
        "| recording | it is in recorded traffic of the service; no SDK declares it |",
        "| observed | it was observed on the service; there is no recording |",
        "| documentation | the vendor documents it; no SDK declares it |",
        "| one SDK | a single SDK has it, neither the others nor the service "
        "confirm it |",
        "",
        "New events, fields and values are added by the service without a new API "
        "version: skip what you do not know.",
    ]
    for direction in _DIRECTIONS:
        lines += [
            "",
            f"## {direction.capitalize()} events",
            "",
            "| Event | Meaning |",
            "|---|---|",
        ]
        for event in schema.events(direction):
            lines.append(_row(places, event, f"`{schema.event_type(event)}`", page))
    lines += ["", "## Items", "", "| Type | Meaning |", "|---|---|"]
    for struct in schema.structs():
        if is_item(struct):
            lines.append(_row(places, struct, f"`{struct.name}`", page))
    lines += ["", "## Types", "", "| Topic | Contents |", "|---|---|"]
    for topic in schema.topics:
        if not topic.name.endswith("_events"):
            title = topic_title(topic.name)
            lines.append(f"| [{title}](types/{topic.name}.md) | {topic.description} |")
    return joined(lines)


def _row(places: PageLocations, struct: Struct, text: str, page: str) -> str:
    summary = places.linked(first_sentence(struct.description), page)
    return f"| {places.link(struct.name, text, page)} | {in_table(summary)} |"


def contradictions(schema: Schema, places: PageLocations) -> str:
    """Return the page of everything that sources differ on."""
    page = "contradictions.md"
    lines = [
        "# Where sources differ",
        "",
        "SDKs, documentation, examples of the vendor and recordings of the service "
        "contradict each other in these places. The types accept every form.",
        "",
        "| Name | What is known |",
        "|---|---|",
    ]
    for name, member, description in _disputed(schema):
        text = places.named(name, page) + (f" {member}" if member else "")
        meaning = in_table(places.linked(description, page))
        lines.append(f"| {text} | {meaning} |")
    return joined(lines)


def _disputed(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """Yield definition, member and description of everything that sources differ on."""
    for definition in schema.definitions.values():
        if isinstance(definition, Struct):
            if definition.disputed:
                yield definition.name, "", definition.description
            for prop in definition.properties:
                if prop.disputed:
                    yield definition.name, f"`{prop.wire}`", prop.description
        elif isinstance(definition, Enum):
            for value in definition.values:
                if value.disputed:
                    yield definition.name, f"`{value.wire}`", value.description
