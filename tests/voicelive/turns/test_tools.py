"""Python functions as tools, without a connection."""

from __future__ import annotations

import asyncio
import contextvars
import enum
import functools
import json
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import jsonschema
import msgspec
import pytest

from voicelive.turns import ToolError, ToolSet
from voicelive_protocol import AnyTool, FunctionTool, RequestSession, encode


class Unit(enum.Enum):
    """Scale of a thermometer."""

    CELSIUS = "C"
    FAHRENHEIT = "F"


@dataclass
class Place:
    city: str
    country: str = "IT"


class Node(msgspec.Struct):
    name: str
    below: list[Node] = []


class Range(TypedDict):
    low: int
    high: int


def forecast(
    place: Place,
    days: Annotated[int, msgspec.Meta(ge=1, le=7, description="How far to look.")],
    unit: Unit = Unit.CELSIUS,
    *,
    style: Literal["short", "long"] = "short",
    note: str | None = None,
) -> dict[str, Any]:
    """Tell how the weather will be.

    Use it for questions about the future only.

    Args:
        place: Where to
            look.
        days: Not this text.
        unit: Scale of the thermometer.
        style: How much to say.

    Returns:
        Everything.
    """
    return {"place": place, "days": days, "unit": unit, "style": style, "note": note}


def definitions(tools: ToolSet) -> list[FunctionTool]:
    found = tools.definitions
    assert all(isinstance(tool, FunctionTool) for tool in found)
    return [tool for tool in found if isinstance(tool, FunctionTool)]


def schema_of(function: Callable[..., Any], **options: Any) -> Any:
    tools = ToolSet()
    tools.add(function, **options)
    [definition] = definitions(tools)
    schema: Any = definition.parameters
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def test_the_definition_of_a_function() -> None:
    """Name, description and schema come from the function."""
    [definition] = definitions(ToolSet(forecast))
    assert definition.name == "forecast"
    assert definition.description == (
        "Tell how the weather will be.\n\nUse it for questions about the future only."
    )
    schema: Any = definition.parameters
    properties = schema.pop("properties")
    assert schema == {
        "type": "object",
        "required": ["place", "days"],
        "additionalProperties": False,
    }
    assert properties["days"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 7,
        "description": "How far to look.",
    }
    assert properties["place"]["description"] == "Where to look."
    assert properties["place"]["required"] == ["city"]
    assert sorted(properties["unit"]["enum"]) == ["C", "F"]
    assert properties["unit"]["description"] == "Scale of the thermometer."
    assert properties["unit"]["default"] == "C"
    assert properties["style"]["enum"] == ["long", "short"]
    assert properties["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_definitions_go_into_a_session() -> None:
    """`definitions` is what `RequestSession` takes."""
    session = RequestSession(tools=ToolSet(forecast).definitions)
    [tool] = json.loads(encode(session))["tools"]
    assert (tool["type"], tool["name"]) == ("function", "forecast")


@pytest.mark.parametrize(
    "docstring",
    [
        "Say it.\n\nArgs:\n    word: What to say.",
        "Say it.\n\nParameters\n----------\nword : str\n    What to say.",
        "Say it.\n\n:param word: What to say.",
    ],
)
def test_docstrings_of_several_styles(docstring: str) -> None:
    """Arguments are described in any of the usual styles."""

    def say(word: str) -> None: ...

    say.__doc__ = docstring
    assert schema_of(say)["properties"]["word"]["description"] == "What to say."


def test_a_function_without_anything() -> None:
    """Neither annotations nor docstring nor parameters are needed."""
    tools = ToolSet()
    tools.add(lambda: None, name="nothing")
    tools.add(lambda x, y=3: None, name="anything", description="Takes anything.")
    nothing, anything = definitions(tools)
    assert "description" not in nothing.as_dict()
    assert nothing.parameters == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }
    assert anything.description == "Takes anything."
    schema: Any = anything.parameters
    assert schema["properties"] == {"x": {}, "y": {"default": 3}}


def test_types_within_themselves() -> None:
    """A recursive type is referred to; the reference can be followed."""

    def draw(tree: Node) -> None: ...

    schema = schema_of(draw)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate({"tree": {"name": "a", "below": [{"name": "b"}]}})
    assert not validator.is_valid({"tree": {"name": "a", "below": [{}]}})


def test_the_decorator_leaves_the_function_alone() -> None:
    """A decorated function is the function, bare or with options."""
    tools = ToolSet()

    @tools.tool
    def one() -> int:
        return 1

    @tools.tool(name="second", description="Two.")
    async def two() -> int:
        return 2

    assert one() == 1
    assert asyncio.iscoroutinefunction(two)
    assert list(tools) == ["one", "second"]
    assert len(tools) == 2
    assert "second" in tools
    assert "two" not in tools


def test_functions_that_cannot_be_tools() -> None:
    """What JSON cannot call is refused when it is added, by name."""
    tools = ToolSet()

    def collecting(*words: str) -> None: ...

    def strange(lock: threading.Lock) -> None: ...

    def unknown(x: Missing) -> None: ...  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore

    for function in (collecting, strange, unknown):
        with pytest.raises(TypeError, match=function.__name__):
            tools.add(function)
    with pytest.raises(TypeError, match="no name"):
        tools.add(functools.partial(forecast))
    tools.add(forecast)
    with pytest.raises(ValueError, match="already"):
        tools.add(forecast)
    assert list(tools) == ["forecast"]


async def test_arguments_are_typed() -> None:
    """The function gets what its annotations say, and its own defaults."""
    seen: list[object] = []

    def look(
        place: Place,
        unit: Unit,
        span: Range,
        price: Decimal,
        marker: object = threading,
        names: list[str] = [],  # noqa: B006
    ) -> None:
        seen.extend([place, unit, span, price, marker, names])

    tools = ToolSet(look)
    arguments = {
        "place": {"city": "Rome"},
        "unit": "F",
        "span": {"low": 1, "high": "2"},
        "price": "1.50",
    }
    assert await tools.call("look", f"  \n{json.dumps(arguments)} \n") == "null"
    span = {"low": 1, "high": 2}
    assert seen == [
        Place("Rome"),
        Unit.FAHRENHEIT,
        span,
        Decimal("1.50"),
        threading,
        [],
    ]


async def test_positional_parameters() -> None:
    """Parameters without a name for the caller are passed by position."""

    def area(width: int = 2, height: int = 3, /, *, unit: str = "m") -> str:
        return f"{width}x{height}{unit}"

    tools = ToolSet(area)
    assert await tools.call("area", '{"height": 5}') == "2x5m"
    assert await tools.call("area", "") == "2x3m"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('{"place": {"city": 4}, "days": 1}', "$.place.city"),
        ('{"place": {"city": "Rome"}}', "days"),
        ('{"place": {"city": "Rome"}, "days": 9}', "<= 7"),
        ('{"place": {"city": "Rome"}, "days": 1, "sky": 1}', "sky"),
        ('{"place": {"city": "Rome"}, "days": 1, "unit": "K"}', "K"),
        ('{"place"', "arguments"),
        ("[]", "object"),
        ("[" * 100_000, "arguments"),
        ('{"\ud800": 1}', "surrogates"),
    ],
)
async def test_arguments_that_do_not_fit(arguments: str, problem: str) -> None:
    """The model gets told what is wrong, and the function is not called."""
    output = json.loads(await ToolSet(forecast).call("forecast", arguments))
    assert problem in output["error"]


async def as_it_is() -> str:
    return '{"as": "it is"}'


class Thermometer:
    def read(self, unit: Unit = Unit.CELSIUS) -> str:
        return f"12 {unit.value}"

    async def __call__(self, unit: Unit = Unit.CELSIUS) -> str:
        return self.read(unit)


async def test_functions_of_any_kind() -> None:
    """Methods, partials and callable objects are tools too, sync and async."""
    tools = ToolSet(as_it_is, Thermometer().read)
    tools.add(Thermometer(), name="object")
    tools.add(functools.partial(forecast, days=3), name="partial")
    tools.add(functools.partial(as_it_is), name="async_partial")
    tools.add(lambda: as_it_is(), name="awaitable")
    assert await tools.call("as_it_is", "{}") == '{"as": "it is"}'
    assert await tools.call("read", '{"unit": "F"}') == "12 F"
    assert await tools.call("object", '{"unit": "F"}') == "12 F"
    partial = await tools.call("partial", '{"place": {"city": "Rome"}}')
    assert json.loads(partial)["days"] == 3
    assert await tools.call("async_partial", "{}") == '{"as": "it is"}'
    assert await tools.call("awaitable", "{}") == '{"as": "it is"}'
    with pytest.raises(LookupError, match="missing"):
        await tools.call("missing", "{}")


@pytest.mark.parametrize(
    ("result", "output"),
    [
        ("text", "text"),
        (None, "null"),
        (12.5, "12.5"),
        (Place("Rome"), '{"city":"Rome","country":"IT"}'),
        ([Unit.CELSIUS], '["C"]'),
    ],
)
async def test_results(result: object, output: str) -> None:
    """Text is sent as it is, everything else as JSON."""
    tools = ToolSet()
    tools.add(lambda: result, name="get")
    assert await tools.call("get", "{}") == output


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


async def fail_async() -> None:
    raise ValueError("the password is 1234")


async def cancel_itself() -> None:
    raise asyncio.CancelledError


async def own_timeout() -> None:
    raise TimeoutError


@pytest.mark.parametrize(
    "function",
    [
        failing(ValueError("the password is 1234")),
        failing(StopIteration()),
        fail_async,
        cancel_itself,
        own_timeout,
    ],
)
async def test_a_function_that_fails(
    function: Callable[[], Awaitable[None] | None], caplog: pytest.LogCaptureFixture
) -> None:
    """The model learns that it failed, the log learns why, nobody else is hurt."""
    tools = ToolSet()
    tools.add(function, name="broken")
    output = json.loads(await tools.call("broken", "{}"))
    assert output["error"].startswith("broken has failed")
    assert "1234" not in output["error"]
    assert "Traceback" not in output["error"]
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info


async def test_a_tool_error_is_told() -> None:
    """The text of `ToolError` is for the model."""
    tools = ToolSet()
    tools.add(failing(ToolError("Rome is closed today.")), name="visit")
    output = await tools.call("visit", "{}")
    assert json.loads(output) == {"error": "Rome is closed today."}


async def test_a_function_that_takes_too_long() -> None:
    """A timeout ends the call, for coroutines and threads, by set or by function."""
    release, cancelled = threading.Event(), list[str]()
    tools = ToolSet(timeout=0.01)

    @tools.tool
    async def sleepy() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append("sleepy")
            raise

    tools.add(release.wait, name="blocking")
    tools.add(asyncio.Event().wait, name="short", timeout=0.001)
    tools.add(functools.partial(asyncio.sleep, 0.02, "done"), name="long", timeout=None)
    for name in ("sleepy", "blocking", "short"):
        output = json.loads(await tools.call(name, "{}"))
        assert output == {"error": f"{name} took too long"}
    assert cancelled == ["sleepy"]
    assert await tools.call("long", "{}") == "done"
    release.set()


async def test_cancelling_a_call() -> None:
    """A cancelled call stays cancelled."""
    tools = ToolSet()
    tools.add(asyncio.Event().wait, name="wait")
    calling = asyncio.create_task(tools.call("wait", "{}"))
    await asyncio.sleep(0)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling


async def test_functions_run_beside_the_loop() -> None:
    """A function that blocks holds up neither the loop nor others; it has context."""
    language = contextvars.ContextVar("language", default="en")
    language.set("it")
    barrier = threading.Barrier(20)
    tools = ToolSet()

    @tools.tool
    def meet() -> str:
        barrier.wait(20)
        return language.get()

    outputs = await asyncio.gather(*(tools.call("meet", "{}") for _ in range(20)))
    assert outputs == ["it"] * 20


def shown_to_the_model(definition: AnyTool) -> dict[str, Any]:
    """A definition as it is sent."""
    shown: dict[str, Any] = json.loads(encode(definition))
    return shown


def test_classes_are_described() -> None:
    """The docstring of a class tells the model of its fields."""

    @dataclass
    class Address:
        """Where to deliver.

        Attributes:
            street: With the number.
        """

        street: str

    def deliver(address: Address) -> None:
        """Deliver something."""

    # Annotations are text here, and the class is not a global one.
    deliver.__annotations__["address"] = Address
    tools = ToolSet(deliver)
    (definition,) = tools.definitions
    shown = shown_to_the_model(definition)
    assert shown["description"] == "Deliver something."
    shown = shown["parameters"]["properties"]["address"]
    assert shown["description"] == "Where to deliver."
    assert shown["properties"]["street"]["description"] == "With the number."


def test_a_class_of_any_name() -> None:
    """A class of the application may have the name that the set uses itself."""
    arguments = msgspec.defstruct("Arguments", [("z", int)])

    def take(a: Any) -> None: ...

    take.__annotations__["a"] = arguments
    (definition,) = ToolSet(take).definitions
    shown = shown_to_the_model(definition)
    assert shown["parameters"]["properties"]["a"]["properties"]["z"]


def test_what_does_not_fit_is_named() -> None:
    """The error says which parameter has no JSON Schema."""

    def strange(a: int, b: object) -> None: ...

    strange.__annotations__["b"] = threading.Lock
    with pytest.raises(TypeError, match="strange: the type of b has no JSON Schema"):
        ToolSet(strange)
    with pytest.raises(TypeError, match="Place is a class"):
        ToolSet(Place)
    with pytest.raises(TypeError, match="has no name"):
        ToolSet(lambda: 1)
