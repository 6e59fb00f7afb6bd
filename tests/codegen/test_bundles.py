"""The plain JSON Schema of each API version."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from codegen.bundle import bundle
from codegen.documents import walk
from codegen.load import load
from codegen.source import Schema
from tests.codegen.minimal_schema import minimal_documents, put, value, write

VERSIONS = (
    "2025-10-01",
    "2026-01-01-preview",
    "2026-04-10",
    "2026-06-01-preview",
    "2026-07-15",
)

# What each version has that the next one has not. Everything else stays.
GONE = {
    "2025-10-01": {
        "OutputAudioFormat:pcm16-16000hz",
        "OutputAudioFormat:pcm16-8000hz",
    },
    "2026-01-01-preview": set[str](),
    "2026-04-10": {"RequestImageContentPart.url"},
    "2026-06-01-preview": {
        "ServerEventOutputAudioBufferStarted",
        "ServerEventOutputAudioBufferStopped",
        "ServerEventType:output_audio_buffer.started",
        "ServerEventType:output_audio_buffer.stopped",
        "SmartEndOfTurnDetection",
    },
}


@pytest.fixture(scope="module")
def bundles(rendered: dict[str, str]) -> dict[str, Any]:
    """The bundles as they are shipped, by version."""
    prefix = "voicelive_protocol/schemas/"
    return {
        path.removeprefix(prefix).removesuffix(".json"): json.loads(text)
        for path, text in rendered.items()
        if path.startswith(prefix)
    }


def validator(bundles: dict[str, Any], version: str, name: str) -> Draft202012Validator:
    """A validator for one type of a version."""
    return Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": bundles[version]["$defs"]}
    )


def test_one_for_each_version(bundles: dict[str, Any], schema: Schema) -> None:
    """Every API version has its bundle."""
    assert tuple(bundles) == schema.versions == VERSIONS
    assert [b["$id"] for b in bundles.values()] == [
        f"urn:voicelive:{version}" for version in VERSIONS
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_is_plain_json_schema(version: str, bundles: dict[str, Any]) -> None:
    """A bundle is JSON Schema 2020-12 without annotations and loose ends."""
    document = bundles[version]
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    ends = {f"#/$defs/{name}" for name in document["$defs"]}
    refs = set()
    for where, found in walk(document):
        assert not [part for part in where if str(part).startswith("x-")], where
        if where and where[-1] == "$ref":
            refs.add(found)
    assert len(refs) > 100
    assert refs <= ends


@pytest.mark.parametrize("version", VERSIONS)
def test_defaults_are_valid(version: str, bundles: dict[str, Any]) -> None:
    """Every default is a value of its own field."""
    document = bundles[version]
    found = 0
    for name, definition in document["$defs"].items():
        for wire, field in definition.get("properties", {}).items():
            options = [field, *field.get("anyOf", [])]
            for default in [o["default"] for o in options if "default" in o]:
                found += 1
                check = Draft202012Validator({**field, "$defs": document["$defs"]})
                assert check.is_valid(default), (name, wire, default)
    assert found > 20


def test_versions_grow(bundles: dict[str, Any]) -> None:
    """What a version has, the next one has, but for what was taken back."""
    for version, following in pairwise(VERSIONS):
        gone = _contents(bundles[version]) - _contents(bundles[following])
        types = gone & set(bundles[version]["$defs"])
        # Fields and values of a type that went are gone with it.
        inside = {name for name in gone if re.split("[.:]", name)[0] not in types}
        assert types | inside == GONE[version]
    sizes = [len(_contents(bundle)) for bundle in bundles.values()]
    assert sizes[:4] == sorted(sizes[:4])
    assert sizes[2] < sizes[4]


def _contents(document: dict[str, Any]) -> set[str]:
    found = set()
    for name, definition in document["$defs"].items():
        found.add(name)
        found |= {f"{name}.{wire}" for wire in definition.get("properties", {})}
        found |= {f"{name}:{known}" for known in definition.get("enum", [])}
    return found


@pytest.mark.parametrize(
    ("event", "since"),
    [
        ({"type": "response.create"}, "2025-10-01"),
        ({"type": "output_audio_buffer.clear"}, "2026-04-10"),
        ({"type": "input_text.delta", "delta": "a"}, None),
        ({"type": "input_text.delta", "id": "i", "delta": "a"}, "2026-06-01-preview"),
        ({"type": "nothing.like.this"}, None),
        ({"type": 5}, None),
        ({}, None),
    ],
)
def test_client_events_are_closed(
    event: dict[str, Any], since: str | None, bundles: dict[str, Any]
) -> None:
    """A version takes the events that it has, complete, and no others."""
    valid = [
        version
        for version in VERSIONS
        if validator(bundles, version, "ClientEvent").is_valid(event)
    ]
    assert valid == ([] if since is None else list(VERSIONS[VERSIONS.index(since) :]))


@pytest.mark.parametrize(
    ("session", "valid"),
    [
        ({"turn_detection": None}, True),
        ({"instructions": None}, False),
        ({"modalities": ["text", "audio"]}, True),
        ({"modalities": ["smell"]}, False),
        ({"max_response_output_tokens": "inf"}, True),
        ({"max_response_output_tokens": "many"}, False),
        ({"voice": {"type": "azure-standard", "name": "n", "temperature": 0.5}}, True),
        ({"voice": {"type": "azure-standard", "name": "n", "temperature": 1.5}}, False),
        ({"voice": {"type": "azure-standard", "name": ""}}, False),
        ({"voice": {"type": "from-the-future"}}, False),
        ({"input_audio_sampling_rate": "24000"}, False),
    ],
)
def test_session_settings(
    session: dict[str, Any], valid: bool, bundles: dict[str, Any]
) -> None:
    """What a client sends is checked: types, bounds, known values, known nulls."""
    check = validator(bundles, "2026-04-10", "ClientEvent")
    assert check.is_valid({"type": "session.update", "session": session}) is valid


def test_received_nulls(bundles: dict[str, Any]) -> None:
    """What the service sends may be null wherever it may be absent, and only there."""
    check = validator(bundles, "2026-04-10", "ServerEvent")
    details = {"type": "t", "message": "m", "code": None, "param": None}
    assert check.is_valid({"type": "error", "error": details, "event_id": None})
    assert not check.is_valid({"type": "error", "error": {**details, "message": None}})


def test_nothing_is_lost_inside(tmp_path: Path) -> None:
    """Bounds, formats and encodings reach the bundle at any depth."""
    documents = minimal_documents()
    deep = value(
        type="array",
        items={
            "type": "object",
            "additionalProperties": {
                "type": "integer",
                "format": "int32",
                "minimum": 1,
            },
        },
    )
    put(documents, "things.json#/$defs/Thing/properties/deep", deep)
    encoded = {"type": "string", "contentEncoding": "base64", "minLength": 4}
    put(
        documents,
        "things.json#/$defs/Thing/properties/sounds",
        value(type="array", items=encoded, maxItems=9),
    )
    size = value(oneOf=[{"const": "inf"}, {"type": "number", "maximum": 9}])
    put(documents, "things.json#/$defs/Thing/properties/size", size)
    thing = bundle(load(write(tmp_path, documents)), "2025-01-01")["$defs"]["Thing"]
    assert thing["properties"]["deep"]["anyOf"] == [
        {"type": "array", "items": deep["items"]},
        {"type": "null"},
    ]
    assert thing["properties"]["sounds"]["anyOf"] == [
        {"type": "array", "maxItems": 9, "items": encoded},
        {"type": "null"},
    ]
    assert thing["properties"]["size"]["anyOf"] == [
        {"anyOf": [{"const": "inf"}, {"type": "number", "maximum": 9}]},
        {"type": "null"},
    ]
    assert "color" not in thing["properties"]
    assert thing["required"] == ["name"]
