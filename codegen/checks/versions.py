"""Check that the types of fields exist in the API versions of the fields."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.checks.refusal import refuse
from codegen.source import Alias, Definition, Enum, Schema, Span, Struct, references


def check_spans(schema: Schema) -> None:
    """Check that everything in an API version has a type that exists in it."""
    for definition in schema.definitions.values():
        for where, span in _inner_spans(definition):
            if not any(schema.includes(span, version) for version in schema.versions):
                reason = (
                    f"there is no API version that has both {definition.name} and this"
                )
                refuse(definition, where, reason)
        for version in schema.versions:
            if schema.includes(definition.span, version):
                _check_version(schema, definition, version)


def _inner_spans(
    definition: Definition,
) -> Iterator[tuple[tuple[str | int, ...], Span]]:
    match definition:
        case Struct(properties=properties):
            for prop in properties:
                span = prop.span.within(definition.span)
                yield ("properties", prop.wire), span
        case Enum(values=values):
            for index, value in enumerate(values):
                yield ("oneOf", index), value.span
        case Alias():
            pass


def _check_version(schema: Schema, definition: Definition, version: str) -> None:
    def exists(name: str) -> bool:
        return schema.includes(schema.definitions[name].span, version)

    match definition:
        case Alias(options=options):
            if not any(exists(option) for option in options):
                refuse(definition, ("anyOf",), f"none of them exists in {version}")
        case Enum(tags_of=None, values=values):
            if not any(schema.includes(value.span, version) for value in values):
                refuse(definition, ("oneOf",), f"none of them exists in {version}")
        case Enum():
            pass
        case Struct():
            base = definition.extends
            if base is not None and not exists(base):
                reason = f"{base} does not exist in {version}, but its variant does"
                refuse(definition, ("x-extends",), reason)
            variants = schema.subtypes(definition.name)
            if definition.discriminator and not any(exists(v.name) for v in variants):
                reason = f"no variant of {definition.name} exists in {version}"
                refuse(definition, ("x-discriminator",), reason)
            for prop in definition.properties:
                if schema.includes(prop.span.within(definition.span), version):
                    for name in references(prop.type):
                        if not exists(name):
                            reason = (
                                f"{name} does not exist in {version}, but this does"
                            )
                            refuse(definition, ("properties", prop.wire), reason)
