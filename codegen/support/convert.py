"""Turn plain values into typed ones without giving up at what is new.

msgspec's decoder is closed: one unknown variant fails the whole value. This walk is
the slow path behind it. It follows the same types, reads an unknown variant of a
union as `UnknownModel`, and says where a value does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, inspect

from voicelive_protocol._scalars import Base64Bytes, UnixTime, decode_hook


class UnknownModel(dict[str, Any]):
    """A JSON object of a kind that this version does not know, kept whole.

    Stands in for an item, content part, tool, voice or other variant that came
    later. It is an ordinary dict and is written back as it was read.
    """

    @property
    def type(self) -> str | None:
        """The wire name of the kind, if the object has one."""
        found = self.get("type")
        return found if isinstance(found, str) else None

    def as_dict(self) -> dict[str, Any]:
        """A plain copy."""
        return dict(self)

    def __repr__(self) -> str:
        return f"UnknownModel({super().__repr__()})"


class FieldError(ValueError):
    """A value does not fit the field it was given for.

    Attributes:
        path: The field from the outermost type on, as `Type.field[0].field`.
        expected: What would fit.
        value: What was given; UNSET when nothing was.
    """

    def __init__(self, path: str, expected: str, value: object) -> None:
        self.path = path
        self.expected = expected
        self.value = value
        if value is UNSET:
            super().__init__(f"{path} is missing")
            return
        shown = repr(value)
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        super().__init__(f"{path}: expected {expected}, got {shown}")


def convert(value: Any, kind: Any, path: str) -> Any:
    """Read `value` as `kind`.

    Args:
        value: Builtins, models, or a mixture of both.
        kind: The type annotation to follow.
        path: What to call this place in an error.

    Raises:
        FieldError: The value does not fit, even read generously.
    """
    return _walk(value, _node(kind), path)


@cache
def _node(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


_SCALARS: dict[type[inspect.Type], tuple[Any, str]] = {
    inspect.StrType: (str, "a string"),
    inspect.IntType: (int, "an integer"),
    inspect.FloatType: (float, "a number"),
    inspect.BoolType: (bool, "a boolean"),
    inspect.NoneType: (None, "null"),
}

_CUSTOM: dict[type, str] = {
    Base64Bytes: "bytes or base64 text",
    UnixTime: "a Unix time in seconds",
}


def _walk(value: Any, node: inspect.Type, path: str) -> Any:
    match node:
        case inspect.AnyType():
            return value
        case inspect.StructType():
            return _struct(value, node, path)
        case inspect.UnionType():
            return _union(value, node, path)
        case inspect.ListType():
            if not isinstance(value, list | tuple):
                raise FieldError(path, "an array", value)
            items = enumerate(value)
            return [_walk(item, node.item_type, f"{path}[{i}]") for i, item in items]
        case inspect.DictType():
            if not isinstance(value, Mapping):
                raise FieldError(path, "an object", value)
            found = {}
            for key, item in value.items():
                if not isinstance(key, str):
                    raise FieldError(path, "string keys", key)
                found[key] = _walk(item, node.value_type, f"{path}[{key!r}]")
            return found
        case _:
            return _scalar(value, node, path)


def _scalar(value: Any, node: inspect.Type, path: str) -> Any:
    kind, expected = _leaf(node)
    if kind is int and isinstance(value, float) and value.is_integer():
        # JSON has one kind of number; some writers give every one a fraction.
        return int(value)
    try:
        return msgspec.convert(value, kind, dec_hook=decode_hook)
    except (msgspec.ValidationError, ValueError):
        raise FieldError(path, expected, value) from None


def _leaf(node: inspect.Type) -> tuple[Any, str]:
    match node:
        case inspect.EnumType(cls=cls):
            return cls, f"a string ({cls.__name__})"
        case inspect.LiteralType(values=values):
            return Literal[values], " or ".join(repr(v) for v in values)
        case inspect.CustomType(cls=cls):
            return cls, _CUSTOM[cls]
        case _:
            return _SCALARS[type(node)]


def _union(value: Any, node: inspect.UnionType, path: str) -> Any:
    if value is UNSET:
        return value
    structs = [t for t in node.types if isinstance(t, inspect.StructType)]
    if isinstance(value, Struct):
        for struct in structs:
            if isinstance(value, struct.cls):
                return value
    if isinstance(value, Mapping) and structs:
        if len(structs) == 1 and structs[0].tag_field is None:
            return _struct(value, structs[0], path)
        tag = value.get(structs[0].tag_field)
        for struct in structs:
            if struct.tag == tag:
                return _struct(value, struct, path)
        return UnknownModel(value)
    expected = []
    for option in node.types:
        if isinstance(option, inspect.StructType):
            few = len(structs) <= 3
            expected.append(option.cls.__name__ if few else "an object")
            continue
        try:
            return _walk(value, option, path)
        except FieldError as error:
            if error.path != path:
                raise
            expected.append(error.expected)
    raise FieldError(path, " or ".join(dict.fromkeys(expected)), value)


def _struct(value: Any, node: inspect.StructType, path: str) -> Any:
    if isinstance(value, node.cls):
        return value
    if not isinstance(value, Mapping):
        raise FieldError(path, f"{node.cls.__name__} or an object", value)
    if node.tag_field is not None and value.get(node.tag_field, node.tag) != node.tag:
        wrong = value[node.tag_field]
        raise FieldError(f"{path}.{node.tag_field}", repr(node.tag), wrong)
    fields = {}
    for field in node.fields:
        if field.encode_name in value:
            given = value[field.encode_name]
            fields[field.name] = _walk(given, field.type, f"{path}.{field.encode_name}")
        elif field.required:
            raise FieldError(f"{path}.{field.encode_name}", "a value", UNSET)
    # The values are checked now; the constructor need not check them again.
    return node.cls._construct(**fields)  # type: ignore[attr-defined]
