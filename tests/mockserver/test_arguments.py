"""Arguments of calls are valid for any schema that a client is likely to send."""

from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from voicelive_mockserver.responder.arguments import arguments_for

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


@settings(max_examples=200, deadline=None)
@given(
    _objects(_ANY),
    st.sampled_from(
        ["", "What is the weather in Rome?", "Set 3 lamps of the kitchen to 17.5."]
    )
    | st.text(max_size=30),
)
def test_arguments_are_valid(schema: Schema, text: str) -> None:
    """Whatever is asked for and whatever was said, the arguments are valid."""
    schema["$defs"] = {"shared": _SHARED}
    arguments = arguments_for(schema, text)
    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(arguments)
