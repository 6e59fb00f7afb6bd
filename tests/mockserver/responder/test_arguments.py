"""Function arguments for the schemas that clients are likely to send."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicelive_mockserver.responder.arguments import arguments_for
from voicelive_mockserver.responder.pattern_sample import sample_match

Schema = dict[str, Any]

_FORMATS = (
    *("date", "time", "date-time", "duration", "email", "hostname"),
    *("ipv4", "ipv6", "uri", "uuid"),
)
_PATTERNS = (
    r"^\d{3}$",
    r"^[A-Z]{3}$",
    r"^[a-z]+$",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^[a-z0-9]+$",
)
_NAMES = st.sampled_from(["city", "query", "when", "count", "options", "flag", "x y"])


@st.composite
def _strings(draw: st.DrawFn) -> Any:
    shortest = draw(st.integers(0, 30))
    return draw(
        st.sampled_from(
            [
                {"type": "string"},
                {"type": "string", "minLength": shortest},
                {"type": "string", "maxLength": shortest},
                {"type": "string", "minLength": shortest, "maxLength": shortest + 3},
                {"type": "string", "format": draw(st.sampled_from(_FORMATS))},
                {"type": "string", "pattern": draw(st.sampled_from(_PATTERNS))},
                {"type": ["null", "string"]},
                {"enum": ["small", "large", 3, None]},
                {"type": "string", "enum": ["kitchen", "bath"]},
                {"const": {"a": [1]}},
                {"type": "string", "default": "usual"},
                {},
                True,
            ]
        )
    )


@st.composite
def _numbers(draw: st.DrawFn) -> Schema:
    kind = draw(st.sampled_from(["integer", "number"]))
    low = draw(st.integers(-1000, 1000))
    # At least four whole numbers or multiples of 25 are within the limits.
    high = low + draw(st.sampled_from([4, 100, 1000]))
    schema: Schema = {"type": kind}
    for name, value in (
        (draw(st.sampled_from(["minimum", "exclusiveMinimum"])), low),
        (draw(st.sampled_from(["maximum", "exclusiveMaximum"])), high),
    ):
        if draw(st.booleans()):
            schema[name] = value
    if draw(st.booleans()):
        wide = high - low >= 100 or len(schema) < 3
        schema["multipleOf"] = draw(st.sampled_from([1, 2, 25] if wide else [1, 2]))
        if kind == "number" and draw(st.booleans()):
            schema["multipleOf"] = 0.25
    elif kind == "number" and draw(st.booleans()):
        return {"type": kind, "exclusiveMinimum": 0, "exclusiveMaximum": 0.3}
    return schema


def _arrays(items: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    plain = st.fixed_dictionaries(
        {"type": st.just("array"), "items": items},
        optional={"minItems": st.integers(0, 4), "maxItems": st.integers(4, 6)},
    )
    unique = st.fixed_dictionaries(
        {
            "type": st.just("array"),
            "items": st.sampled_from(
                [
                    {"type": "string"},
                    {"type": "integer"},
                    {"enum": ["a", "b", "c", "d", "e"]},
                ]
            ),
            "uniqueItems": st.just(True),
            "minItems": st.integers(0, 5),
        }
    )
    tuples = st.fixed_dictionaries(
        {
            "type": st.just("array"),
            "prefixItems": st.lists(items, min_size=1, max_size=3),
            "items": st.just(False),
        }
    )
    return plain | unique | tuples


@st.composite
def _objects(draw: st.DrawFn, parts: st.SearchStrategy[Schema]) -> Schema:
    properties = draw(st.dictionaries(_NAMES, parts, max_size=4))
    required = [name for name in properties if draw(st.booleans())]
    schema: Schema = {"type": "object", "properties": properties, "required": required}
    if draw(st.booleans()):
        schema["additionalProperties"] = draw(
            st.sampled_from([False, {"type": "null"}])
        )
    if draw(st.booleans()):
        schema["minProperties"] = draw(st.integers(0, len(properties)))
    return schema


def _combined(parts: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.one_of(
        st.builds(lambda part: {"anyOf": [{"type": "null"}, part]}, parts),
        st.builds(lambda part: {"allOf": [part]}, parts),
        st.just({"oneOf": [{"type": "integer"}, {"type": "string"}]}),
        st.just({"$ref": "#/$defs/shared"}),
    )


_LEAVES = st.one_of(
    _strings(), _numbers(), st.just({"type": "boolean"}), st.just({"type": "null"})
)
_ANY = st.recursive(
    _LEAVES,
    lambda parts: st.one_of(_arrays(parts), _objects(parts), _combined(parts)),
    max_leaves=8,
)
_SHARED = {
    "type": "object",
    "properties": {"unit": {"enum": ["celsius", "fahrenheit"]}},
    "required": ["unit"],
}


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    _objects(_ANY),
    st.sampled_from(
        ["", "What is the weather in Rome?", "Set 3 lamps of the kitchen to 17.5."]
    )
    | st.text(max_size=30),
)
def test_arguments_are_valid(schema: Schema, text: str) -> None:
    """For any schema and text, the arguments are valid."""
    schema["$defs"] = {"shared": _SHARED}
    arguments = arguments_for(schema, text)
    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(arguments)


def _object_of(**properties: Schema) -> Schema:
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required}


_NODE = _object_of(value={"type": "integer"}, children={"type": "array"})
_NODE["properties"]["children"]["items"] = {"$ref": "#/$defs/node"}
_CIRCLE = _object_of(type={"const": "circle"}, r={"exclusiveMinimum": 0})
_SQUARE = _object_of(type={"const": "square"}, width={"type": "number"})
_ID = {"type": "integer", "minimum": 1, "maximum": 3}


@pytest.mark.parametrize(
    "schema",
    [
        _object_of(tree={"$ref": "#/$defs/node"}) | {"$defs": {"node": _NODE}},
        _object_of(shape={"oneOf": [_SQUARE, _CIRCLE]}),
        _object_of(a={}) | {"anyOf": [{"required": ["b"]}, {"required": ["c"]}]},
        _object_of(a={}) | {"dependentRequired": {"a": ["b"]}},
        _object_of(mode={"enum": ["x", "y"]})
        | {
            "if": {"properties": {"mode": {"const": "x"}}},
            "then": {"required": ["n"]},
        },
        _object_of(
            people={
                "type": "array",
                "items": _object_of(id=_ID, name={"type": "string"}),
                "minItems": 3,
                "uniqueItems": True,
            }
        ),
        _object_of(
            a=_object_of(
                b={
                    "type": "array",
                    "minItems": 2,
                    "items": _object_of(
                        code={"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
                        at={"type": "string", "format": "date-time"},
                        spots={"type": "array", "items": _ID, "minItems": 3}
                        | {"uniqueItems": True},
                    ),
                }
            )
        ),
    ],
)
def test_arguments_for_nested_schemas(schema: Schema) -> None:
    """References, alternatives, conditions and lists at any depth."""
    arguments = arguments_for(schema, "Order 4 pizzas.")
    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(arguments)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\+[1-9][0-9]{7,14}$",
        r"^(asc|desc)$",
        r"^#[0-9a-fA-F]{6}$",
        r"^ORD-\d{6}$",
        r"^[^@]+@[^@]+\.[a-z]{2,}$",
        r"^(?P<year>\d{4})-(0[1-9]|1[0-2])$",
        r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$",
        r"^\$[0-9]+(?:\.[0-9]{2})?$",
        r"^[]\-]+?\s\S.$",
        r"",
    ],
)
def test_texts_for_patterns(pattern: str) -> None:
    """Strings for the usual constructs of patterns."""
    text = sample_match(pattern)
    assert text is not None
    assert re.search(pattern, text)


@pytest.mark.parametrize(
    "pattern", ["(?!a)b", r"(a)\1", "(", "[", "a)", "a{5000}", "a" * 5000, r"\q"]
)
def test_unsupported_patterns(pattern: str) -> None:
    """They have no sample, instead of a wrong one."""
    assert sample_match(pattern) is None


_ALL = [f"p{number}" for number in range(10)]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 10**9},
        {"type": "object", "minProperties": 10**9},
        {"type": "string", "minLength": 10**10},
        _object_of(**{name: {"$ref": "#"} for name in _ALL}),
        {"allOf": [{"$ref": "#/properties/value"}] * 2},
        {"type": "string", "minLength": "many"},
        {"type": "integer", "minimum": 1e308, "multipleOf": 1e-300},
        {"enum": {"a": 1}},
        {"type": "object", "required": 5},
        {"type": "object", "properties": [1], "required": ["a"]},
        {"anyOf": 5},
        {"$ref": "#/x"},
    ],
)
def test_hostile_schemas(schema: Schema) -> None:
    """Excessive or invalid schemas give no arguments, quickly."""
    root = {"x": {"$ref": "#/x"}, **_object_of(value=schema)}
    assert arguments_for(root, "") in ({}, {"value": None})


def test_catastrophic_patterns() -> None:
    """A pattern of a client that may backtrack endlessly is not run."""
    for pattern in ("^(a+)+$", "^(a+){30}$", "^a*a*a*a*a*a*a*b$"):
        schema = _object_of(name={"type": "string", "pattern": pattern})
        (name,) = arguments_for(schema, f"It is {'a' * 40}!").values()
        assert len(name) < 100
