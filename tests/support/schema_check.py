"""Validation of server events with the JSON Schema of an API version."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema

from voicelive_protocol import SERVER_EVENTS, json_schema

Event = dict[str, Any]


def check_event(event: Event, api_version: str) -> None:
    """Validate an event.

    Args:
        event: The decoded event.
        api_version: The API version of the connection.

    Raises:
        jsonschema.ValidationError: The event is invalid.
        AssertionError: The API version has no such event.
    """
    key = (api_version, _signature(event, "", _traits(api_version)))
    if key not in _valid:
        _validator(event["type"], api_version).validate(event)
        _valid.add(key)


def check_frame(frame: bytes, api_version: str) -> Event:
    """Decode and validate a frame; return the event."""
    event: Event = json.loads(frame)
    check_event(event, api_version)
    return event


@cache
def _validator(event_type: str, api_version: str) -> jsonschema.Draft202012Validator:
    schema = json_schema(api_version)
    assert event_type in SERVER_EVENTS, f"no event {event_type!r}"
    name = SERVER_EVENTS[event_type].__name__
    assert name in schema["$defs"], f"{api_version} has no {event_type!r}"
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}
    )


# --- cache ------------------------------------------------------------------------
#
# Validation takes milliseconds, and nearly all events of a test run differ in free
# texts and numbers only. The signature of an event has everything that a schema can
# depend on, so events with the signature of a valid one are valid.

_valid: set[tuple[str, Any]] = set()

_NUMERIC = ("minimum", "maximum", "minItems", "maxItems")
_OF_STRINGS = ("const", "enum", "pattern", "minLength")
_KEYWORDS = {
    *("type", "properties", "required", "additionalProperties", "items"),
    *("anyOf", "oneOf", "$ref"),
    *("description", "default", "format", "contentEncoding"),
    *_NUMERIC,
    *_OF_STRINGS,
}


_ANY_NAME = "*"


class _Traits:
    """The dependence of a schema on values.

    Attributes:
        restricted: Names of properties whose strings are restricted somewhere.
        bounds: All bounds of numbers and lengths.
    """

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.restricted: set[str] = set()
        bounds: set[float] = set()
        for schema in definitions.values():
            for name, part in _parts("", schema):
                # A keyword that is not considered here would make the cache wrong.
                assert part.keys() <= _KEYWORDS, part.keys() - _KEYWORDS
                bounds.update(part[key] for key in _NUMERIC if key in part)
                target = part.get("$ref", "").rpartition("/")[2]
                refers = target and definitions[target].get("type") != "object"
                if refers or part.keys() & {*_OF_STRINGS}:
                    self.restricted.add(name)
        assert _ANY_NAME not in self.restricted
        self.bounds = sorted(bounds)


def _parts(name: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield a schema and all schemas in it, each with the name of its property."""
    yield name, schema
    for key, inner in (("items", name), ("additionalProperties", _ANY_NAME)):
        if isinstance(schema.get(key), Mapping):
            yield from _parts(inner, schema[key])
    for key in ("anyOf", "oneOf"):
        for option in schema.get(key, ()):
            yield from _parts(name, option)
    for inner, part in schema.get("properties", {}).items():
        yield from _parts(inner, part)


@cache
def _traits(api_version: str) -> _Traits:
    return _Traits(json_schema(api_version)["$defs"])


def _signature(value: Any, name: str, traits: _Traits) -> Any:
    match value:
        case str():
            return value if name in traits.restricted else str
        case bool() | None:
            return value
        case int() | float():
            return type(value), *_region(value, traits.bounds)
        case list():
            parts = frozenset(_signature(item, name, traits) for item in value)
            return list, *_region(len(value), traits.bounds), parts
        case _:
            return frozenset(
                (key, _signature(item, key, traits)) for key, item in value.items()
            )


def _region(value: float, bounds: list[float]) -> tuple[int, int]:
    return bisect_left(bounds, value), bisect_right(bounds, value)
