"""Random JSON values that fit the bundled JSON Schemas."""

from __future__ import annotations

import string
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from voicelive_protocol import CLIENT_EVENTS, SERVER_EVENTS, json_schema

Event = dict[str, Any]

_DEEP = 5
"""From this depth on, optional properties and items are left out."""

_WORDS = ("", "hello", "Tell me a story.", "München", "日本", "😀", "a\n\t\0b")
_NAMES = ("whisper-1", "azure-speech", "get_weather", "alloy", "en-US-AvaNeural", "en")
_URIS = ("https://example.com/mcp", "http://127.0.0.1:1/x", "not a uri")


class SchemaValues:
    """Generates values that fit the schema of an API version.

    Args:
        chance: The source of randomness.
        api_version: The API version.
        ids: What a property that is an identifier gets, chosen at random.
    """

    def __init__(self, chance: Random, api_version: str, ids: tuple[str, ...]) -> None:
        self._chance = chance
        self._definitions = _definitions(api_version)
        self._ids = ids
        self._client = _available(CLIENT_EVENTS, self._definitions)
        self._server = _available(SERVER_EVENTS, self._definitions)

    def client_event(self, event_type: str | None = None) -> Event:
        """Return a client event, of a random type unless one is given."""
        kind = event_type or self._chance.choice(sorted(self._client))
        return self._event(self._client[kind])

    def server_event(self, event_type: str | None = None) -> Event:
        """Return a server event, of a random type unless one is given."""
        kind = event_type or self._chance.choice(sorted(self._server))
        return self._event(self._server[kind])

    def _event(self, name: str) -> Event:
        event: Event = self.value({"$ref": f"#/$defs/{name}"})
        return event

    def value(self, schema: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
        """Return a value that fits a schema.

        Args:
            schema: The schema; references lead into the bundled one.
            name: The property that the value is for.
            depth: How deeply it is nested.
        """
        chance = self._chance
        if "$ref" in schema:
            target = self._definitions[schema["$ref"].rpartition("/")[2]]
            return self.value(target, name, depth)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                options = schema[keyword]
                flat = [o for o in options if o.get("type") in ("null", "string")]
                deep = depth >= _DEEP and flat
                return self.value(chance.choice(flat if deep else options), name, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return chance.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                least = schema.get("minItems", 0)
                count = least if depth >= _DEEP else max(least, chance.randint(0, 3))
                items = schema.get("items", {})
                return [self.value(items, name, depth + 1) for _ in range(count)]
            case "string":
                return self._string(schema, name)
            case "integer" | "number" as kind:
                return self._number(schema, whole=kind == "integer")
            case "boolean":
                return chance.random() < 0.5
            case "null":
                return None
            case _:
                return chance.choice((None, 1, "x", [], {"a": 1}))

    def _object(self, schema: Mapping[str, Any], depth: int) -> Event:
        required = schema.get("required", ())
        often = 0.0 if depth >= _DEEP else self._chance.choice((0.0, 0.3, 0.9))
        found: Event = {}
        for name, inner in schema.get("properties", {}).items():
            if name in required or self._chance.random() < often:
                found[name] = self.value(inner, name, depth + 1)
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and self._chance.random() < often:
            found[self._chance.choice(("city", "a"))] = self.value(more, "", depth + 1)
        return found

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        chance = self._chance
        if schema.get("contentEncoding") == "base64":
            return b64encode(chance.randbytes(chance.choice((0, 1, 2, 480)))).decode()
        if schema.get("format") == "uri":
            return chance.choice(_URIS)
        if name == "id" or name.endswith("_id"):
            return chance.choice(self._ids)
        if name in ("name", "model", "language", "voice"):
            return chance.choice(_NAMES)
        if name == "arguments":
            return chance.choice(("{}", '{"city":"Rome"}', "", "null", '{"a":'))
        word = chance.choice(_WORDS) + chance.choice(("", *string.ascii_letters))
        least: int = schema.get("minLength", 0)
        return word or "x" * least

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> int | float:
        low, high = schema.get("minimum", 0), schema.get("maximum", 1000)
        if whole:
            return self._chance.randint(int(low), max(int(low), int(high)))
        return round(self._chance.uniform(low, max(low, high)), 3)


@cache
def _definitions(api_version: str) -> dict[str, Any]:
    found: dict[str, Any] = json_schema(api_version)["$defs"]
    return found


def _available(
    events: Mapping[str, type[Any]], definitions: Mapping[str, Any]
) -> dict[str, str]:
    """Return the definitions of the events that an API version has, by wire type."""
    names = {kind: found.__name__ for kind, found in events.items()}
    return {kind: name for kind, name in names.items() if name in definitions}
