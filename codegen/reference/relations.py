"""Relations between events and types: answers and references."""

from __future__ import annotations

from codegen.docstrings import sentences
from codegen.reference.markdown import PageLocations
from codegen.source import Alias, Schema, Struct, references


def answers(schema: Schema, places: PageLocations) -> dict[str, list[str]]:
    """Return the server events that descriptions name as answers, by client event."""
    found: dict[str, list[str]] = {}
    for event in schema.events("client"):
        for sentence in sentences(event.description):
            # A clause after a semicolon is about something else.
            clause = sentence.partition(";")[0] if "nswered by" in sentence else ""
            for word in clause.split("`")[1::2]:
                name = places.wires.get(word)
                if name is not None and name not in found.get(event.name, []):
                    found.setdefault(event.name, []).append(name)
    for event in schema.events("server"):
        for sentence in sentences(event.description):
            if "nswers `" in sentence or "nswer to `" in sentence:
                word = sentence.partition("`")[2].partition("`")[0]
                name = places.wires.get(word)
                if name is not None and event.name not in found.get(name, []):
                    found.setdefault(name, []).append(event.name)
    return found


def users(schema: Schema) -> dict[str, list[str]]:
    """Return the types that refer to a type, by its name."""
    found: dict[str, list[str]] = {}
    for definition in schema.definitions.values():
        names: list[str] = []
        if isinstance(definition, Struct):
            for prop in definition.properties:
                names += references(prop.type)
        elif isinstance(definition, Alias):
            names += definition.options
        for name in names:
            users = found.setdefault(name, [])
            if definition.name not in users:
                users.append(definition.name)
    return found
