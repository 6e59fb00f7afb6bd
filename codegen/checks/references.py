"""Check that references resolve, and that topics have no import cycle."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from codegen.checks.refusal import refuse
from codegen.documents import walk
from codegen.errors import SchemaError, json_pointer
from codegen.source import (
    Alias,
    Definition,
    Enum,
    Schema,
    Struct,
    references,
    target_name,
)


def check_references(
    documents: Mapping[str, Any], definitions: Mapping[str, Definition]
) -> None:
    """Refuse a `$ref` to a type that does not exist, or is in another file."""
    for topic, document in documents.items():
        file = f"{topic}.json"
        for where, value in walk(document["$defs"], ("$defs",)):
            if where[-1] != "$ref" or not isinstance(value, str):
                continue
            name = target_name(value)
            at = json_pointer(where)
            if name not in definitions:
                raise SchemaError(file, at, f"there is no type {name}")
            home = f"{definitions[name].topic}.json"
            written = value.partition("#")[0] or file
            if written != home:
                raise SchemaError(file, at, f"{name} is in {home}, not in {written}")


def check_topic_order(schema: Schema) -> None:
    """Refuse cyclic references between topics, which would be import cycles."""
    needs: dict[str, dict[str, tuple[Definition, str]]] = {
        topic.name: {} for topic in schema.topics
    }
    for definition in schema.definitions.values():
        for name in _needed(definition):
            other = schema.definitions[name].topic
            if other != definition.topic:
                needs[definition.topic].setdefault(other, (definition, name))

    done: set[str] = set()

    def visit(topic: str, path: tuple[str, ...]) -> None:
        if topic in path:
            circle = (*path[path.index(topic) :], topic)
            uses = [needs[one][two] for one, two in pairwise(circle)]
            listed = ", ".join(f"{user.name} needs {name}" for user, name in uses)
            refuse(uses[0][0], (), f"files cannot need each other: {listed}")
        if topic not in done:
            for other in sorted(needs[topic]):
                visit(other, (*path, topic))
            done.add(topic)

    for topic in needs:
        visit(topic, ())


def _needed(definition: Definition) -> list[str]:
    match definition:
        case Alias(options=options):
            return list(options)
        case Struct():
            # Variants are in the file of their base, so they need no other one.
            return [n for p in definition.properties for n in references(p.type)]
        case Enum():
            return []
