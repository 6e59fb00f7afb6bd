"""Results of tools: JSON encoding and validation of return annotations."""

from __future__ import annotations

import dataclasses
import enum
import types
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
    Set,
)
from inspect import isabstract
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from voicelive_protocol import encode, parse

# Containers without support in msgspec that have an obvious JSON form.
_CONTAINERS = (Mapping, Sequence, Set)
_TEXT_AND_NUMBERS = (str, int, float)

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)


def to_output(value: object) -> str:
    """Return a result as text for the model: a string unchanged, else JSON.

    Accepts what msgspec encodes (dataclasses, structs, enums, dates and times, ...) and
    pydantic models, which are recognised by their methods.

    Raises:
        TypeError: A value has no JSON form; the message names its type.
        ValueError, RecursionError: The result contains itself.
    """
    if isinstance(value, str):
        return str(value)
    return encode(msgspec.to_builtins(value, enc_hook=_plain)).decode()


def _plain(value: Any) -> Any:
    """Convert a value that msgspec does not support to builtins."""
    if (to_json := _own_json(type(value))) is not None:
        return parse(to_json(value))
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | Set) and not isinstance(value, str):
        return list(value)
    for kind in _TEXT_AND_NUMBERS:
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _own_json(kind: type) -> Callable[[Any], Any] | None:
    """Return the JSON method of a pydantic model class; None for other classes."""
    method = getattr(kind, "model_dump_json", None)
    if method is None and hasattr(kind, "__fields__"):
        # pydantic 1.
        method = getattr(kind, "json", None)
    return method if callable(method) else None


def without_json_form(annotation: Any) -> str | None:
    """Return the name of a type in an annotation that cannot be encoded as JSON.

    Args:
        annotation: A return annotation.

    Returns:
        None if there is no such type, or the annotation does not decide it.
    """
    return _misfit(annotation, set())


def _misfit(kind: Any, seen: set[Any]) -> str | None:
    while hasattr(kind, "__supertype__") or hasattr(kind, "__metadata__"):
        # A `NewType`, or `Annotated`.
        kind = getattr(kind, "__supertype__", None) or kind.__origin__
    origin = get_origin(kind)
    if origin is Union or origin is types.UnionType:
        return _first(get_args(kind), seen)
    if isinstance(origin, type):
        return _misfit(origin, seen) or _first(_elements(origin, kind), seen)
    if isinstance(kind, _FUNCTIONS):
        # A factory used like a class, such as `threading.Lock` before Python 3.13.
        return str(kind.__name__)
    if not isinstance(kind, type) or kind in seen:
        return None
    seen.add(kind)
    if not _is_encodable(kind):
        return kind.__name__
    return _first(_field_types(kind), seen)


def _first(kinds: Any, seen: set[Any]) -> str | None:
    return next((name for k in kinds if (name := _misfit(k, seen)) is not None), None)


def _elements(origin: type, kind: Any) -> tuple[Any, ...]:
    args = get_args(kind)
    # The result of `Coroutine[..., ..., T]` is its last argument.
    return args[-1:] if issubclass(origin, Awaitable) else args


def _is_encodable(kind: type) -> bool:
    if issubclass(kind, Iterator | AsyncIterator):
        # Encoding would consume them.
        return False
    if kind is object or isabstract(kind) or getattr(kind, "_is_protocol", False):
        # The value is an instance of an unknown subclass.
        return True
    if issubclass(kind, (enum.Enum, *_CONTAINERS, *_TEXT_AND_NUMBERS)):
        return True
    if _own_json(kind) is not None:
        return True
    try:
        known = msgspec.inspect.type_info(kind)
    except (TypeError, NameError):
        return True
    return not isinstance(known, msgspec.inspect.CustomType)


def _field_types(kind: type) -> list[Any]:
    has_fields = (
        dataclasses.is_dataclass(kind)
        or issubclass(kind, msgspec.Struct)
        or is_typeddict(kind)
    )
    if not has_fields:
        return []
    try:
        return list(get_type_hints(kind, include_extras=True).values())
    except (NameError, TypeError):
        return []
