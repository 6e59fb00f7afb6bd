"""Validation of constructor arguments and assignments."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from voicelive_core.convert import UnknownModel, convert
from voicelive_core.fields import python_names
from voicelive_core.scalars import Base64Bytes
from voicelive_core.suggest import did_you_mean, snake_case

FieldCheck: TypeAlias = tuple[frozenset[type] | None, Any]
"""Classes whose values fit as they are (None: all do), and the field's annotation."""

CHECKS: dict[type, dict[str, FieldCheck]] = {}
"""The checks of each class that has been used, by field."""


def prepare_checks(cls: type) -> dict[str, FieldCheck]:
    """Add a class to `CHECKS` and return its checks."""
    hints = get_type_hints(cls)
    fields = cls.__struct_fields__  # type: ignore[attr-defined]
    CHECKS[cls] = {name: (_accepted(hints[name]), hints[name]) for name in fields}
    return CHECKS[cls]


def fit(cls: type, name: str, value: Any, kind: Any) -> Any:
    """Convert a value for assignment to a field.

    Raises:
        FieldError: The value does not fit.
    """
    if kind is Base64Bytes and type(value) is bytes:
        return Base64Bytes(value)
    converted = convert(value, kind, f"{cls.__name__}.{name}")
    return value if _would_lose(value, converted) else converted


def _accepted(kind: Any) -> frozenset[type] | None:
    """Return the classes whose values fit as they are; None where all do."""
    if kind is Any:
        return None
    if kind is None:
        return frozenset({NoneType})
    if kind is float:
        return frozenset({float, int})
    origin = get_origin(kind)
    if origin is None:
        return frozenset({kind})
    if origin in (list, dict) or not is_union(origin):
        # The elements decide.
        return frozenset()
    parts = [_accepted(arg) for arg in get_args(kind)]
    if any(part is None for part in parts):
        return None
    return frozenset().union(*(part for part in parts if part is not None))


def is_union(origin: Any) -> bool:
    """Return whether the origin of an annotation is a union, in either notation."""
    return origin is Union or origin is UnionType


def _would_lose(given: Any, model: Any) -> bool:
    """Return whether a model lacks a field of the mapping that it was made from.

    Such a mapping is sent unchanged, for services newer than the types.
    """
    if isinstance(given, list | tuple) and isinstance(model, list):
        return any(_would_lose(g, m) for g, m in zip(given, model, strict=True))
    if not isinstance(given, Mapping):
        return False
    if isinstance(model, UnknownModel) or not isinstance(model, Struct):
        if isinstance(model, dict):
            return any(_would_lose(given[key], value) for key, value in model.items())
        return False
    names = python_names(type(model))
    for key, value in given.items():
        if key == model.__struct_config__.tag_field:
            continue
        if key not in names or _would_lose(value, getattr(model, names[key])):
            return True
    return False


# --- names of arguments -----------------------------------------------------------


def from_positional(
    cls: type[Struct], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Return the keywords for `Model({"wire_name": ...})`, as the official SDK allows.

    Raises:
        TypeError: The arguments are anything but one mapping.
    """
    if len(args) != 1 or kwargs or not isinstance(args[0], Mapping):
        raise TypeError(f"{cls.__name__} takes keyword arguments, or one mapping")
    names = python_names(cls)
    fields = {str(key): value for key, value in args[0].items()}
    fields.pop(cls.__struct_config__.tag_field or "", None)
    return {names.get(key, key): value for key, value in fields.items()}


def without_tag(cls: type[Struct], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return keywords without the discriminator, which callers may repeat.

    Raises:
        TypeError: A keyword is not a field.
    """
    config = cls.__struct_config__
    known = {}
    for name, value in kwargs.items():
        if name in cls.__struct_fields__:
            known[name] = value
        elif name != config.tag_field or value != config.tag:
            raise TypeError(no_field(cls, name))
    return known


def no_field(cls: type[Struct], name: str) -> str:
    """Return the error message for an unknown field name, with a suggestion."""
    hint = did_you_mean(snake_case(name), cls.__struct_fields__)
    return f"{cls.__name__} has no field {name!r}{hint}"
