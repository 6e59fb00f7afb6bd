"""Reading events of any kind: models, mappings, and what came as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from voicelive_protocol import parse


def field(value: object, name: str) -> Any:
    """A field of a model or a mapping; None where it says nothing."""
    if isinstance(value, Mapping):
        found = value.get(name)
    else:
        found = getattr(value, name, None)
    return None if found is UNSET else found


def recordable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the attributes that a span can hold.

    Where the service should send text, there may be anything.
    """
    return {
        name: value
        for name, value in attributes.items()
        if isinstance(value, str | int | float)
    }


def readable(event: object) -> object:
    """The event itself, or what is in it when it came as JSON text."""
    if not isinstance(event, str | bytes | bytearray | memoryview):
        return event
    try:
        return parse(event if isinstance(event, str) else bytes(event))
    except (ValueError, RecursionError):
        return None


def audio_size(value: object) -> int:
    """Bytes of audio in a field: bytes as they are, text as base64 of them."""
    if isinstance(value, str):
        return len(value.rstrip("=")) * 3 // 4
    return len(value) if isinstance(value, bytes | bytearray | memoryview) else 0
