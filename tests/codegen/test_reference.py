"""Protocol reference: a page for everything, and examples that are valid."""

from __future__ import annotations

import ast
import asyncio
import json
import re
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import voicelive.models
from codegen.source import Direction, Enum, Struct
from tests.support.repository import reference, reference_pages, schema
from voicelive._transport.url import agent_query
from voicelive_core.model import Model
from voicelive_protocol import decode_server_event, encode, json_schema
from voicelive_protocol.resources import ConnectionResources


@cache
def concrete() -> list[Struct]:
    """Return all types that are not bases of others."""
    return [s for s in schema().structs() if s.discriminator is None]


def with_fields() -> list[Struct]:
    return [s for s in concrete() if schema().all_properties(s)]


def events(direction: Direction) -> list[Struct]:
    return schema().events(direction)


def values() -> list[Struct]:
    """Return the types that are not events."""
    sent_or_received = [*events("client"), *events("server")]
    return [s for s in with_fields() if s not in sent_or_received]


@cache
def validator(name: str, version: str) -> Draft202012Validator:
    definitions = json_schema(version)["$defs"]
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})


@cache
def blocks(path: str, heading: str = "") -> tuple[str, str]:
    """Return the JSON and the Python of the first example after a heading."""
    text = reference_pages()[path].text
    if heading:
        text = text.partition(f"\n## {heading}\n")[2]
    example = text.partition('<div class="grid" markdown>')[2].partition("</div>")[0]
    ((_, data), (_, code)) = re.findall(r"```(json|python)\n(.*?)\n```", example, re.S)
    return data, code


def example_of(struct: Struct) -> tuple[Any, str]:
    place = reference().places[struct.name]
    data, code = blocks(place.path, struct.name if place.anchor else "")
    return json.loads(data), code


# --- pages ---------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["client", "server"])
def test_every_event_has_a_page(direction: Direction) -> None:
    wires = {reference().wire(event) for event in schema().events(direction)}
    assert wires
    assert {f"{direction}/{wire}.md" for wire in wires} <= reference_pages().keys()


def test_every_type_has_a_heading() -> None:
    for name in schema().definitions:
        if name in ("ClientEvent", "ServerEvent"):
            continue
        text = reference_pages()[reference().places[name].path].text
        place = reference().places[name]
        if place.anchor:
            assert f"\n## {name}\n" in text


def test_a_table_has_every_field() -> None:
    for struct in concrete():
        text = reference_pages()[reference().places[struct.name].path].text
        for prop in schema().all_properties(struct):
            assert f"| `{prop.wire}`" in text, (struct.name, prop.wire)


def test_every_value_of_an_enum_is_listed() -> None:
    for definition in schema().definitions.values():
        if isinstance(definition, Enum):
            text = reference_pages()[reference().places[definition.name].path].text
            assert all(f"`{value.wire}`" in text for value in definition.values)


def test_any_two_versions_are_compared() -> None:
    versions = schema().versions
    pairs = len(versions) * (len(versions) - 1) // 2
    assert sum(path.startswith("differences/2") for path in reference_pages()) == pairs


def test_every_error_is_listed() -> None:
    text = reference_pages()["errors.md"].text
    for group in schema().error_groups:
        for error in group.errors:
            assert error.code is None or f"`{error.code}`" in text


def test_links_lead_to_pages_and_headings() -> None:
    for path, page in reference_pages().items():
        for target in re.findall(r"\]\(([^)]+)\)", page.text):
            if target.endswith(".json"):
                continue
            file, _, anchor = target.partition("#")
            place = resolved(path, file)
            assert place in reference_pages(), (path, target)
            headings = re.findall(r"^## (.*)$", reference_pages()[place].text, re.M)
            anchors = [heading.lower().replace(" ", "-") for heading in headings]
            assert not anchor or anchor in anchors, (path, target)


def resolved(page: str, target: str) -> str:
    parts = page.split("/")[:-1] if target else page.split("/")
    for part in target.split("/") if target else ():
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def test_answers_are_named_on_both_sides() -> None:
    commit = reference_pages()["client/input_audio_buffer.commit.md"].text
    committed = reference_pages()["server/input_audio_buffer.committed.md"].text
    assert "**Answered with:** [`input_audio_buffer.committed`]" in commit
    assert "**Answers:** [`input_audio_buffer.commit`]" in committed


def test_every_client_event_says_what_answers_it() -> None:
    for event in events("client"):
        assert (
            "**Answered with:** "
            in reference_pages()[reference().places[event.name].path].text
        )


def test_an_event_lists_the_errors_that_answer_it() -> None:
    commit = reference_pages()["client/input_audio_buffer.commit.md"].text
    assert "\n| `input_audio_buffer_commit_empty` | Error committing" in commit
    assert "only has `{buffered_ms}`ms of audio." in commit
    assert (
        "response_cancel_not_active"
        in reference_pages()["client/response.cancel.md"].text
    )
    assert (
        "response_cancel_not_active"
        not in reference_pages()["client/response.create.md"].text
    )


def test_connections_have_every_parameter_that_the_client_sends() -> None:
    listed = {fact.name for fact in schema().connection["query"].facts}
    agent = agent_query(
        agent_name="a",
        project_name="p",
        agent_version="1",
        conversation_id="c",
        authentication_identity_client_id="i",
        foundry_resource_override="o",
    )
    assert {"api-version", "model", *agent} <= listed
    text = reference_pages()["connection.md"].text
    assert all(f"| `{name}` |" in text for name in listed)


# --- examples ------------------------------------------------------------------------


def test_examples_validate() -> None:
    """In every API version of the type that has all fields of the example."""
    for struct in with_fields():
        data, _ = example_of(struct)
        version = reference().examples.version(struct)
        problems = list(validator(struct.name, version).iter_errors(data))
        assert problems == [], struct.name


class Connection(ConnectionResources):
    """Connection of the examples: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self._attach_resources(self)

    async def send(self, event: Any) -> None:
        self.sent.append(json.loads(encode(event)))


def run(code: str, connection: Any) -> dict[str, Any]:
    """Run the code of an example, which may await."""
    names: dict[str, Any] = {"connection": connection}
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compiled = compile(code, "example", "exec", flags=flags, dont_inherit=True)
    result = eval(compiled, names)
    if result is not None:
        asyncio.run(result)
    return names


def test_python_sends_the_json() -> None:
    for event in events("client"):
        data, code = example_of(event)
        connection = Connection()
        run(code, connection)
        assert connection.sent == [data], event.name


def test_python_receives_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    for event in events("server"):
        data, code = example_of(event)
        received = decode_server_event(json.dumps(data).encode())
        assert not received.problems, event.name
        run(code, _received(received))
        assert capsys.readouterr().out.strip(), event.name


async def _received(event: Any) -> AsyncIterator[Any]:
    yield event


def test_python_makes_the_json() -> None:
    for struct in values():
        data, code = example_of(struct)
        value = run(code, None)["value"]
        assert isinstance(value, Model), struct.name
        assert type(value) is getattr(voicelive.models, struct.name)
        assert without_nulls(json.loads(encode(value))) == without_nulls(data)


def without_nulls(value: Any) -> Any:
    """Return a value without nulls, which types of the service have for absent."""
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return value
