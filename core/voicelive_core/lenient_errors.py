"""Lenient decoding of error details of any shape.

An error gives the reason why a session or a request was rejected, and its shape varies:
fields are missing, null or numbers; the object is a string or a list; its fields are in
the event itself. Everything that is there is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from msgspec import inspect

from voicelive_core.json import encode_plain
from voicelive_core.problems import FieldError, Problems


def is_error(node: inspect.Type) -> TypeGuard[inspect.StructType]:
    """Return whether a type describes an error (`x-error` in the schema)."""
    return isinstance(node, inspect.StructType) and hasattr(node.cls, "_is_error")


def read_error(
    value: Any, node: inspect.StructType, path: str, problems: Problems
) -> Any:
    """Return error details for a value of any type.

    Fields that are not strings become their JSON text. A value that is not an object
    becomes the message.
    """
    if not isinstance(value, Mapping):
        problems.add(FieldError(path, f"{node.cls.__name__} or an object", value))
        value = _object(value)
    fields = {}
    unread = {}
    for field in node.fields:
        given = value.get(field.encode_name)
        if given is not None and not isinstance(given, str):
            at = f"{path}.{field.encode_name}"
            problems.add(FieldError(at, "a string", given))
            given = unread[field.name] = _text(given)
        fields[field.name] = given
    details = node.cls._construct(**fields)  # type: ignore[attr-defined]
    if unread:
        vars(details)["_unread"] = unread
    return details


def gather_error(
    event: Mapping[str, Any], key: str, node: inspect.StructType, own: set[str | None]
) -> dict[str, Any]:
    """Return an error object for an event without one.

    Args:
        event: The event as JSON.
        key: The field that should hold the error.
        node: The type of the error.
        own: Fields of the event that do not belong to the error.
    """
    names = {field.encode_name for field in node.fields} - own
    outside = {name: event[name] for name in event if name in names}
    found = event.get(key)
    if isinstance(found, str) and "message" in outside:
        return {"code": found, **outside}
    return outside | ({} if found is None else _object(found))


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping):
                return dict(item)
    return {"message": _text(value)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode_plain(value).decode()
