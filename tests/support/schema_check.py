"""Holds what the mock service sends against the JSON Schema of its API version."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from voicelive_protocol import SERVER_EVENTS, json_schema

Event = dict[str, Any]


def check_event(event: Event, api_version: str) -> None:
    """Fail when an event is not as the schema of its API version says.

    Args:
        event: The event, decoded.
        api_version: The API version of the session it was sent in.

    Raises:
        jsonschema.ValidationError: It has the wrong form.
        AssertionError: The API version has no such event.
    """
    signature = _signature(event)
    if signature is not None and (api_version, signature) in _seen:
        return
    _validator(event["type"], api_version).validate(event)
    if signature is not None:
        _seen.add((api_version, signature))


_seen: set[tuple[str, tuple[Any, ...]]] = set()


def _signature(event: Event) -> tuple[Any, ...] | None:
    """Return the keys and types of a flat event, which decide whether it is valid.

    That spares most of the work: nearly all events are flat, and alike.
    """
    if any(isinstance(value, dict | list) for value in event.values()):
        return None
    return event["type"], *((key, type(value)) for key, value in event.items())


@cache
def _validator(event_type: str, api_version: str) -> jsonschema.Draft202012Validator:
    schema = json_schema(api_version)
    assert event_type in SERVER_EVENTS, f"no event {event_type!r}"
    name = SERVER_EVENTS[event_type].__name__
    assert name in schema["$defs"], f"{api_version} has no {event_type!r}"
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}
    )


def check_frame(frame: bytes, api_version: str) -> Event:
    """Decode a frame and check it; returns the event."""
    event: Event = json.loads(frame)
    check_event(event, api_version)
    return event
