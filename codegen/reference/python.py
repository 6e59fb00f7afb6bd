"""Examples as Python: constructors of the generated classes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codegen.source import (
    Alias,
    Array,
    Enum,
    Map,
    Ref,
    Scalar,
    Schema,
    Struct,
    Type,
    Union,
)

_WIDTH = 56
"""Columns of an example, which stands next to another one."""


@dataclass(slots=True)
class _ConstructorCall:
    """A constructor call, before its layout."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Expression:
    """An expression, as text."""

    text: str


class PythonExamples:
    """Python expressions for JSON values of a schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def construct(self, struct: Struct, value: Mapping[str, Any]) -> str:
        """Return the constructor call for an example of a type."""
        return layout(self._struct(struct, value))

    def arguments(self, struct: Struct, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a type for an example, for `call`."""
        return self._struct(struct, value).arguments

    def names(self, struct: Struct, value: Mapping[str, Any]) -> list[str]:
        """Return the classes that an example mentions, without its own."""
        found: set[str] = set()
        for argument in self._struct(struct, value).arguments.values():
            _collect(argument, found)
        return sorted(found)

    def _struct(self, struct: Struct, value: Mapping[str, Any]) -> _ConstructorCall:
        leaf = self.variant(struct, value)
        if leaf is None:
            return _ConstructorCall("dict", {})
        call = _ConstructorCall(leaf.name)
        tags = self._tags(leaf)
        for prop in self._schema.all_properties(leaf):
            if prop.wire in value and prop.wire not in tags:
                call.arguments[prop.python] = self._value(prop.type, value[prop.wire])
        return call

    def variant(self, struct: Struct, value: Mapping[str, Any]) -> Struct | None:
        """Return the variant that a value is of; None if there is none."""
        while struct.discriminator:
            tag = value.get(struct.discriminator)
            for candidate in self._schema.subtypes(struct.name):
                found = self._schema.tag(candidate)
                if found is not None and found[1] == tag:
                    struct = candidate
                    break
            else:
                return None
        return struct

    def _tags(self, struct: Struct) -> set[str]:
        found: set[str] = set()
        at: Struct | None = struct
        while at is not None:
            tag = self._schema.tag(at)
            if tag is not None:
                found.add(tag[0])
            at = self._schema.parent(at)
        return found

    def _value(self, kind: Type, value: Any) -> Any:
        if value is None:
            return None
        match kind:
            case Scalar("bytes"):
                return _Expression(repr(base64.b64decode(value)))
            case Scalar("unix-time"):
                return value
            case Array(item) if isinstance(value, list):
                return [self._value(item, element) for element in value]
            case Map(inner) if isinstance(value, dict):
                return {key: self._value(inner, item) for key, item in value.items()}
            case Ref(name) if isinstance(value, dict):
                return self._named(name, value)
            case Union(options) if isinstance(value, dict):
                refs = [option for option in options if isinstance(option, Ref)]
                return self._value(refs[0], value) if refs else value
            case _:
                return value

    def _named(self, name: str, value: dict[str, Any]) -> Any:
        match self._schema.definitions[name]:
            case Enum():
                return value
            case Struct() as struct:
                return self._struct(struct, value)
            case Alias(options=options):
                for option in options:
                    candidate = self._schema.definitions[option]
                    if isinstance(candidate, Alias | Enum):
                        continue
                    tag = self._schema.tag(candidate)
                    if candidate.discriminator:
                        if self.variant(candidate, value) is not None:
                            return self._struct(candidate, value)
                    elif tag is None or value.get(tag[0]) == tag[1]:
                        return self._struct(candidate, value)
        return value


def call(function: str, arguments: Mapping[str, Any]) -> str:
    """Return the call of a function."""
    return layout(_ConstructorCall(function, dict(arguments)))


def layout(value: Any, indent: int = 0, used: int = 0) -> str:
    """Return an expression as Ruff formats it.

    Args:
        value: JSON values and calls.
        indent: Columns before it.
        used: Columns of the line that stand before and after the value.
    """
    flat = _flat(value)
    if indent + used + len(flat) <= _WIDTH:
        return flat
    inner = indent + 4
    pad = " " * inner
    match value:
        case _ConstructorCall(name, arguments) if arguments:
            lines = [
                f"{pad}{key}={layout(item, inner, len(key) + 2)},\n"
                for key, item in arguments.items()
            ]
            return f"{name}(\n{''.join(lines)}{' ' * indent})"
        case dict() if value:
            lines = [
                f"{pad}{_flat(key)}: {layout(item, inner, len(_flat(key)) + 3)},\n"
                for key, item in value.items()
            ]
            return f"{{\n{''.join(lines)}{' ' * indent}}}"
        case list() if value:
            lines = [f"{pad}{layout(item, inner, 1)},\n" for item in value]
            return f"[\n{''.join(lines)}{' ' * indent}]"
        case _:
            return flat


def _flat(value: Any) -> str:
    match value:
        case _ConstructorCall(name, arguments):
            listed = ", ".join(f"{k}={_flat(v)}" for k, v in arguments.items())
            return f"{name}({listed})"
        case _Expression(text):
            return text
        case dict():
            return (
                f"{{{', '.join(f'{_flat(k)}: {_flat(v)}' for k, v in value.items())}}}"
            )
        case list():
            return f"[{', '.join(map(_flat, value))}]"
        case str():
            return _quoted(value)
        case _:
            return repr(value)


def _quoted(text: str) -> str:
    """Return a string in the quotes that Ruff prefers."""
    if '"' in text and "'" not in text:
        return repr(text)
    return json.dumps(text, ensure_ascii=False)


def _collect(value: Any, found: set[str]) -> None:
    match value:
        case _ConstructorCall(name, arguments):
            found.add(name)
            for item in arguments.values():
                _collect(item, found)
        case dict():
            for item in value.values():
                _collect(item, found)
        case list():
            for item in value:
                _collect(item, found)
        case _:
            pass
