"""Arguments for a function call that are valid for the function's JSON Schema."""

import math
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

_MAX_DEPTH = 8
_QUOTED = re.compile('["\u201c]([^"\u201d]+)["\u201d]')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NAMED_PLACE = re.compile(
    r"\b(?:in|at|for|to|from|near|of)\s+(?:the\s+)?((?:[A-Z][\w'-]*\s?)+)"
)
_ANY_PLACE = re.compile(r"\b(?:in|at|for|near)\s+(?:the\s+)?([a-z][\w'-]*)")
_PROPER_NAME = re.compile(r"(?<=[\w,]\s)((?:[A-Z][\w'-]+\s?)+)")
_FORMATS = {
    "date": "2026-01-15",
    "time": "12:00:00Z",
    "date-time": "2026-01-15T12:00:00Z",
    "duration": "PT1H",
    "email": "user@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
# Tried in turn for a string that must match a pattern.
_SAMPLES = (
    *_FORMATS.values(),
    "a",
    "A",
    "1",
    "abc",
    "ABC",
    "123",
    "abc123",
    "ABC123",
    "12345",
    "123-4567",
    "+15550100",
    "12:00",
    "A-1",
    "en-US",
    "USD",
)


def arguments_for(schema: object, text: str) -> dict[str, Any]:
    """Fill the parameters of a function from what the user said.

    Values come from the text where it has something fitting (a place, a name, a
    number, one of the enumerated words) and are plausible otherwise. The result is
    valid for the schema; only a `pattern` out of the ordinary may be missed.

    Args:
        schema: The `parameters` of the function; anything that is no schema of an
            object gives no arguments.
        text: What the user wrote or said.

    Returns:
        The arguments by name: all that are required, and the optional ones that the
        text has something for.
    """
    if not isinstance(schema, Mapping):
        return {}
    value = _Filler(schema, text).value(schema, "", 0)
    return value if isinstance(value, dict) else {}


class _Filler:
    """Makes values for the parts of one schema."""

    def __init__(self, root: Mapping[str, Any], text: str) -> None:
        self._root = root
        self._text = text

    def value(self, schema: object, name: str, depth: int) -> Any:
        """Return a value for a schema; `name` is the property it belongs to."""
        if not isinstance(schema, Mapping):
            return self._string({}, name)
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._choice(schema["enum"])
        if "default" in schema:
            return schema["default"]
        match self._kind(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer":
                return int(self._number(schema, whole=True))
            case "number":
                return self._number(schema, whole=False)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return self._string(schema, name)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow references and merge or choose among combined schemas."""
        for _ in range(_MAX_DEPTH):
            reference = schema.get("$ref")
            if isinstance(reference, str):
                schema = self._referred(reference)
                continue
            for keyword in ("anyOf", "oneOf"):
                branches = schema.get(keyword)
                if branches:
                    rest = {k: v for k, v in schema.items() if k != keyword}
                    schema = rest | dict(self._best_branch(branches))
                    break
            else:
                parts = schema.get("allOf")
                if not parts:
                    return schema
                schema = self._merged(schema, parts)
        return {}

    def _referred(self, reference: str) -> Mapping[str, Any]:
        target: Any = self._root
        for key in reference.removeprefix("#").strip("/").split("/"):
            if key:
                target = target.get(key, {}) if isinstance(target, Mapping) else {}
        return target if isinstance(target, Mapping) else {}

    def _best_branch(self, branches: list[Any]) -> Mapping[str, Any]:
        candidates = [branch for branch in branches if isinstance(branch, Mapping)]
        for branch in candidates:
            if branch.get("type") != "null":
                return branch
        return candidates[0] if candidates else {}

    def _merged(self, schema: Mapping[str, Any], parts: list[Any]) -> Mapping[str, Any]:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in parts:
            if not isinstance(part, Mapping):
                continue
            for key, value in self._resolved(part).items():
                known = merged.get(key)
                if key == "properties" and isinstance(known, Mapping):
                    merged[key] = {**known, **value}
                elif key == "required" and isinstance(known, list):
                    merged[key] = [*known, *value]
                else:
                    merged[key] = value
        return merged

    @staticmethod
    def _kind(schema: Mapping[str, Any]) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((item for item in kind if item != "null"), "null")
        if isinstance(kind, str):
            return kind
        if "properties" in schema or "required" in schema:
            return "object"
        return "array" if "items" in schema else "string"

    def _choice(self, options: list[Any]) -> Any:
        mentioned = self._mentioned(options)
        return options[0] if mentioned is None else mentioned

    def _mentioned(self, options: list[Any]) -> str | None:
        """Return the first of some words that the text has."""
        text = self._text.casefold()
        for option in options:
            if isinstance(option, str) and re.search(
                rf"\b{re.escape(option.casefold())}\b", text
            ):
                return option
        return None

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        required = list(schema.get("required") or ())
        names: dict[Any, None] = dict.fromkeys(required)
        if depth == 0:
            # A lone optional parameter is what the function is about.
            if not required and len(properties) == 1:
                names |= dict.fromkeys(properties)
            names |= dict.fromkeys(
                name for name, part in properties.items() if self._is_mentioned(part)
            )
        if depth >= _MAX_DEPTH:
            return {}
        extra = schema.get("additionalProperties", {})
        fewest = int(schema.get("minProperties", 0))
        spare = (name for name in properties if name not in names)
        names |= dict.fromkeys(islice(spare, max(0, fewest - len(names))))
        while len(names) < fewest:
            names[f"property_{len(names) + 1}"] = None
        return {
            name: self.value(properties.get(name, extra), name, depth + 1)
            for name in names
        }

    def _is_mentioned(self, schema: object) -> bool:
        if not isinstance(schema, Mapping):
            return False
        options: list[Any] = self._resolved(schema).get("enum") or []
        return self._mentioned(options) is not None

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        prefix = schema.get("prefixItems") or []
        values = [self.value(part, name, depth + 1) for part in prefix]
        wanted = max(int(schema.get("minItems", 1)), len(values))
        wanted = min(wanted, int(schema.get("maxItems", wanted)))
        items = schema.get("items", {})
        options = (
            self._resolved(items).get("enum") if isinstance(items, Mapping) else None
        )
        for index in range(len(values), wanted):
            if options:
                values.append(options[index % len(options)])
                continue
            value = self.value(items, name, depth + 1)
            if schema.get("uniqueItems") and value in values:
                if isinstance(value, str):
                    value = f"{value} {index + 1}"
                elif isinstance(value, int | float):
                    value += index
            values.append(value)
        return values[:wanted]

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> float:
        """Return the number in the text, or one near to it that the schema allows."""
        found = _NUMBER.search(self._text)
        wanted = float(found[0]) if found else 1.0
        low = max(
            schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf)
        )
        high = min(
            schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf)
        )
        near = min(max(wanted, low), high)
        candidates = [near]
        step = schema.get("multipleOf") or (1 if whole else None)
        if step is not None:
            multiple = math.floor(near / step)
            candidates = [
                round((multiple + offset) * step, 9) for offset in (0, 1, -1, 2)
            ]
        elif math.isfinite(low) and math.isfinite(high):
            candidates.append((low + high) / 2)
        else:
            candidates += [near + 1, near - 1]
        value = next((v for v in candidates if _is_within(v, schema)), near)
        return int(value) if float(value).is_integer() else value

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        known = _FORMATS.get(schema.get("format", ""))
        if known is not None:
            return known
        value = self._words_for(name.casefold())
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            value = _matching(pattern, (value, *_NUMBER.findall(self._text)))
        shortest = int(schema.get("minLength", 0))
        value = value.ljust(shortest, "a")
        return value[: int(schema.get("maxLength", len(value)))]

    def _words_for(self, name: str) -> str:
        text = self._text.strip()
        quoted = _QUOTED.search(text)
        if quoted:
            return quoted[1]
        if re.search(r"query|question|text|message|prompt|topic|input|content", name):
            return text or "hello"
        for pattern in (_NAMED_PLACE, _PROPER_NAME, _ANY_PLACE):
            found = pattern.search(text)
            if found:
                words = found[1].strip().rstrip("?.!,")
                return words if pattern is not _ANY_PLACE else words.capitalize()
        if re.search(r"city|location|place|town|country|address", name):
            return "Seattle"
        return text.rstrip("?.! ") or "example"


def _is_within(value: float, schema: Mapping[str, Any]) -> bool:
    """Whether a number keeps the limits of a schema."""
    return bool(
        schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf)
        and schema.get("exclusiveMinimum", -math.inf) < value
        and value < schema.get("exclusiveMaximum", math.inf)
    )


def _matching(pattern: str, candidates: tuple[str, ...]) -> str:
    try:
        expression = re.compile(pattern)
    except re.error:
        return candidates[0]
    for candidate in (*candidates, *_SAMPLES):
        if expression.search(candidate):
            return candidate
    return candidates[0]
