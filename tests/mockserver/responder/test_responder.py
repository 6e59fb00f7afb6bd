"""Built-in responder: tool selection, replies from outputs, arguments."""

from __future__ import annotations

import random
from typing import Any

import jsonschema
import pytest

from voicelive_mockserver import CallFunction, Reply, ReplyRequest, Say
from voicelive_mockserver.engine.items import created_item
from voicelive_mockserver.responder import built_in_responder
from voicelive_mockserver.responder.arguments import arguments_for


def reply_to(text: str, *tools: dict[str, Any], choice: Any = "auto") -> Reply:
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    return built_in_responder(
        ReplyRequest(
            history=[created_item(item, lambda: "item_1")],
            instructions="",
            tools=tools,
            tool_choice=choice,
            modalities=["text"],
            number=0,
            random=random.Random(0),
        )
    )


def tool(name: str, description: str = "", **properties: Any) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }
    return {
        "type": "function",
        "name": name,
        "description": description,
        "parameters": parameters,
    }


WEATHER = tool("get_weather", city={"type": "string"})
TIMER = tool(
    "startTimer",
    "Start a countdown of some minutes.",
    minutes={"type": "integer", "minimum": 1},
)
LIGHTS = tool(
    "set_lights",
    "Switch the lamps of a room on or off.",
    room={"type": "string", "enum": ["kitchen", "bedroom"]},
    on={"type": "boolean"},
)


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("What is the weather in London?", "get_weather", {"city": "London"}),
        ("How's the weather in new york?", "get_weather", {"city": "New York"}),
        ("Weather for San Francisco, please", "get_weather", {"city": "San Francisco"}),
        ("Set a timer for 5 minutes", "startTimer", {"minutes": 5}),
        (
            "Turn on the lights in the bedroom",
            "set_lights",
            {"room": "bedroom", "on": True},
        ),
        (
            "Switch the kitchen lamp off",
            "set_lights",
            {"room": "kitchen", "on": False},
        ),
        ("Is it raining in Oslo?", "get_weather", {"city": "Oslo"}),
        ("Start a timer of ten minutes", "startTimer", {"minutes": 10}),
    ],
)
def test_a_matching_tool_is_called(
    text: str, name: str, arguments: dict[str, Any]
) -> None:
    """The text selects the function and fills its parameters."""
    (call,) = reply_to(text, WEATHER, TIMER, LIGHTS).outputs
    assert call == CallFunction(name, arguments)


@pytest.mark.parametrize(
    "text", ["Tell me a joke.", "Hello!", "What do you think?", ""]
)
def test_no_tool_fits_small_talk(text: str) -> None:
    """Small talk calls no function."""
    (said,) = reply_to(text, WEATHER, TIMER, LIGHTS).outputs
    assert isinstance(said, Say)
    assert said.text


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("Say a short greeting.", "Hello there!"),
        ("Hi!", "Hello"),
        ("My name is Bob.", "Nice to meet you, Bob!"),
        ("Thank you!", "You're welcome"),
        ("Goodbye.", "Goodbye"),
        ('Please say "one two three"', "one two three"),
        ("Hello, can you hear me?", "I can hear you"),
        ("The sky is blue.", "The sky is blue."),
        ("Why is the sky blue?", "Why is the sky blue?"),
        ("Tell me a story about the ocean.", "the ocean"),
    ],
)
def test_small_talk(text: str, fragment: str) -> None:
    """Common requests have replies, others are repeated."""
    (said,) = reply_to(text).outputs
    assert isinstance(said, Say)
    assert fragment in said.text


SCHEMAS: list[dict[str, Any]] = [
    {},
    {"type": "object"},
    {"type": "object", "properties": {"q": {"type": "string"}}},
    {
        "type": "object",
        "properties": {
            "const": {"const": 3},
            "enum": {"enum": ["x", "y"]},
            "default": {"type": "integer", "default": 4},
            "integer": {"type": "integer", "minimum": 10, "maximum": 12},
            "above": {"type": "integer", "exclusiveMinimum": 5},
            "below": {"type": "number", "exclusiveMaximum": 0},
            "multiple": {"type": "integer", "multipleOf": 7, "minimum": 8},
            "fraction": {"type": "number", "minimum": 0.25, "maximum": 0.75},
            "flag": {"type": "boolean"},
            "nothing": {"type": "null"},
            "either": {"type": ["null", "string"]},
            "short": {"type": "string", "maxLength": 3},
            "long": {"type": "string", "minLength": 80},
            "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "when": {"type": "string", "format": "date-time"},
            "day": {"type": "string", "format": "date"},
            "who": {"type": "string", "format": "email"},
            "many": {
                "type": "array",
                "items": {"type": "integer"},
                "minItems": 3,
                "uniqueItems": True,
            },
            "words": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 2,
                "uniqueItems": True,
            },
            "days": {
                "type": "array",
                "items": {"enum": ["mon", "tue", "wed"]},
                "minItems": 2,
                "uniqueItems": True,
            },
            "none": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
            "pair": {
                "type": "array",
                "prefixItems": [{"type": "string"}, {"type": "number"}],
                "items": False,
            },
            "nested": {
                "type": "object",
                "properties": {"deep": {"$ref": "#/$defs/deep"}},
                "required": ["deep"],
            },
            "some": {"anyOf": [{"type": "null"}, {"type": "integer"}]},
            "all": {
                "allOf": [
                    {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                    {"properties": {"b": {"type": "string"}}, "required": ["b"]},
                ],
                "type": "object",
            },
        },
        "required": [
            "const",
            "enum",
            "default",
            "integer",
            "above",
            "below",
            "multiple",
            "fraction",
            "flag",
            "nothing",
            "either",
            "short",
            "long",
            "code",
            "when",
            "day",
            "who",
            "many",
            "words",
            "days",
            "none",
            "pair",
            "nested",
            "some",
            "all",
        ],
        "additionalProperties": False,
        "$defs": {
            "deep": {
                "type": "object",
                "properties": {"kind": {"enum": [1, 2]}},
                "required": ["kind"],
            }
        },
    },
]


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("text", ["", "Book a table for 14 people in Rome, please."])
def test_arguments_are_valid_for_the_schema(schema: dict[str, Any], text: str) -> None:
    """For any schema, the arguments are valid."""
    jsonschema.Draft202012Validator(schema).validate(arguments_for(schema, text))


@pytest.mark.parametrize("schema", [None, [], "x", True, {"type": "string"}])
def test_no_object_schema_gives_no_arguments(schema: object) -> None:
    """A function without parameters is called without arguments."""
    assert arguments_for(schema, "Hello") == {}


def test_infinite_schemas() -> None:
    """A schema without finite values gives no arguments."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"child": {"$ref": "#"}},
        "required": ["child"],
    }
    assert arguments_for(schema, "") == {}
    loop = {"properties": {"a": {"$ref": "#/$defs/a"}}, "required": ["a"]}
    assert arguments_for(loop | {"$defs": {"a": {"$ref": "#/$defs/a"}}}, "") == {}
