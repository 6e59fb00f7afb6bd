"""Results of tools: what is accepted, and how the rest is refused."""

from __future__ import annotations

import collections
import enum
import json
import logging
import threading
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict
from uuid import UUID

import msgspec
import pytest

from tests.voicelive.turns.service import call, calling, talk
from voicelive.turns import ToolSet


class Model:
    """Shaped as a model of pydantic 2."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def model_dump_json(self) -> str:
        return json.dumps(self.fields)


class OldModel:
    """Shaped as a model of pydantic 1."""

    __fields__: Mapping[str, Any] = {}

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def json(self) -> str:
        return json.dumps(self.fields)


class Handle:
    """Has no JSON form."""


class Colour(enum.Enum):
    RED = "red"


class Point(msgspec.Struct):
    x: int


class Row(TypedDict):
    when: datetime
    model: Model


class Pair(NamedTuple):
    first: int
    second: Colour


@dataclass
class Order:
    item: str
    colour: Colour = Colour.RED
    models: list[Model] = field(default_factory=list)


@dataclass
class Dish:
    name: str
    colour: Colour = Colour.RED


@dataclass
class Broken:
    handle: Handle


@dataclass
class Tree:
    children: list[Tree]


class Text(str):
    __slots__ = ()


UserId = NewType("UserId", int)


def returning(annotation: Any, value: Any = None) -> Callable[[], Any]:
    """A function with a return annotation."""

    def tool() -> Any:
        return value

    tool.__annotations__ = {"return": annotation}
    return tool


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)

GOOD: list[tuple[Any, Any, Any]] = [
    (Model, Model(a=1), {"a": 1}),
    (OldModel, OldModel(a=1), {"a": 1}),
    (list[Model], [Model(a=1)], [{"a": 1}]),
    (dict[str, Model | None], {"a": Model(b=2), "c": None}, {"a": {"b": 2}, "c": None}),
    (
        Order,
        Order("tea", models=[Model(a=1)]),
        {"item": "tea", "colour": "red"} | {"models": [{"a": 1}]},
    ),
    (Point, Point(1), {"x": 1}),
    (
        Row,
        {"when": NOON, "model": Model(a=1)},
        {"when": "2026-01-02T12:00:00Z"} | {"model": {"a": 1}},
    ),
    (Pair, Pair(1, Colour.RED), [1, "red"]),
    (Tree, Tree([Tree([])]), {"children": [{"children": []}]}),
    (Colour, Colour.RED, "red"),
    (datetime | date, NOON, "2026-01-02T12:00:00Z"),
    (timedelta, timedelta(seconds=1), "PT1S"),
    (Decimal, Decimal("1.5"), "1.5"),
    (UUID, UUID(int=0), "00000000-0000-0000-0000-000000000000"),
    (UserId, 5, 5),
    (Annotated[int, "meters"], 5, 5),
    (Literal["a", 1], 1, 1),
    (Optional[Order], None, None),  # noqa: UP045
    (bytes, b"a", "YQ=="),
    (Text, Text("words"), "words"),
    (collections.OrderedDict[str, int], collections.OrderedDict(a=1), {"a": 1}),
    (collections.deque[int], collections.deque([1]), [1]),
    (Sequence[int], range(2), [0, 1]),
    (Mapping[str, Any], collections.ChainMap({"a": 1}), {"a": 1}),
    (Any, {"a": (1, 2)}, {"a": [1, 2]}),
    (object, 1, 1),
    (None, None, None),
]


@pytest.mark.parametrize(("annotation", "value", "right"), GOOD)
async def test_results_are_sent_as_json(
    annotation: Any, value: Any, right: Any
) -> None:
    """With an annotation and without one; text is sent as it is."""
    for function in (returning(annotation, value), lambda: value):
        tools = ToolSet()
        tools.add(function, name="tool")
        output = await tools.call("tool", "{}")
        assert (output if isinstance(value, str) else json.loads(output)) == right


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (Handle, "Handle"),
        (list[Handle], "Handle"),
        (dict[str, tuple[int, Handle]], "Handle"),
        (str | Handle, "Handle"),
        (Optional[Handle], "Handle"),  # noqa: UP045
        (Annotated[Handle, "x"], "Handle"),
        (Broken, "Handle"),
        (Awaitable[Handle], "Handle"),
        (Coroutine[Any, Any, list[Broken]], "Handle"),
        (Iterator[int], "Iterator"),
        (AsyncIterator[str], "AsyncIterator"),
        (complex, "complex"),
        (Exception, "Exception"),
        (threading.Thread, "Thread"),
    ],
)
def test_annotations_that_show_it_are_refused(annotation: Any, name: str) -> None:
    """A result that cannot be encoded is refused when the function is added."""
    with pytest.raises(TypeError, match=f"tool: it returns a {name}"):
        ToolSet(returning(annotation))


def test_coroutine_functions_are_judged_by_their_result() -> None:
    """Of a coroutine function the annotation is the result itself."""

    async def fine() -> Order:
        return Order("tea")

    async def broken() -> list[Handle]:
        return []

    assert len(ToolSet(fine)) == 1
    with pytest.raises(TypeError, match="broken: it returns a Handle"):
        ToolSet(broken)


def circle() -> Any:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Handle(), "Handle"),
        ([1, {"a": Handle()}], "Handle"),
        ({(1, 2): 3}, "dict"),
        ((n for n in [1]), "generator"),
        (circle(), "list"),
    ],
)
async def test_results_that_turn_out_so_are_told(
    value: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The model gets an error with the type, and so does the log."""
    tools = ToolSet()
    tools.add(lambda: value, name="tool")
    with caplog.at_level(logging.ERROR, "voicelive"):
        output = json.loads(await tools.call("tool", "{}"))
    assert name in output["error"]
    [record] = caplog.records
    assert name in record.getMessage()


@pytest.mark.parametrize("arguments", ["", "  ", "null", "{}", " null\n"])
async def test_no_arguments_in_any_form(arguments: str) -> None:
    """Models write nothing in several ways."""
    tools = ToolSet(returning(str, "called"))
    assert await tools.call("tool", arguments) == "called"


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ('{"verbose": null}', (False, 3, "none")),
        ('{"verbose": null, "days": null, "note": null}', (False, 3, None)),
        ('{"days": 5, "note": "x"}', (False, 5, "x")),
        ("null", (False, 3, "none")),
    ],
)
async def test_null_stands_for_a_default(
    arguments: str, right: tuple[Any, ...]
) -> None:
    """Where the parameter does not accept None; else None is passed."""
    seen: list[tuple[Any, ...]] = []

    def status(verbose: bool = False, days: int = 3, note: str | None = "none") -> None:
        seen.append((verbose, days, note))

    assert await ToolSet(status).call("status", arguments) == "null"
    assert seen == [right]


async def test_null_stands_for_a_default_in_objects_too() -> None:
    """In dataclasses, lists and mappings of them."""
    seen: list[Any] = []

    def cook(dishes: list[Dish], by_name: dict[str, Dish] | None = None) -> None:
        seen.append((dishes, by_name))

    dish = {"name": "tea", "colour": None}
    arguments = json.dumps({"dishes": [dish], "by_name": {"a": dish}})
    assert await ToolSet(cook).call("cook", arguments) == "null"
    assert seen == [([Dish("tea")], {"a": Dish("tea")})]


async def test_null_for_what_is_required_is_told() -> None:
    """There is no default that it could stand for."""

    def look(city: str) -> str:
        return city

    output = json.loads(await ToolSet(look).call("look", '{"city": null}'))
    assert "city" in output["error"]


@pytest.mark.parametrize("result", ["Hi \ud83d", {"text": "Hi \ud83d"}])
async def test_half_a_surrogate_pair_is_sent(result: Any) -> None:
    """In a result and in arguments; what goes out is valid JSON."""
    seen: list[str] = []
    tools = ToolSet()

    @tools.tool
    async def echo(text: str) -> Any:
        seen.append(text)
        return result

    async with talk(tools=tools) as t:
        await t.comes(*calling("resp_1", call("call_1", "echo", '{"text": "\\ud83d"}')))
        item = (await t.sent("conversation.item.create"))["item"]
        output = item["output"]
        assert (output if isinstance(result, str) else json.loads(output)) == result
        await t.sent("response.create")
    assert seen == ["\ud83d"]
