"""Generation of function arguments that are valid for a JSON Schema."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, islice
from typing import Any

from voicelive_mockserver.responder.pattern_sample import sample_match
from voicelive_mockserver.responder.user_text import UserText

_MAX_VALUES = 1000
"""The maximum number of values of a call, whatever the schema requires."""
_MAX_CHARACTERS = 10_000
_MAX_OPTIONS = 1000
_MAX_DEPTH = 30
_MAX_OPTIONAL_DEPTH = 4  # deeper lists stay empty if they may
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
# Candidates for a string with a pattern.
_SAMPLES = (
    *_FORMATS.values(),
    *("ABC", "123", "abc", "ABC123", "12345", "123-4567", "+15550100", "12:00"),
    *("en-US", "USD"),
)
# Raised by invalid schemas, which clients may send.
_SCHEMA_ERRORS = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError),
)


def arguments_for(schema: object, text: str) -> dict[str, Any]:
    """Return arguments of a function, from the text of the user.

    Values are taken from the text where possible (a place, a name, a number, an enum
    value), and are plausible samples otherwise. The result is valid for the schema,
    except for unsupported patterns and conditions.

    Args:
        schema: The `parameters` of the function. If it is not the schema of an object,
            or requires more than 1,000 values, there are no arguments.
        text: The text, written or transcribed.

    Returns:
        The arguments by name: the required ones, and the optional ones with a value in
        the text.
    """
    if not isinstance(schema, Mapping):
        return {}
    try:
        value = _ArgumentGenerator(schema, UserText(text)).value(schema, "", 0)
    except _SCHEMA_ERRORS:
        return {}
    return value if isinstance(value, dict) else {}


class _ArgumentGenerator:
    """Generator of values for one schema."""

    def __init__(self, root: Mapping[str, Any], said: UserText) -> None:
        self._root = root
        self._said = said
        self._left = _MAX_VALUES

    def value(self, schema: object, name: str, depth: int) -> Any:
        """Return a value for a schema; `name` is that of the property."""
        self._spend(1)
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
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
                return not self._said.is_negative
            case "null":
                return None
            case _:
                return self._string(schema, name)

    def _spend(self, values: int) -> None:
        self._left -= values
        if self._left < 0:
            raise ValueError("too many values")

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Resolve references, merge `allOf`, and select from `anyOf` and `oneOf`."""
        while True:
            reference = schema.get("$ref")
            if isinstance(reference, str):
                self._spend(1)
                schema = self._referred(reference)
                continue
            parts = [*schema.get("allOf", ())]
            parts += [self._best(schema[key]) for key in _CHOICES if key in schema]
            # Conditional parts are valid without their condition too.
            parts += [schema[key] for key in ("then", "else") if key in schema]
            if not parts:
                return schema
            schema = self._merged(schema, parts)

    def _referred(self, reference: str) -> Mapping[str, Any]:
        target: Any = self._root
        for key in reference.removeprefix("#").strip("/").split("/"):
            if key:
                target = target.get(key, {}) if isinstance(target, Mapping) else {}
        return target if isinstance(target, Mapping) else {}

    @staticmethod
    def _best(branches: list[Any]) -> Mapping[str, Any]:
        candidates = [branch for branch in branches if isinstance(branch, Mapping)]
        for branch in candidates:
            if branch.get("type") != "null":
                return branch
        return candidates[0] if candidates else {}

    def _merged(self, schema: Mapping[str, Any], parts: list[Any]) -> Mapping[str, Any]:
        merged = {key: schema[key] for key in schema if key not in _COMBINING}
        for part in parts:
            self._spend(1)
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
        mentioned = self._said.mentioned(options[:_MAX_OPTIONS])
        return options[0] if mentioned is None else mentioned

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        names: dict[str, None] = dict.fromkeys(schema.get("required") or ())
        if depth == 0:
            # A single optional parameter is the subject of the function.
            alone = not names and len(properties) == 1
            names |= dict.fromkeys(
                name
                for name, part in islice(properties.items(), _MAX_OPTIONS)
                if self._is_given(name, part, alone=alone)
            )
        dependent = schema.get("dependentRequired") or {}
        for name in islice(iter([*names, *dependent]), _MAX_OPTIONS):
            if name in names:
                names |= dict.fromkeys(dependent.get(name, ()))
        fewest = int(schema.get("minProperties", 0))
        self._check_room(fewest)
        spare = (name for name in properties if name not in names)
        names |= dict.fromkeys(islice(spare, max(0, fewest - len(names))))
        while len(names) < fewest:
            names[f"property_{len(names) + 1}"] = None
        extra = schema.get("additionalProperties", {})
        return {
            name: self.value(properties.get(name, extra), name, depth + 1)
            for name in names
        }

    def _check_room(self, values: int) -> None:
        if values > self._left:
            raise ValueError("too many values")

    def _is_given(self, name: str, schema: object, *, alone: bool) -> bool:
        """Return whether the text has a value for an optional parameter."""
        if not isinstance(schema, Mapping):
            return False
        schema = self._resolved(schema)
        options = schema.get("enum")
        if options:
            return alone or self._said.mentioned(options[:_MAX_OPTIONS]) is not None
        if not alone:
            return False
        match self._kind(schema):
            case "string":
                return self._said.about(name) is not None
            case "integer" | "number":
                return self._said.number is not None
            case _:
                return True

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        prefix = schema.get("prefixItems") or []
        values = [self.value(part, name, depth + 1) for part in prefix]
        usual = 1 if depth < _MAX_OPTIONAL_DEPTH else 0
        wanted = max(int(schema.get("minItems", usual)), len(values))
        wanted = min(wanted, int(schema.get("maxItems", wanted)))
        self._check_room(wanted - len(values))
        items = schema.get("items", {})
        while len(values) < wanted:
            value = self.value(items, name, depth + 1)
            if schema.get("uniqueItems") and value in values:
                others = islice(self._others(items, value, depth), len(values) + 20)
                value = next((other for other in others if other not in values), value)
            values.append(value)
        return values[:wanted]

    def _others(self, schema: object, value: Any, depth: int) -> Iterator[Any]:
        """Yield alternatives to a value of a schema."""
        if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
            return
        schema = self._resolved(schema)
        if "const" in schema:
            return
        if schema.get("enum"):
            yield from schema["enum"]
            return
        match value:
            case bool():
                yield not value
            case int() | float():
                step = schema.get("multipleOf") or 1
                for offset in count(1):
                    near = (value + offset * step, value - offset * step)
                    allowed = [number for number in near if _is_within(number, schema)]
                    if not allowed:
                        return
                    yield from allowed
            case str() if "pattern" not in schema and "format" not in schema:
                longest = int(schema.get("maxLength", _MAX_CHARACTERS))
                for number in count(2):
                    end = f" {number}"
                    yield (value[: max(0, longest - len(end))] + end)[:longest]
            case dict():
                parts = schema.get("properties") or {}
                for name, part in value.items():
                    for other in self._others(parts.get(name), part, depth + 1):
                        yield {**value, name: other}
            case _:
                return

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> float:
        """Return the valid number closest to the one in the text."""
        wanted = 1.0 if self._said.number is None else self._said.number
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

    @staticmethod
    def _example(schema: Mapping[str, Any]) -> str | None:
        """Return the first of the `examples` of a schema."""
        examples = schema.get("examples")
        first = examples[0] if isinstance(examples, list) and examples else None
        return first if isinstance(first, str) else None

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        known = _FORMATS.get(schema.get("format", ""))
        if known is not None:
            return known
        told = self._said.about(name)
        value = told or self._example(schema) or self._said.example(name)
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            value = _matching(pattern, (value, *self._said.text.split()))
        shortest = int(schema.get("minLength", 0))
        if shortest > _MAX_CHARACTERS:
            raise ValueError("too long")
        value = value.ljust(shortest, "a")
        return value[: int(schema.get("maxLength", len(value)))]


_CHOICES = ("anyOf", "oneOf")
_COMBINING = (*_CHOICES, "allOf", "if", "then", "else")


def _is_within(value: float, schema: Mapping[str, Any]) -> bool:
    """Return whether a number is within the limits of a schema."""
    return bool(
        schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf)
        and schema.get("exclusiveMinimum", -math.inf) < value
        and value < schema.get("exclusiveMaximum", math.inf)
    )


def _matching(pattern: str, said: Iterable[str]) -> str:
    """Return words of the user, or else a sample, that a pattern matches."""
    said = tuple(word.rstrip("?.!,") for word in said)
    if _is_quick(pattern):
        expression = re.compile(pattern)
        for candidate in (*said[:_MAX_WORDS], *_SAMPLES):
            if len(candidate) <= _MAX_WORD_LENGTH and expression.search(candidate):
                return candidate
    return sample_match(pattern) or said[0]


# Patterns of clients run on short texts only, and only without repeated groups and with
# few repetitions, to avoid catastrophic backtracking.
_MAX_WORDS = 50
_MAX_WORD_LENGTH = 40
_MAX_PATTERN_LENGTH = 100
_REPEATED_GROUP = re.compile(r"\)[*+?{]")
_REPETITION = re.compile(r"[*+?{]")


def _is_quick(pattern: str) -> bool:
    if (
        len(pattern) > _MAX_PATTERN_LENGTH
        or _REPEATED_GROUP.search(pattern)
        or len(_REPETITION.findall(pattern)) > 3
    ):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True
