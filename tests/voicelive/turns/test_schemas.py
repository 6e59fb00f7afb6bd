"""JSON Schemas of tools: types next to enumerations and in branches, no titles."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Optional, TypedDict

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicelive.turns import ToolSet
from voicelive_protocol import FunctionTool


class Unit(enum.Enum):
    CELSIUS = "C"
    FAHRENHEIT = "F"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Place:
    city: str
    unit: Unit | None = None
    title: Literal["Mr", "Ms"] | None = None


class Range(TypedDict, total=False):
    low: int
    kind: Literal["open", "closed"] | None


class Pair(NamedTuple):
    first: Level
    second: Unit = Unit.CELSIUS


class Cat(msgspec.Struct, tag=True):
    lives: int


class Dog(msgspec.Struct, tag=True):
    name: str | None


class Node(msgspec.Struct):
    name: str
    next: Optional[Node] = None  # noqa: UP045
    below: dict[str, Optional[Node]] = {}  # noqa: UP045


# Annotation, what fits, what does not.
TABLE: list[tuple[Any, list[Any], list[Any]]] = [
    (Literal["C", "F"] | None, ["C", None], ["K", 1]),
    (Literal["C"], ["C"], ["F", None]),
    (Literal["a", 1], ["a", 1], ["b", 2, None]),
    (Literal["a", None, 2], ["a", None, 2], [1]),
    (Literal[1, 2], [1, 2], [3, "a"]),
    (Unit, ["C"], ["K", None]),
    (Unit | None, ["C", None], ["K"]),
    (Level, [1, 2], [3, "LOW"]),
    (Level | None, [1, None], [3]),
    (list[Unit | None], [[], ["C", None]], [["K"], "C"]),
    (dict[str, Level | None], [{"a": 1, "b": None}], [{"a": 3}]),
    (dict[str, list[Literal["x", 1] | None]], [{"a": ["x", 1, None]}], [{"a": [2]}]),
    (
        Place,
        [{"city": "Rome", "unit": "C", "title": "Ms"}],
        [{"city": "Rome", "unit": 1}],
    ),
    (Place | None, [None, {"city": "Rome", "unit": None}], [{"unit": "C"}, 5]),
    (Range, [{}, {"kind": None}, {"low": 1, "kind": "open"}], [{"kind": "half"}]),
    (Range | None, [None, {"low": 1}], [{"low": "a"}]),
    (Pair, [[1, "F"], [2]], [[3], []]),
    (tuple[Level, Unit], [[1, "C"]], [[1, "K"], [1]]),
    (set[Level], [[1, 2]], [[3]]),
    (Cat | Dog, [{"type": "Cat", "lives": 9}, {"type": "Dog", "name": None}], [{}]),
    (Cat | Dog | None, [None, {"type": "Cat", "lives": 9}], [{"type": "Cow"}]),
    (Node, [{"name": "a", "next": {"name": "b", "next": None}}], [{"next": None}]),
    (Optional[Node], [None, {"name": "a", "below": {"b": None}}], [{"below": 1}]),  # noqa: UP045
    (int | str | None, [1, "a", None], [[]]),
    (int | list[Unit] | dict[str, Unit], [1, ["C"], {"a": "F"}], [["K"], "a"]),
    (date | None, ["2026-01-01", None], [1]),
    (Decimal | None, ["1.5", None], [[]]),
    (bool | None, [True, None], ["perhaps"]),
    (Any, [1, "a", None], []),
]


def schema_of(annotation: Any, **default: Any) -> Any:
    """The schema of a function with one parameter of a type."""

    def function(value: Any) -> None: ...

    function.__annotations__ = {"value": annotation}
    if default:
        function.__defaults__ = (default["default"],)
    [tool] = ToolSet(function).definitions
    assert isinstance(tool, FunctionTool)
    # As it goes over the wire.
    return json.loads(json.dumps(tool.parameters))


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """All schemas within a schema."""
    if not isinstance(node, dict):
        return
    yield node
    for key in ("properties", "$defs", "patternProperties"):
        for inner in node.get(key, {}).values():
            yield from schemas(inner)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in node.get(key, []):
            yield from schemas(inner)
    for key in ("items", "additionalProperties"):
        yield from schemas(node.get(key))


def check(schema: Any) -> None:
    """The schema is valid, and in the form that models understand."""
    jsonschema.Draft202012Validator.check_schema(schema)
    for node in schemas(schema):
        assert "title" not in node
        assert "discriminator" not in node
        if "enum" in node or "const" in node:
            assert isinstance(node["type"], str)
        for branch in node.get("anyOf", ()):
            assert isinstance(branch["type"], str)


@pytest.mark.parametrize(("annotation", "fitting", "others"), TABLE)
def test_schemas_of_a_table_of_annotations(
    annotation: Any, fitting: list[Any], others: list[Any]
) -> None:
    """Each has its types, and accepts what fits and nothing else."""
    schema = schema_of(annotation)
    check(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for value in fitting:
        validator.validate({"value": value})
    for value in others:
        assert not validator.is_valid({"value": value}), value


@pytest.mark.slow
@pytest.mark.parametrize(("annotation", "fitting", "others"), TABLE)
async def test_what_a_schema_accepts_is_read(
    annotation: Any, fitting: list[Any], others: list[Any]
) -> None:
    """A function is called with what its schema accepts, and with nothing else."""

    def function(value: Any) -> str:
        return "called"

    function.__annotations__ = {"value": annotation}
    tools = ToolSet(function)
    for value in fitting:
        arguments = json.dumps({"value": value})
        assert await tools.call("function", arguments) == "called", value
    for value in others:
        arguments = json.dumps({"value": value})
        assert "error" in json.loads(await tools.call("function", arguments)), value


def test_a_literal_or_none() -> None:
    """The values have their type, and None is a branch of its own."""

    def weather(city: str, unit: Literal["C", "F"] | None = None) -> str:
        return city

    [tool] = ToolSet(weather).definitions
    assert tool.as_dict()["parameters"] == {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {
                "anyOf": [{"type": "string", "enum": ["C", "F"]}, {"type": "null"}]
            },
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def test_properties_may_be_called_like_keywords() -> None:
    """A field named `title`, `enum` or `type` is a field."""

    @dataclass
    class Odd:
        title: str
        enum: list[str]
        type: Literal["a", "b"]
        const: int

    schema = schema_of(Odd)
    properties = schema["properties"]["value"]["properties"]
    assert list(properties) == ["title", "enum", "type", "const"]
    assert properties["type"] == {"type": "string", "enum": ["a", "b"]}


LITERALS = (Literal["x", "y"], Literal["x", 1], Literal["x", None], Literal[1, 2])
LEAVES = st.sampled_from([str, int, bool, Unit, Level, Place, Range, Node, *LITERALS])


@pytest.mark.slow
@given(
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(
            inner.map(lambda kind: kind | None),
            inner.map(lambda kind: list[kind]),  # type: ignore[valid-type]
            inner.map(lambda kind: dict[str, kind]),  # type: ignore[valid-type]
            inner.map(lambda kind: tuple[kind, int]),  # type: ignore[valid-type]
        ),
        max_leaves=4,
    )
)
@settings(max_examples=150, deadline=None)
def test_schemas_of_any_annotation(annotation: Any) -> None:
    """However types are put into each other."""
    check(schema_of(annotation))
