"""Lenient accessors for responses and function calls in received events."""

from __future__ import annotations

from typing import Any

from voicelive_protocol import FieldError, Model, Peek, Response, encode


def read_response(seen: Peek) -> Response:
    """Return the response of an event without its invalid fields.

    Args:
        seen: A `response.created` or `response.done`, typed or not.
    """
    given = seen.get("response")
    if isinstance(given, Response):
        return given
    response = Response(id=seen.response_id)
    for name, value in (given if isinstance(given, dict) else {}).items():
        try:
            part = Response.from_dict({name: value})
        except (FieldError, RecursionError):
            continue
        if name in part:
            setattr(response, name, getattr(part, name))
    return response


def field(value: object, name: str) -> Any:
    """Return a field of a model or JSON object by its wire name; None if absent."""
    return value.get(name) if isinstance(value, Model | dict) else None


def text(value: object, name: str) -> str:
    """Return a string field of a model or JSON object; "" if it is not a string."""
    found = field(value, name)
    return found if isinstance(found, str) else ""


def arguments_text(value: object) -> str:
    """Return the arguments of a function call as JSON text; "" if absent."""
    if isinstance(value, dict | list):
        return encode(value).decode()
    return value if isinstance(value, str) else ""
