"""Conversion of plain values to typed ones: the slow path of decoding.

msgspec's decoder is closed: one unknown variant fails the whole value. This conversion
follows the same types, and an unknown variant of a union becomes an `UnknownModel`.
`convert` raises at the first value that does not fit; `read_leniently` leaves such
values out and reports them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, inspect

from voicelive_core.lenient_errors import gather_error, is_error, read_error
from voicelive_core.problems import (
    FieldError,
    FieldProblem,
    PartialDict,
    PartialList,
    Problems,
)
from voicelive_core.scalars import Base64Bytes, UnixTime, decode_hook


class UnknownModel(dict[str, Any]):
    """A variant of a union that the schema does not have, as a dict.

    It stands for an item, content part, tool, voice or other object of a newer service,
    and is encoded as it was decoded.
    """

    @property
    def type(self) -> str | None:
        """The wire name of the variant; None if the object has none."""
        found = self.get("type")
        return found if isinstance(found, str) else None

    def as_dict(self) -> dict[str, Any]:
        """Return a copy as a plain dict."""
        return dict(self)

    def __repr__(self) -> str:
        return f"UnknownModel({super().__repr__()})"


def convert(value: Any, kind: Any, path: str) -> Any:
    """Convert a value to a type.

    Args:
        value: Builtins, models, or a mixture of both.
        kind: The type annotation to follow.
        path: Path of the value for errors.

    Raises:
        FieldError: The value does not fit.
    """
    return _walk(value, _node(kind), path, None)


def read_leniently(data: Any, cls: type[Any]) -> tuple[Any, tuple[FieldProblem, ...]]:
    """Convert JSON to a model, leaving out values that do not fit.

    A field that does not fit gets its default, an element of a list or a mapping is
    left out, and a variant of a union without its required fields becomes an
    `UnknownModel`.

    Args:
        data: The decoded JSON.
        cls: The model.

    Returns:
        The model, and the values that do not fit, at most `MAX_PROBLEMS`.

    Raises:
        FieldError: A field that the model requires is missing or does not fit.
        RecursionError: The value is nested too deeply.
    """
    problems = Problems()
    node: Any = cls
    model = _walk(data, _node(node), cls.__name__, problems)
    return model, tuple(problems.found)


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


def _walk(value: Any, node: inspect.Type, path: str, problems: Problems | None) -> Any:
    """Convert a value; with `problems`, leave out and report what does not fit."""
    match node:
        case inspect.AnyType():
            return value
        case inspect.StructType():
            return _struct(value, node, path, problems)
        case inspect.UnionType():
            return _union(value, node, path, problems)
        case inspect.ListType():
            return _list(value, node, path, problems)
        case inspect.DictType():
            return _dict(value, node, path, problems)
        case _:
            return _scalar(value, node, path)


def _list(
    value: Any, node: inspect.ListType, path: str, problems: Problems | None
) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise FieldError(path, "an array", value)
    items = []
    kept = []
    for i, item in enumerate(value):
        try:
            items.append(_walk(item, node.item_type, f"{path}[{i}]", problems))
        except FieldError as error:
            if problems is None:
                raise
            problems.add(error)
        else:
            kept.append(i)
    return items if len(items) == len(value) else PartialList(items, kept)


def _dict(
    value: Any, node: inspect.DictType, path: str, problems: Problems | None
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise FieldError(path, "an object", value)
    items = {}
    left_out = []
    for key, item in value.items():
        if not isinstance(key, str):
            raise FieldError(path, "string keys", key)
        try:
            items[key] = _walk(item, node.value_type, f"{path}[{key!r}]", problems)
        except FieldError as error:
            if problems is None:
                raise
            problems.add(error)
            left_out.append(key)
    return PartialDict(items, left_out) if left_out else items


def _scalar(value: Any, node: inspect.Type, path: str) -> Any:
    kind, expected = _leaf(node)
    if isinstance(node, inspect.EnumType) and isinstance(value, str):
        # All enums are open; msgspec fails on members with surrogates.
        return node.cls(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        # Some writers give every number a fraction.
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


def _union(
    value: Any, node: inspect.UnionType, path: str, problems: Problems | None
) -> Any:
    if value is UNSET:
        return value
    structs = [t for t in node.types if isinstance(t, inspect.StructType)]
    if isinstance(value, Struct):
        for struct in structs:
            if isinstance(value, struct.cls):
                return value
    if isinstance(value, Mapping) and structs:
        return _variant(value, structs, path, problems)
    expected = []
    for option in node.types:
        if isinstance(option, inspect.StructType):
            if problems is not None and value is not None and is_error(option):
                return read_error(value, option, path, problems)
            few = len(structs) <= 3
            expected.append(option.cls.__name__ if few else "an object")
            continue
        try:
            return _walk(value, option, path, problems)
        except FieldError as error:
            if error.path != path:
                raise
            expected.append(error.expected)
    raise FieldError(path, " or ".join(dict.fromkeys(expected)), value)


def _variant(
    value: Mapping[str, Any],
    structs: list[inspect.StructType],
    path: str,
    problems: Problems | None,
) -> Any:
    tag_field = structs[0].tag_field or ""
    if len(structs) == 1 and not tag_field:
        return _struct(value, structs[0], path, problems)
    tag = value.get(tag_field, UNSET)
    for struct in structs:
        if struct.tag != tag:
            continue
        try:
            return _struct(value, struct, path, problems)
        except FieldError as error:
            if problems is None:
                raise
            problems.add(error)
    if problems is not None and not isinstance(tag, str):
        problems.add(FieldError(f"{path}.{tag_field}", "a string", tag))
    return UnknownModel(value)


def _struct(
    value: Any, node: inspect.StructType, path: str, problems: Problems | None
) -> Any:
    if isinstance(value, node.cls):
        return value
    if problems is not None and is_error(node):
        return read_error(value, node, path, problems)
    if not isinstance(value, Mapping):
        raise FieldError(path, f"{node.cls.__name__} or an object", value)
    if node.tag_field is not None and value.get(node.tag_field, node.tag) != node.tag:
        wrong = value[node.tag_field]
        raise FieldError(f"{path}.{node.tag_field}", repr(node.tag), wrong)
    if problems is not None:
        return _read_fields(value, node, path, problems)
    fields = {}
    for field in node.fields:
        if field.encode_name in value:
            given = value[field.encode_name]
            at = f"{path}.{field.encode_name}"
            fields[field.name] = _walk(given, field.type, at, None)
        elif field.required:
            raise FieldError(f"{path}.{field.encode_name}", "a value", UNSET)
    # The values are validated; skip the validation of the constructor.
    return node.cls._construct(**fields)  # type: ignore[attr-defined]


def _read_fields(
    value: Mapping[str, Any], node: inspect.StructType, path: str, problems: Problems
) -> Any:
    """Convert fields; one that does not fit gets its default, if it has one."""
    fields = {}
    # Fields that do not hold the value of their source.
    unread = []
    for field in node.fields:
        key = field.encode_name
        at = f"{path}.{key}"
        given = value.get(key, UNSET)
        if given is UNSET and not field.required:
            continue
        try:
            whole = isinstance(given, Mapping)
            if field.required and not whole and is_error(field.type):
                problems.add(FieldError(at, "an object", given))
                own = {f.encode_name for f in node.fields} | {node.tag_field}
                gathered = gather_error(value, key, field.type, own)
                found = read_error(gathered, field.type, at, problems)
            elif given is UNSET:
                raise FieldError(at, "a value", UNSET)
            else:
                found = _walk(given, field.type, at, problems)
        except FieldError as error:
            if field.required:
                raise
            problems.add(error)
            unread.append(field.name)
            continue
        fields[field.name] = found
        if isinstance(found, Struct) and not whole:
            # Error details made from a value that was not an object.
            unread.append(field.name)
    model = node.cls._construct(**fields)  # type: ignore[attr-defined]
    if unread:
        vars(model)["_unread"] = {name: getattr(model, name) for name in unread}
    return model
