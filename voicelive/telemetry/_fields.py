"""Field access for events as models, mappings or JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from voicelive_protocol import parse


def field(value: object, name: str) -> Any:
    """Return a field of a model or a mapping; None if it is unset or missing."""
    if isinstance(value, Mapping):
        found = value.get(name)
    else:
        found = getattr(value, name, None)
    return None if found is UNSET else found


def recordable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the attributes whose values a span cannot hold.

    The service may send values of any type where a string belongs.
    """
    return {
        name: value
        for name, value in attributes.items()
        if isinstance(value, str | int | float)
    }


def readable(event: object) -> object:
    """Return the event, parsed if it is JSON text; None if it cannot be parsed."""
    if not isinstance(event, str | bytes | bytearray | memoryview):
        return event
    try:
        return parse(event if isinstance(event, str) else bytes(event))
    except (ValueError, RecursionError):
        return None
