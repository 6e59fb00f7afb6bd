"""Lenient accessors for events, items and responses, typed or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicelive_protocol import (
    FieldError,
    Model,
    Peek,
    Response,
    TokenUsage,
    encode,
)


def field(value: object, name: str) -> Any:
    """Return a field of a model or mapping by its wire name; None if absent."""
    return value.get(name) if isinstance(value, Model | Mapping) else None


def text(value: object, name: str) -> str:
    """Return a string field of a model or mapping; "" if it is not a string."""
    found = field(value, name)
    return found if isinstance(found, str) else ""


def audio_bytes(value: object) -> int:
    """Return the bytes of audio in a field, raw or as base64 text; 0 for others.

    Text is not decoded.
    """
    # Base64: four characters for three bytes.
    if isinstance(value, str):
        return len(value) * 3 // 4 - value[-2:].count("=")
    return len(value) if isinstance(value, bytes | bytearray | memoryview) else 0


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object; an empty one for other values."""
    return value if isinstance(value, dict) else {}


def as_item(value: object) -> dict[str, Any] | None:
    """Return a typed or untyped item with wire names; None for other values."""
    if isinstance(value, Model):
        return value.as_dict()
    return value if isinstance(value, dict) else None


def content_parts(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the content parts of an item that are objects."""
    parts = item.get("content")
    if not isinstance(parts, list):
        return []
    return [part for part in parts if isinstance(part, dict)]


def read_response(seen: Peek) -> Response:
    """Return the response of an event without its invalid fields.

    Args:
        seen: A `response.created` or `response.done`, typed or not.
    """
    given = seen.get("response")
    if isinstance(given, Response):
        return given
    response = Response(id=seen.response_id)
    for name, value in as_object(given).items():
        try:
            part = Response.from_dict({name: value})
        except (FieldError, RecursionError):
            continue
        if name in part:
            setattr(response, name, getattr(part, name))
    return response


def read_usage(response: object) -> TokenUsage | None:
    """Return the usage of a response, typed or as JSON; None if it is invalid."""
    given = field(response, "usage")
    if isinstance(given, TokenUsage):
        return given
    try:
        return TokenUsage.from_dict(as_object(given)) if given else None
    except (FieldError, RecursionError):
        return None


def arguments_text(value: object) -> str:
    """Return the arguments of a function call as JSON text; "" if absent."""
    if isinstance(value, dict | list):
        return encode(value).decode()
    return value if isinstance(value, str) else ""
