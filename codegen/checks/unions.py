"""Check that the options of every union are distinguishable."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.checks.refusal import refuse
from codegen.source import (
    Alias,
    Array,
    Const,
    Definition,
    Map,
    Ref,
    Scalar,
    Schema,
    Struct,
    Type,
    Union,
)


def check_unions(schema: Schema) -> None:
    """Refuse unions whose options a decoder cannot distinguish."""
    for definition in schema.definitions.values():
        if isinstance(definition, Alias):
            refs = tuple(Ref(option) for option in definition.options)
            _check_options(schema, definition, ("anyOf",), refs)
        elif isinstance(definition, Struct):
            for prop in definition.properties:
                for union in _unions(prop.type):
                    where = ("properties", prop.wire)
                    _check_options(schema, definition, where, union.options)


def _unions(kind: Type) -> Iterator[Union]:
    match kind:
        case Union():
            yield kind
            for option in kind.options:
                yield from _unions(option)
        case Array(inner) | Map(inner):
            yield from _unions(inner)
        case Scalar() | Const() | Ref():
            pass


def _check_options(
    schema: Schema,
    owner: Definition,
    where: tuple[str | int, ...],
    options: tuple[Type, ...],
) -> None:
    seen: dict[str, str] = {}
    for option in _flat(schema, owner, where, options, ()):
        key, shown = _decoder_key(schema, option)
        if key in ("bytes", "unix-time"):
            # They are decoded by a hook, which the decoder does not call for unions.
            refuse(owner, where, f"{shown} cannot be one of several types")
        other = seen.setdefault(key, shown)
        if other != shown:
            refuse(owner, where, f"nothing tells {other} and {shown} apart")
    tags = {key.split(":")[1] for key in seen if key.startswith("object:")}
    if len(tags) > 1:
        listed = " and ".join(repr(tag) for tag in sorted(tags))
        refuse(owner, where, f"the types have different discriminators: {listed}")
    if "object" in seen and tags:
        refuse(owner, where, f"{seen['object']} needs an x-tag to be told apart")
    if "string" in seen and any(key.startswith("const:") for key in seen):
        refuse(owner, where, f"{seen['string']} includes the constants already")


def _flat(
    schema: Schema,
    owner: Definition,
    where: tuple[str | int, ...],
    options: tuple[Type, ...],
    inside: tuple[str, ...],
) -> Iterator[Type]:
    """Return the options, with named unions and bases expanded."""
    for option in options:
        match option:
            case Union(nested):
                yield from _flat(schema, owner, where, nested, inside)
            case Ref(name):
                if name in inside:
                    refuse(owner, where, f"the union {name} contains itself")
                match schema.definitions[name]:
                    case Alias(options=names):
                        refs = tuple(Ref(n) for n in names)
                        yield from _flat(schema, owner, where, refs, (*inside, name))
                    case Struct(discriminator=str()) as base if base.extends is None:
                        yield from (Ref(s.name) for s in schema.subtypes(name))
                    case _:
                        yield option
            case _:
                yield option


def _decoder_key(schema: Schema, option: Type) -> tuple[str, str]:
    """Return the key by which a decoder selects an option, and its description."""
    match option:
        case Ref(name):
            definition = schema.definitions[name]
            if not isinstance(definition, Struct):
                return "string", name
            tag = schema.tag(definition)
            return ("object" if tag is None else f"object:{tag[0]}:{tag[1]}"), name
        case Const(value):
            return f"const:{value}", repr(value)
        case Array():
            return "array", "an array"
        case Map():
            return "object", "a map"
        case Scalar("bytes"):
            return "bytes", "base64 text"
        case Scalar("unix-time"):
            return "unix-time", "a Unix time"
        case Scalar(name):
            return name, f"any {name}"
        case Union():
            raise AssertionError("unions are flat here")
