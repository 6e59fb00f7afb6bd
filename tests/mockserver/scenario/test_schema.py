"""The JSON Schema for editors, which must agree with the validation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.replies import Output
from voicelive_mockserver.scenario import Latency, Scenario, example_names
from voicelive_mockserver.scenario.document import read_document
from voicelive_mockserver.scenario.load import _EXAMPLES
from voicelive_mockserver.scenario.schema import SCHEMA_FILE, schema_text
from voicelive_mockserver.scenario.validation import convert

SCHEMA: dict[str, Any] = json.loads(schema_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def example(name: str) -> Any:
    """Return the content of an example."""
    (path,) = _EXAMPLES.glob(f"{name}.*")
    return read_document(path).value


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Return each container in a value with each of its keys."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def test_the_file_is_current() -> None:
    """The file is what `python -m voicelive_mockserver.scenario.schema` writes."""
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()


@pytest.mark.slow
def test_it_is_a_schema() -> None:
    """The schema is a valid JSON Schema."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", example_names())
def test_the_examples_are_valid(name: str) -> None:
    """Every scenario that loads is valid under the schema."""
    VALIDATOR.validate(example(name))


def test_everything_is_explained() -> None:
    """Every struct and every field except tags has a description."""
    silent = [
        f"{name}.{field}"
        for name, definition in SCHEMA["$defs"].items()
        for field, content in definition["properties"].items()
        if field not in ("type", "status", "$schema") and "description" not in content
    ]
    assert silent == []
    assert all(definition["description"] for definition in SCHEMA["$defs"].values())


def test_every_output_of_the_engine_can_be_written() -> None:
    """Every output of a response can be written in a file."""
    for kind in get_args(Output):
        assert issubclass(kind, msgspec.Struct)
        assert kind.__name__ in SCHEMA["$defs"]


def test_every_latency_can_be_written() -> None:
    """The latency of a scenario has the fields of the latency model."""
    names = {field.name for field in fields(LatencyModel)}
    assert set(Latency.__struct_fields__) == names


BROKEN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.floats(allow_nan=False),
    st.sampled_from(["", "x", "always", "say", "failed", "inf", "session.created"]),
    st.just([]),
    st.just({}),
    st.just({"type": "say"}),
    st.just([{"type": "call", "name": "x"}]),
)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_check_agrees_with_msgspec(data: st.DataObject) -> None:
    """The validation accepts exactly what msgspec accepts."""
    name = data.draw(st.sampled_from(example_names()))
    value = msgspec.json.decode(msgspec.json.encode(example(name)))
    container, key = data.draw(st.sampled_from(list(places(value))))
    what = data.draw(st.sampled_from(["replace", "remove", "rename"]))
    if what == "replace":
        container[key] = data.draw(BROKEN)
    elif what == "remove":
        del container[key]
    elif isinstance(container, dict):
        container[f"{key}x"] = container.pop(key)
    result = convert(value, Scenario)
    try:
        expected = msgspec.convert(value, Scenario)
    except msgspec.ValidationError:
        assert isinstance(result, list)
        assert result
    else:
        assert result == expected
