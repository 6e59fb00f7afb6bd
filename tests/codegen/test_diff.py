"""Comparison of two API versions: `python -m codegen diff`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codegen.__main__ import main
from codegen.diff import Change, as_json, as_text, diff
from codegen.load import load
from codegen.source import Schema
from tests.codegen.minimal_schema import (
    Documents,
    enum,
    minimal_documents,
    put,
    ref,
    struct,
    value,
    write,
)

THINGS = "things.json#/$defs"
SERVER = "server_events.json#/$defs"


def changes_of(schema: Schema, old: str, new: str) -> dict[str, Change]:
    """The changes by name, each once."""
    found = diff(schema, old, schema, new)
    names = {change.name: change for change in found}
    assert len(names) == len(found)
    return names


# --- the real protocol -----------------------------------------------------------


def test_latest_stable_version(schema: Schema) -> None:
    """2026-07-15 is 2026-04-10 with some fields and four events more."""
    changes = changes_of(schema, "2026-04-10", "2026-07-15")
    added = {name for name, change in changes.items() if change.action == "added"}
    assert added == {
        "AzureRealtimeNativeVoice",
        "AzureRealtimeNativeVoiceName",
        "ClientEventInputTextDelta",
        "ClientEventInputTextDone",
        "EchoCancellationReferenceSource:client",
        "RateLimit",
        "RequestImageContentPart.image_url",
        "RequestSession.parallel_tool_calls",
        "ResponseCreateParams.invoke_input",
        "ResponseSession.parallel_tool_calls",
        "ServerEventRateLimitsUpdated",
        "ServerEventResponseInvocationDelta",
        "Voice|AzureRealtimeNativeVoice",
        "input_text.delta",
        "input_text.done",
        "rate_limits.updated",
        "response.invocation.delta",
    }
    assert [n for n, c in changes.items() if c.breaking] == [
        "RequestImageContentPart.url"
    ]
    assert changes["RequestImageContentPart.url"].action == "removed"
    assert changes["input_text.delta"].detail == (
        "client event ClientEventInputTextDelta"
    )


def test_first_to_default_version(schema: Schema) -> None:
    """2026-04-10 adds 29 events, MCP and search items, and two spellings go."""
    changes = changes_of(schema, "2025-10-01", "2026-04-10")
    events = {name for name, change in changes.items() if change.kind == "event"}
    assert len(events) == 29
    assert {c.action for n, c in changes.items() if n in events} == {"added"}
    assert {n for n in events if changes[n].detail.startswith("client")} == {
        "output_audio_buffer.clear",
        "rtc.call.sdp.create",
    }
    assert {
        "ResponseMCPCallItem",
        "ResponseWebSearchCallItem",
        "MCPServer",
        "OpenAIVoiceName:marin",
        "RequestSession.reasoning_effort",
        "InputTokenDetails.image_tokens",
        "ClientEventType:mcp_approval_response",
        "warning",
    } <= set(changes)
    assert {name for name, change in changes.items() if change.breaking} == {
        "OutputAudioFormat:pcm16-8000hz",
        "OutputAudioFormat:pcm16-16000hz",
    }


def test_preview_that_was_taken_back(schema: Schema) -> None:
    """Going from the preview to 2026-07-15 loses what it says of a WebRTC playback."""
    changes = changes_of(schema, "2026-06-01-preview", "2026-07-15")
    new = {"rate_limits.updated", "RateLimit", "ServerEventRateLimitsUpdated"}
    assert {name for name, c in changes.items() if c.action == "added"} == new
    changes = {name: c for name, c in changes.items() if name not in new}
    assert {c.action for c in changes.values()} == {"removed"}
    assert {name for name, c in changes.items() if c.kind == "event"} == {
        "output_audio_buffer.started",
        "output_audio_buffer.stopped",
    }
    assert all(c.breaking for c in changes.values())
    assert "SmartEndOfTurnDetection" in changes


@pytest.mark.parametrize("version", ["2025-10-01", "2026-06-01-preview", "2026-07-15"])
def test_version_against_itself(schema: Schema, version: str) -> None:
    """Nothing differs between a version and itself."""
    assert diff(schema, version, schema, version) == []


def test_backwards_is_the_mirror(schema: Schema) -> None:
    """What one direction adds the other removes."""
    there = changes_of(schema, "2025-10-01", "2026-07-15")
    back = changes_of(schema, "2026-07-15", "2025-10-01")
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {name: mirror[c.action] for name, c in there.items()} == {
        name: change.action for name, change in back.items()
    }


# --- what breaks a client --------------------------------------------------------


def _start() -> Documents:
    """`Order` is only sent, `Report` only received, `Thing` both, `Brush` neither."""
    documents = minimal_documents()
    properties: dict[str, Any] = {
        "always": {"type": "string"},
        "sometimes": {"type": "string"},
        "state": {"ref": ref("State")},
    }
    put(documents, f"{THINGS}/State", enum("open", "closed"))
    put(documents, f"{THINGS}/Report", struct("always", properties=properties))
    properties["nulled"] = {"type": "string", "x_nullable": True}
    put(documents, f"{THINGS}/Order", struct("always", properties=properties))
    report = value(ref=ref("things:Report"))
    order = value(ref=ref("things:Order"))
    put(documents, f"{SERVER}/ServerEventThingCreated/properties/report", report)
    client = "client_events.json#/$defs/ClientEventThingCreate/properties/order"
    put(documents, client, order)
    put(documents, f"{THINGS}/Thing/properties/color/x-since", "2025-01-01")
    return documents


# Changes to the second state of the schema, and the lines that come of it.
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "field to send that is new and required": (
        {
            f"{THINGS}/Order/properties/more": value(type="string"),
            f"{THINGS}/Order/required": ["always", "more"],
        },
        ["+ field Order.more: string, required  BREAKING: clients must send it now"],
    ),
    "field to send that is new and optional": (
        {f"{THINGS}/Order/properties/more": value(type="string")},
        ["+ field Order.more: string"],
    ),
    "field to read that is new": (
        {
            f"{THINGS}/Report/properties/more": value(type="string"),
            f"{THINGS}/Report/required": ["always", "more"],
        },
        ["+ field Report.more: string, required"],
    ),
    "field to send that is gone": (
        {f"{THINGS}/Order/properties/sometimes": ...},
        ["- field Order.sometimes: string  BREAKING: clients can no longer send it"],
    ),
    "field to read that is gone": (
        {f"{THINGS}/Report/properties/sometimes": ...},
        ["- field Report.sometimes: string  BREAKING: the service no longer sends it"],
    ),
    "field to send that must be sent now": (
        {f"{THINGS}/Order/required": ["always", "sometimes"]},
        [
            "~ field Order.sometimes: string -> string, required  "
            "BREAKING: clients must send it now"
        ],
    ),
    "field to send that need not be sent": (
        {f"{THINGS}/Order/required": ...},
        ["~ field Order.always: string, required -> string"],
    ),
    "field to read that may be absent now": (
        {f"{THINGS}/Report/required": ...},
        [
            "~ field Report.always: string, required -> string  "
            "BREAKING: it may be absent or null now"
        ],
    ),
    "field to read that is marked as absent at times": (
        {f"{THINGS}/Report/properties/always/x-may-be-absent": True},
        [
            "~ field Report.always: string, required -> "
            "string, required, may be absent  BREAKING: it may be absent or null now"
        ],
    ),
    "field to read that is always there now": (
        {f"{THINGS}/Report/required": ["always", "sometimes"]},
        ["~ field Report.sometimes: string -> string, required"],
    ),
    "null to send": (
        {f"{THINGS}/Order/properties/always/x-nullable": True},
        ["~ field Order.always: string, required -> string, required, may be null"],
    ),
    "null not to send": (
        {f"{THINGS}/Order/properties/nulled/x-nullable": ...},
        [
            "~ field Order.nulled: string, may be null -> string  "
            "BREAKING: clients can no longer send null"
        ],
    ),
    "null to read": (
        {f"{THINGS}/Report/properties/always/x-nullable": True},
        [
            "~ field Report.always: string, required -> "
            "string, required, may be null  BREAKING: it may be absent or null now"
        ],
    ),
    "another type to send": (
        {f"{THINGS}/Order/properties/always/type": "integer"},
        [
            "~ field Order.always: string, required -> integer, required  "
            "BREAKING: clients can no longer send what they did"
        ],
    ),
    "another type to read": (
        {f"{THINGS}/Report/properties/sometimes/type": "integer"},
        [
            "~ field Report.sometimes: string -> integer  "
            "BREAKING: readers may get what they do not expect"
        ],
    ),
    "wider type to send": (
        {
            f"{THINGS}/Order/properties/sometimes": value(
                anyOf=[{"type": "string"}, {"type": "integer"}]
            )
        },
        ["~ field Order.sometimes: string -> string | integer"],
    ),
    "wider type to read": (
        {
            f"{THINGS}/Report/properties/sometimes": value(
                anyOf=[{"type": "string"}, {"type": "integer"}]
            )
        },
        [
            "~ field Report.sometimes: string -> string | integer  "
            "BREAKING: readers may get what they do not expect"
        ],
    ),
    "narrower type to send": (
        {f"{THINGS}/Order/properties/sometimes": value(const="one")},
        [
            "~ field Order.sometimes: string -> 'one'  "
            "BREAKING: clients can no longer send what they did"
        ],
    ),
    "narrower type to read": (
        {f"{THINGS}/Report/properties/sometimes": value(const="one")},
        ["~ field Report.sometimes: string -> 'one'"],
    ),
    "array of another type both ways": (
        {f"{THINGS}/Thing/properties/shapes/items": {"$ref": ref("Square")}},
        [
            "~ field Thing.shapes: array of Shape -> array of Square  "
            "BREAKING: clients can no longer send what they did"
        ],
    ),
    "enum value": (
        {f"{THINGS}/State": enum("open", "ajar")},
        [
            "+ enum value State:ajar",
            "- enum value State:closed  BREAKING: clients can no longer send it",
        ],
    ),
    "union member": (
        {f"{THINGS}/Paint/anyOf/1/$ref": ref("Thing")},
        ["- union member Paint|Brush", "+ union member Paint|Thing"],
    ),
    "type that no event carries": (
        {f"{THINGS}/Brush/properties/width/type": "string"},
        ["~ field Brush.width: number -> string"],
    ),
    "variant": (
        {f"{THINGS}/Square": ...},
        ["- type Square: Shape 'square'  BREAKING: clients can no longer send it"],
    ),
    "tag of an event": (
        {f"{SERVER}/ServerEventThingGone/properties/type/const": "thing.lost"},
        [
            "~ field ServerEventThingGone.type: 'thing.gone', required -> "
            "'thing.lost', required  BREAKING: readers may get what they do not expect",
            "~ type ServerEventThingGone: ServerEvent 'thing.gone' -> "
            "ServerEvent 'thing.lost'  BREAKING: it is something else now",
            "- event thing.gone: server event ServerEventThingGone  "
            "BREAKING: the service no longer sends it",
            "+ event thing.lost: server event ServerEventThingGone",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_judgement(case: str, tmp_path: Path) -> None:
    """A change breaks a client when its direction says so."""
    edits, lines = CASES[case]
    changed = _start()
    for place, new in edits.items():
        put(changed, place, new)
    old = load(write(tmp_path / "old", _start()))
    new_schema = load(write(tmp_path / "new", changed))
    changes = diff(old, "2025-02-02", new_schema, "2025-02-02")
    assert sorted(as_text(changes).splitlines()[:-1]) == sorted(lines)


def test_versions_of_one_schema(tmp_path: Path) -> None:
    """`x-since` and `x-until` decide what each version has."""
    documents = _start()
    put(documents, f"{THINGS}/Order/properties/sometimes/x-until", "2025-01-01")
    more = value(type="string", x_since="2025-02-02")
    put(documents, f"{THINGS}/Order/properties/more", more)
    put(documents, f"{THINGS}/Order/required", ["always", "more"])
    put(documents, f"{THINGS}/State/oneOf/1/x-since", "2025-02-02")
    schema = load(write(tmp_path, documents))
    changes = diff(schema, "2025-01-01", schema, "2025-02-02")
    assert as_text(changes).splitlines() == [
        "+ field Order.more: string, required  BREAKING: clients must send it now",
        "- field Order.sometimes: string  BREAKING: clients can no longer send it",
        "+ type ServerEventThingGone: ServerEvent 'thing.gone'",
        "+ enum value State:closed",
        "+ event thing.gone: server event ServerEventThingGone",
        "5 changes, 2 of them breaking",
    ]
    assert diff(schema, "2025-02-02", schema, "2025-03-03-preview") == []


def test_what_goes_with_its_type_is_not_listed(tmp_path: Path) -> None:
    """A type that comes is one change, whatever it has inside."""
    documents = _start()
    put(documents, f"{THINGS}/Brush/x-since", "2025-02-02")
    schema = load(write(tmp_path, documents))
    names = {c.name for c in diff(schema, "2025-01-01", schema, "2025-02-02")}
    assert names == {"Brush", "Paint|Brush", "ServerEventThingGone", "thing.gone"}


# --- the command -----------------------------------------------------------------


def test_command_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints one line a change and the totals."""
    assert main(["diff", "2026-04-10", "2026-07-15"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "+ field RequestSession.parallel_tool_calls: boolean" in lines
    assert lines[-1] == "18 changes, 1 of them breaking"


def test_command_as_json(schema: Schema, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, each change has all that the text says."""
    assert main(["diff", "2026-04-10", "2026-07-15", "--json"]) == 0
    printed = capsys.readouterr().out
    changes = json.loads(printed)["changes"]
    assert len(changes) == 18
    assert {
        "action": "removed",
        "kind": "field",
        "name": "RequestImageContentPart.url",
        "detail": "string",
        "breaking": True,
        "reason": "the service no longer sends it",
    } in changes
    assert printed == as_json(diff(schema, "2026-04-10", schema, "2026-07-15")) + "\n"


def test_command_with_an_older_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two states of the schema can be compared, also in one API version."""
    old = write(tmp_path / "old", _start())
    changed = _start()
    put(changed, f"{THINGS}/Order/properties/sometimes", ...)
    new = write(tmp_path / "new", changed)
    version = "2025-02-02"
    command = ["--schema", str(new), "diff", version, version]
    assert main([*command, "--old-schema", str(old)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 change, 1 of them breaking"
    assert main(command) == 0
    assert capsys.readouterr().out == "0 changes, 0 of them breaking\n"


@pytest.mark.parametrize("versions", [["2026-04-1", "2026-07-15"], ["2026-07-15", ""]])
def test_command_with_unknown_version(
    versions: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A version that is not known is refused with those that are."""
    assert main(["diff", *versions]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("unknown API version ")
    assert "known: 2025-10-01, " in errors
