"""Check that defaults are valid values of their fields."""

from __future__ import annotations

from typing import Any

from codegen.checks.refusal import refuse
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


def check_defaults(schema: Schema) -> None:
    """Refuse defaults of the wrong type or out of range, and of required fields."""
    sent = schema.reachable(schema.roots("client"))
    for struct in schema.structs():
        for prop in struct.properties:
            if "default" not in prop.schema:
                continue
            default = prop.schema["default"]
            where = ("properties", prop.wire, "default")
            if prop.required and struct.name in sent:
                refuse(struct, where, "a required field of a client has no default")
            if not fits(schema, prop.type, default):
                refuse(struct, where, "the default is not of the property's type")
            if "minimum" in prop.schema and default < prop.schema["minimum"]:
                refuse(struct, where, "the default is below the minimum")
            if "maximum" in prop.schema and default > prop.schema["maximum"]:
                refuse(struct, where, "the default is above the maximum")


def fits(schema: Schema, kind: Type, value: Any) -> bool:
    """Return whether a value is of a type; objects are not checked."""
    match kind:
        case Scalar("string" | "bytes"):
            return isinstance(value, str)
        case Scalar("boolean"):
            return isinstance(value, bool)
        case Scalar("integer" | "unix-time"):
            return isinstance(value, int) and not isinstance(value, bool)
        case Scalar("number"):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Scalar():
            return True
        case Const(text):
            return bool(value == text)
        case Ref(name):
            match schema.definitions[name]:
                case Enum(tags_of=None, values=values):
                    return value in [known.wire for known in values]
                case Enum():
                    return isinstance(value, str)
                case Alias(options=options):
                    return any(fits(schema, Ref(o), value) for o in options)
                case Struct():
                    return isinstance(value, dict)
        case Array(item):
            return isinstance(value, list) and all(fits(schema, item, v) for v in value)
        case Map(item):
            return isinstance(value, dict) and all(
                fits(schema, item, v) for v in value.values()
            )
        case Union(options):
            return any(fits(schema, option, value) for option in options)
