"""Check that Python names are unique."""

from __future__ import annotations

from codegen import naming
from codegen.checks.refusal import refuse
from codegen.errors import SchemaError
from codegen.layout import taken_modules, taken_names
from codegen.source import Enum, Schema, Struct


def check_field_names(schema: Schema) -> None:
    """Refuse duplicate field names, and names that Python or `Model` reserves."""
    for struct in schema.structs():
        base = schema.parent(struct)
        inherited = schema.all_properties(base) if base else []
        seen = {prop.python: prop.wire for prop in inherited}
        for prop in struct.properties:
            if naming.field_name(prop.python) != prop.python:
                where = ("properties", prop.wire, "x-python-name")
                refuse(struct, where, f"{prop.python!r} has another meaning in Python")
            other = seen.setdefault(prop.python, prop.wire)
            if other != prop.wire:
                reason = (
                    f"it would be called {prop.python!r} in Python, as {other!r} is"
                )
                refuse(struct, ("properties", prop.wire), reason)


def check_derived_enums(schema: Schema) -> None:
    """Refuse tags that do not give distinct members of an enum (`x-tags-of`)."""
    for enum in schema.definitions.values():
        if not isinstance(enum, Enum) or enum.tags_of is None:
            continue
        base = schema.definitions.get(enum.tags_of)
        if not isinstance(base, Struct) or base.discriminator is None:
            reason = f"{enum.tags_of} is not a type with an x-discriminator"
            refuse(enum, ("x-tags-of",), reason)
        names: dict[str, str] = {}
        for variant in schema.subtypes(enum.tags_of):
            tag = schema.tag(variant)
            assert tag is not None
            name = naming.member_name(tag[1])
            if not name.isidentifier():
                reason = f"{name!r} cannot be the name of a member of {enum.name}"
                refuse(variant, ("properties", tag[0], "const"), reason)
            other = names.setdefault(name, tag[1])
            if other != tag[1]:
                reason = f"in {enum.name} it would be called {name}, as {other!r} is"
                refuse(variant, ("properties", tag[0], "const"), reason)
        for index, extra in enumerate(enum.values):
            if extra.wire in names.values():
                reason = f"{extra.wire!r} is a tag of {enum.tags_of} already"
                refuse(enum, ("oneOf", index, "const"), reason)
            if extra.name in names:
                reason = f"{names[extra.name]!r} is called {extra.name} already"
                refuse(enum, ("oneOf", index, "x-name"), reason)


def check_type_names(schema: Schema) -> None:
    """Refuse type names that other names of the generated package collide with."""
    for topic in schema.topics:
        if topic.name in taken_modules():
            reason = "the package has a module of that name already"
            raise SchemaError(f"{topic.name}.json", "/title", reason)
    taken = dict.fromkeys(taken_names(), "the package itself has one")
    for definition in schema.definitions.values():
        match definition:
            case Struct(name=name, discriminator=str()):
                taken[naming.union_name(name)] = f"the union of {name} is called that"
            case Enum(name=name):
                lenient = naming.lenient_enum_name(name)
                taken[lenient] = f"{name} or its string is called that"
            case _:
                pass
    for event in schema.events("client"):
        tag = schema.tag(event)
        assert tag is not None
        path = naming.resource_path(tag[1])[0]
        for depth in range(1, len(path) + 1):
            name = naming.resource_class(path[:depth])
            taken[name] = f"the methods of {tag[1]!r} are in a class of that name"
    for definition in schema.definitions.values():
        if definition.name in taken:
            refuse(definition, (), taken[definition.name])
