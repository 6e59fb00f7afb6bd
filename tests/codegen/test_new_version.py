"""Addition of an API version, by the steps of `schema/README.md`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.diff import as_text, diff
from codegen.load import load
from codegen.publish import publish
from codegen.render import render
from codegen.source import Schema
from tests.codegen.minimal_schema import SCHEMA, at, put, read_folder, write

NEW = "2027-01-31"
LAST = "2026-07-15"


def _edited() -> dict[str, Any]:
    """The real schema with one more version: the edits that the README asks for."""
    documents = read_folder(SCHEMA)
    # 1. The version.
    at(documents, "versions.json#/versions").append({"name": NEW, "status": "stable"})
    # 2. What is new: an enum, a field of that type, a value of an old enum, two events.
    put(
        documents,
        "session.json#/$defs/Mood",
        {
            "description": "How the assistant feels.",
            "type": "string",
            "x-open": True,
            "x-since": NEW,
            "oneOf": [
                {"const": "calm", "x-name": "CALM", "description": "Takes it easy."},
                {"const": "jolly", "x-name": "JOLLY", "description": "Makes jokes."},
            ],
        },
    )
    for owner in ("RequestSession", "ResponseSession"):
        put(
            documents,
            f"session.json#/$defs/{owner}/properties/mood",
            {
                "description": "How the assistant feels.",
                "$ref": "#/$defs/Mood",
                "default": "calm",
                "x-since": NEW,
            },
        )
    at(documents, "audio.json#/$defs/OutputAudioFormat/oneOf").append(
        {
            "const": "opus",
            "x-name": "OPUS",
            "description": "Opus packets of 20 ms at 48000 Hz.",
            "x-since": NEW,
        }
    )
    put(
        documents,
        "client_events.json#/$defs/ClientEventSessionMoodSet",
        {
            "description": "Cheers the assistant up, or calms it down.",
            "type": "object",
            "x-since": NEW,
            "x-extends": "ClientEvent",
            "properties": {
                "type": {
                    "description": "Always `session.mood.set`.",
                    "const": "session.mood.set",
                },
                "mood": {
                    "description": "The mood to have.",
                    "$ref": "session.json#/$defs/Mood",
                },
            },
            "required": ["type", "mood"],
        },
    )
    put(
        documents,
        "server_events.json#/$defs/ServerEventSessionMoodChanged",
        {
            "description": "The assistant's mood changed. It may have reasons.",
            "type": "object",
            "x-since": NEW,
            "x-extends": "ServerEvent",
            "properties": {
                "type": {
                    "description": "Always `session.mood.changed`.",
                    "const": "session.mood.changed",
                },
                "mood": {
                    "description": "The mood it has now.",
                    "$ref": "session.json#/$defs/Mood",
                },
            },
            "required": ["type", "mood"],
        },
    )
    # 3. What is gone.
    gone = "session.json#/$defs/RequestSession/properties/parallel_tool_calls"
    put(documents, f"{gone}/x-until", LAST)
    event = "client_events.json#/$defs/ClientEventInputTextDone"
    put(documents, f"{event}/x-until", LAST)
    return documents


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    """The schema with the new version."""
    return load(write(tmp_path_factory.mktemp("schema"), _edited()))


@pytest.fixture(scope="module")
def files(edited: Schema) -> dict[str, str]:
    """The package with the new version."""
    return render(edited)


@pytest.fixture(scope="module")
def source_root(
    files: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The package with the new version, ready to be imported."""
    root = tmp_path_factory.mktemp("generated")
    publish(files, root)
    return root


def test_diff_lists_the_edits(edited: Schema) -> None:
    """The diff of the two versions is what was written down, no more."""
    assert as_text(diff(edited, LAST, edited, NEW)).splitlines() == [
        "- type ClientEventInputTextDone: ClientEvent 'input_text.done'  "
        "BREAKING: clients can no longer send it",
        "+ type ClientEventSessionMoodSet: ClientEvent 'session.mood.set'",
        "+ type Mood: enum",
        "+ enum value OutputAudioFormat:opus",
        "+ field RequestSession.mood: Mood",
        "- field RequestSession.parallel_tool_calls: boolean  "
        "BREAKING: clients can no longer send it",
        "+ field ResponseSession.mood: Mood",
        "+ type ServerEventSessionMoodChanged: ServerEvent 'session.mood.changed'",
        "- event input_text.done: client event ClientEventInputTextDone  "
        "BREAKING: clients can no longer send it",
        "+ event session.mood.changed: server event ServerEventSessionMoodChanged",
        "+ event session.mood.set: client event ClientEventSessionMoodSet",
        "11 changes, 3 of them breaking",
    ]


def test_other_versions_stay(files: dict[str, str], rendered: dict[str, str]) -> None:
    """What older versions have does not change by it."""
    schemas = {p: t for p, t in rendered.items() if p.endswith(".json")}
    assert len(schemas) == 5
    assert {path: files[path] for path in schemas} == schemas
    assert set(files) - set(rendered) == {f"voicelive_protocol/schemas/{NEW}.json"}


def test_bundle_has_the_new_and_not_the_gone(files: dict[str, str]) -> None:
    """The new version's JSON Schema is what the version has."""
    types = json.loads(files[f"voicelive_protocol/schemas/{NEW}.json"])["$defs"]
    assert types["Mood"]["enum"] == ["calm", "jolly"]
    assert "opus" in types["OutputAudioFormat"]["enum"]
    session = types["RequestSession"]["properties"]
    assert "mood" in session
    assert "parallel_tool_calls" not in session
    events = [option["$ref"] for option in types["ClientEvent"]["oneOf"]]
    assert "#/$defs/ClientEventSessionMoodSet" in events
    assert "#/$defs/ClientEventInputTextDone" not in events
    assert "ClientEventInputTextDone" not in types
    assert "session.mood.changed" in types["ServerEventType"]["enum"]
    assert "input_text.done" not in types["ClientEventType"]["enum"]


def test_docstrings_tell_the_version(files: dict[str, str]) -> None:
    """A reader of the code sees since when, and until when, there is something."""
    session = files["voicelive_protocol/session.py"]
    assert f'Default: "calm". Since API version {NEW}.' in session
    events = " ".join(files["voicelive_protocol/client_events.py"].split())
    assert f"In API versions 2026-06-01-preview to {LAST}." in events


# Statements that hold for the package, with `p` for it.
BEHAVIOUR = {
    "availability": f"""
        assert p.API_VERSIONS[-2:] == ("{LAST}", "{NEW}")
        assert p.DEFAULT_API_VERSION == "2026-04-10"
        for name in (
            "Mood", "Mood:calm", "RequestSession.mood", "OutputAudioFormat:opus",
            "ClientEventSessionMoodSet", "ServerEventSessionMoodChanged.mood",
            "ServerEventType:session.mood.changed",
        ):
            assert p.is_available(name, "{NEW}"), name
            assert not p.is_available(name, "{LAST}"), name
        for name in ("RequestSession.parallel_tool_calls", "ClientEventInputTextDone"):
            assert p.is_available(name, "{LAST}"), name
            assert not p.is_available(name, "{NEW}"), name
        assert "Mood" in p.json_schema("{NEW}")["$defs"]
    """,
    "types": """
        session = p.RequestSession(mood="jolly", output_audio_format="opus")
        assert session.mood is p.Mood.JOLLY
        assert session.output_audio_format is p.OutputAudioFormat.OPUS
        assert session.as_dict() == {"mood": "jolly", "output_audio_format": "opus"}
        assert p.RequestSession(parallel_tool_calls=True).parallel_tool_calls
    """,
    "registry": """
        assert p.SERVER_EVENTS["session.mood.changed"] is (
            p.ServerEventSessionMoodChanged
        )
        assert p.CLIENT_EVENTS["session.mood.set"] is p.ClientEventSessionMoodSet
        assert p.CLIENT_EVENTS["input_text.done"] is p.ClientEventInputTextDone
        frame = b'{"type":"session.mood.changed","mood":"calm"}'
        event = p.decode_server_event(frame)
        assert type(event) is p.ServerEventSessionMoodChanged
        assert event.type is p.ServerEventType.SESSION_MOOD_CHANGED
        assert event.mood is p.Mood.CALM
    """,
    "method": """
        import asyncio
        class Connection(p.ConnectionResources):
            def __init__(self):
                self._attach_resources(self)
            async def send(self, event):
                self.sent = event
        connection = Connection()
        asyncio.run(connection.session.mood.set(mood="calm", event_id="e1"))
        assert connection.sent.as_dict() == {
            "type": "session.mood.set", "mood": "calm", "event_id": "e1"
        }
    """,
    "handler": """
        name = p.HANDLER_NAMES["session.mood.changed"]
        assert name == "on_session_mood_changed"
        handler = getattr(p.ServerEventHandlers, name)
        assert handler.__doc__ == "The assistant's mood changed."
    """,
}


@pytest.mark.parametrize("rule", BEHAVIOUR)
def test_package_has_the_new_version(rule: str, source_root: Path) -> None:
    """Types, registry, methods, handlers and availability know the new version."""
    lines = [line[8:] for line in BEHAVIOUR[rule].splitlines()]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(["import voicelive_protocol as p", *lines])],
        cwd=source_root,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_readme_describes_every_keyword() -> None:
    """`schema/README.md` explains every keyword that a schema file may have."""
    meta = json.loads((SCHEMA / "meta-schema.json").read_text("utf-8"))
    kinds = ("struct", "alias", "enum", "property", "value")
    keywords = {k for kind in kinds for k in meta["$defs"][kind]["properties"]}
    values = meta["$defs"]["enum"]["properties"]["oneOf"]["items"]["properties"]
    text = (SCHEMA / "README.md").read_text("utf-8")
    tables = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    described = {word for cell in tables for word in cell.split("`")[1::2]}
    # What a definition is made of is told in prose.
    assert (keywords | set(values)) - described == {"properties"}
    sources = set(meta["$defs"]["source"]["enum"])
    assert sources <= described
