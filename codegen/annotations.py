"""Protocol types as Python annotations and as input of the type generator."""

from __future__ import annotations

from typing import Any

from codegen import naming
from codegen.source import (
    Alias,
    Array,
    Const,
    Enum,
    Map,
    Ref,
    Scalar,
    Schema,
    Struct,
    Type,
    Union,
)

# Module of the scalar types that JSON Schema lacks.
_SCALARS = "voicelive_core.scalars"

_SCALAR_SCHEMAS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "any": {},
    "bytes": {"type": "string", "customTypePath": f"{_SCALARS}.Base64Bytes"},
    "unix-time": {"type": "string", "customTypePath": f"{_SCALARS}.UnixTime"},
}

_SCALAR_NAMES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "any": "Any",
    "bytes": "bytes",
    "unix-time": "UnixTime",
}


def type_name(schema: Schema, name: str, *, sent: bool) -> str:
    """Return the name of a definition in annotations.

    Args:
        schema: The schema that has it.
        name: Name of the definition.
        sent: Whether the annotated type is one that a client sends: its enum fields
            accept strings.
    """
    match schema.definitions[name]:
        case Struct(discriminator=None) | Alias():
            return name
        case Struct():
            return naming.union_name(name)
        case Enum():
            return naming.lenient_enum_name(name) if sent else name


def type_schema(schema: Schema, kind: Type, *, sent: bool) -> dict[str, Any]:
    """Return a type as plain JSON Schema for the type generator."""
    match kind:
        case Scalar(scalar):
            return dict(_SCALAR_SCHEMAS[scalar])
        case Const():
            # Constants stay open strings: a new value must not lose the whole event.
            return {"type": "string"}
        case Ref(name):
            target = schema.definitions[name]
            called = type_name(schema, name, sent=sent)
            return {"$ref": f"{target.topic}.json#/$defs/{called}"}
        case Array(item):
            return {"type": "array", "items": type_schema(schema, item, sent=sent)}
        case Map(value):
            values = type_schema(schema, value, sent=sent)
            return {"type": "object", "additionalProperties": values or True}
        case Union(options):
            return {"anyOf": [_option_schema(schema, o, sent=sent) for o in options]}


def _option_schema(schema: Schema, kind: Type, *, sent: bool) -> dict[str, Any]:
    if isinstance(kind, Const):
        return {"const": kind.value}
    return type_schema(schema, kind, sent=sent)


def annotation(schema: Schema, kind: Type) -> str:
    """Return a type as the annotation of a method's argument.

    Arguments accept more types than fields: mappings for models, strings for enum
    members, base64 text for bytes.
    """
    match kind:
        case Scalar("bytes"):
            return "bytes | str"
        case Scalar(scalar):
            return _SCALAR_NAMES[scalar]
        case Const():
            return "str"
        case Ref(name) if isinstance(schema.definitions[name], Enum):
            return type_name(schema, name, sent=True)
        case Ref(name):
            return f"{type_name(schema, name, sent=True)} | Mapping[str, Any]"
        case Array(item):
            return f"Sequence[{annotation(schema, item)}]"
        case Map(value):
            return f"Mapping[str, {annotation(schema, value)}]"
        case Union(options):
            return " | ".join(_option(schema, option) for option in options)


def _option(schema: Schema, kind: Type) -> str:
    if isinstance(kind, Const):
        return f"Literal[{kind.value!r}]"
    return annotation(schema, kind)
