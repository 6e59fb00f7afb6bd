"""Examples of events and types as JSON values, which validate."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from codegen.source import (
    Alias,
    Array,
    Const,
    Enum,
    Map,
    Property,
    Ref,
    Scalar,
    Schema,
    Struct,
    Type,
    Union,
)

_FILE = Path(__file__).with_name("examples.json")

# Depth below which only required fields are in an example.
_FULL_DEPTH = 2


class Examples:
    """Examples of one schema.

    Examples of important types are written by hand (`examples.json`, checked by the
    tests); the others are made from the fields.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._sent = schema.reachable(schema.roots("client"))
        document = _document()
        self._types: dict[str, Any] = document["types"]
        self._fields: dict[str, Any] = document["fields"]

    def version(self, struct: Struct) -> str:
        """Return the API version of the example: the default if it has the type."""
        schema = self._schema
        if schema.includes(struct.span, schema.default_version):
            return schema.default_version
        return next(v for v in schema.versions if schema.includes(struct.span, v))

    def of(self, struct: Struct) -> dict[str, Any]:
        """Return an example of an event or type."""
        value = self._struct(struct, self.version(struct), 0, ())
        assert isinstance(value, dict)
        return value

    def _struct(
        self, struct: Struct, version: str, depth: int, inside: tuple[str, ...]
    ) -> Any:
        if struct.name in self._types:
            return self._types[struct.name]
        if struct.discriminator:
            leaves = self._schema.leaves(struct.name)
            present = [s for s in leaves if self._schema.includes(s.span, version)]
            return self._struct(present[0], version, depth, inside)
        inside = (*inside, struct.name)
        found = {}
        for prop in self._schema.all_properties(struct):
            if not self._schema.includes(prop.span, version):
                continue
            if self._wanted(struct, prop, depth, inside):
                found[prop.wire] = self._property(prop, version, depth, inside)
        return found

    def _wanted(
        self, struct: Struct, prop: Property, depth: int, inside: tuple[str, ...]
    ) -> bool:
        if prop.required:
            return True
        if depth >= _FULL_DEPTH or prop.type == Scalar("any"):
            return False
        if struct.direction == "client" or struct.extends == "ClientEvent":
            return prop.wire != "event_id"
        names = _names(prop.type)
        return not any(name in inside for name in names)

    def _property(
        self, prop: Property, version: str, depth: int, inside: tuple[str, ...]
    ) -> Any:
        schema = prop.schema
        if isinstance(prop.type, Scalar | Array | Map) and prop.wire in self._fields:
            value = self._fields[prop.wire]
            if _fits(prop.type, value):
                return value
        if schema.get("default") is not None:
            return schema["default"]
        if "examples" in schema:
            return schema["examples"][0]
        value = self._value(prop.type, version, depth + 1, inside)
        if isinstance(value, list) and len(value) < schema.get("minItems", 0):
            value = (value or [0]) * schema["minItems"]
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = max(value, schema.get("minimum", value))
            value = min(value, schema.get("maximum", value))
        return value

    def _value(
        self, kind: Type, version: str, depth: int, inside: tuple[str, ...]
    ) -> Any:
        match kind:
            case Scalar(name):
                return _SCALARS[name]
            case Const(value):
                return value
            case Array(item):
                return [self._value(item, version, depth, inside)]
            case Map(value):
                return {"key": self._value(value, version, depth, inside)}
            case Union(options):
                return self._value(options[0], version, depth, inside)
            case Ref(name):
                return self._definition(name, version, depth, inside)

    def _definition(
        self, name: str, version: str, depth: int, inside: tuple[str, ...]
    ) -> Any:
        match self._schema.definitions[name]:
            case Enum(values=values):
                includes = self._schema.includes
                return next(v.wire for v in values if includes(v.span, version))
            case Alias(options=options):
                # An object shows more than the name that may stand for it.
                found = [self._schema.definitions[option] for option in options]
                objects = [d for d in found if isinstance(d, Struct)]
                chosen = (objects or found)[0].name
                return self._definition(chosen, version, depth, inside)
            case Struct() as struct:
                return self._struct(struct, version, depth, inside)


_WIDTH = 56
"""Columns of an example, which stands next to another one."""


def json_text(value: Any, indent: int = 0, used: int = 0) -> str:
    """Return JSON in which a short array or object takes one line."""
    flat = json.dumps(value, ensure_ascii=False)
    fits = indent + used + len(flat) <= _WIDTH and indent > 0
    if fits or not value or not isinstance(value, dict | list):
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, list):
        lines = [f"{pad}{json_text(item, indent + 2, 1)}" for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{' ' * indent}]"
    lines = []
    for key, item in value.items():
        name = json.dumps(key, ensure_ascii=False)
        lines.append(f"{pad}{name}: {json_text(item, indent + 2, len(name) + 3)}")
    return "{\n" + ",\n".join(lines) + f"\n{' ' * indent}}}"


_SCALARS = {
    "string": "text",
    "integer": 0,
    "number": 0.5,
    "boolean": True,
    "any": {},
    "bytes": "AAAAAAAAAAA=",
    "unix-time": 1_784_116_800,
}


def _names(kind: Type) -> list[str]:
    match kind:
        case Ref(name):
            return [name]
        case Array(inner) | Map(inner):
            return _names(inner)
        case _:
            return []


def _fits(kind: Type, value: Any) -> bool:
    match kind:
        case Scalar("string"):
            return isinstance(value, str)
        case Scalar("bytes"):
            # Whole groups of base64, unlike the texts of fields of the same name.
            return isinstance(value, str) and len(value) % 4 == 0
        case Scalar("integer" | "unix-time"):
            return isinstance(value, int) and not isinstance(value, bool)
        case Scalar("number"):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Scalar("boolean"):
            return isinstance(value, bool)
        case Scalar("any"):
            return True
        case Array(item):
            return isinstance(value, list) and all(_fits(item, v) for v in value)
        case Map():
            return isinstance(value, dict)
        case _:
            return False


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return document
