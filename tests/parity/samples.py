"""Server events made from the JSON Schema: every field and every variant at least once.

Values are not meaningful, but no two neighbouring fields have the same.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from zlib import crc32

from voicelive.models import API_VERSIONS, SERVER_EVENTS, is_available, json_schema


def server_event_samples(wire: str) -> list[dict[str, Any]]:
    """Make events of one type.

    Args:
        wire: Wire name of the event.
    """
    name = SERVER_EVENTS[wire].__name__
    newest = next(v for v in reversed(API_VERSIONS) if is_available(name, v))
    definitions = json_schema(newest)["$defs"]
    return _Sampler(definitions).values(definitions[name], wire)


class _Sampler:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions

    def values(self, schema: dict[str, Any], name: str) -> list[Any]:
        """Values that a schema describes, together covering all of it."""
        if "$ref" in schema:
            target = schema["$ref"].rpartition("/")[2]
            return self.values(self._definitions[target], name)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                options = schema[keyword]
                return [v for option in options for v in self.values(option, name)]
        if "const" in schema:
            return [schema["const"]]
        if "enum" in schema:
            return [*schema["enum"], f"new {name}"]
        match schema.get("type"):
            case "object" if "properties" in schema:
                return self._objects(schema, name)
            case "object":
                inner = schema.get("additionalProperties", True)
                values = self.values({} if inner is True else inner, f"{name}.*")
                return [{"key": value} for value in values]
            case "array":
                items = self.values(schema["items"], name)
                fixed = schema.get("minItems")
                return [items * fixed if fixed else items, []][: 1 if fixed else 2]
            case kind:
                return [_scalar(kind, schema, name)]

    def _objects(self, schema: dict[str, Any], name: str) -> list[Any]:
        """Objects with all fields, and one with the required fields only."""
        fields = {
            key: self.values(field, f"{name}.{key}")
            for key, field in schema["properties"].items()
        }
        count = max((len(values) for values in fields.values()), default=1)
        rows = [
            {key: values[row % len(values)] for key, values in fields.items()}
            for row in range(count)
        ]
        required = schema.get("required", [])
        return [*rows, {key: fields[key][0] for key in required}]


def _scalar(kind: str | None, schema: dict[str, Any], name: str) -> Any:
    number = crc32(name.encode()) % 100
    match kind:
        case "null":
            return None
        case "boolean":
            return number % 2 == 0
        case "integer":
            return number + 1
        case "number":
            return number / 8
        case "string" if schema.get("contentEncoding") == "base64":
            return b64encode(name.encode()).decode()
        case "string":
            return f"some {name}"
        case _:
            # Anything goes: a little of everything.
            return {"text": name, "list": [1, None, True, 0.5]}
