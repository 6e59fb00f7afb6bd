"""Rejection of content that an API version lacks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    error_of,
    every,
    only,
    respond,
    update,
)
from voicelive_protocol import API_VERSIONS

SERVER_VAD = {"type": "server_vad"}
MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example"}
ECHO = {"type": "server_echo_cancellation"}


def ask(version: str, *events: Event, **options: Any) -> list[Event]:
    session = Session(
        api_version=version, features=frozenset({"client_ec_reference"}), **options
    )
    session.finish()
    return session.ask(*events)


@pytest.mark.parametrize(
    ("before", "since", "changes", "param"),
    [
        (
            "2025-10-01",
            "2026-01-01-preview",
            {"reasoning_effort": "low"},
            "session.reasoning_effort",
        ),
        ("2025-10-01", "2026-01-01-preview", {"tools": [MCP]}, "type"),
        ("2026-01-01-preview", "2026-04-10", {"include": []}, "session.include"),
        (
            "2026-04-10",
            "2026-06-01-preview",
            {"parallel_tool_calls": False},
            "session.parallel_tool_calls",
        ),
        (
            "2026-04-10",
            "2026-07-15",
            {
                "input_audio_echo_cancellation": ECHO
                | {"reference_source": "client", "channels": 2}
            },
            "session.input_audio_echo_cancellation.reference_source",
        ),
        ("2025-10-01", "2026-01-01-preview", {"voice": "marin"}, "session.voice"),
        (
            "2025-10-01",
            "2026-01-01-preview",
            {"voice": {"type": "openai", "name": "cedar"}},
            "session.voice.name",
        ),
    ],
)
def test_fields_values_and_kinds_of_a_session(
    before: str, since: str, changes: Event, param: str
) -> None:
    """Content of later versions is rejected; other content is applied."""
    rejection = error_of(ask(before, update(**changes) | {"event_id": "mine"}))
    assert rejection["code"] == "invalid_session_update_message"
    assert (rejection["param"], rejection["event_id"]) == (param, "mine")
    assert only(ask(since, update(**changes)), "session.updated")


@pytest.mark.parametrize("version", API_VERSIONS)
@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"type": "realtime"}, "session.type"),
        ({"output_modalities": ["text"]}, "session.output_modalities"),
        ({"audio": {"input": {"format": "pcm16"}}}, "session.audio"),
        ({"tracing": "auto"}, "session.tracing"),
        (
            {"turn_detection": SERVER_VAD | {"eagerness": "low"}},
            "session.turn_detection.eagerness",
        ),
        (
            {"tools": [{"type": "function", "name": "f", "strict": True}]},
            "session.tools[0].strict",
        ),
    ],
)
def test_the_newer_openai_dialect_is_rejected(
    version: str, changes: Event, param: str
) -> None:
    """Its keys are extra fields, at any depth."""
    rejection = error_of(ask(version, update(**changes)))
    assert rejection["code"] == "invalid_session_update_message"
    assert rejection["param"] == param
    assert rejection["message"] == f"'{param}' unexpected (extra fields not permitted)"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"voice": "nobody"}, "session.voice"),
        ({"modalities": ["text", "smell"]}, "session.modalities"),
        ({"include": ["everything"]}, "session.include"),
        ({"output_audio_timestamp_types": ["letter"]}, None),
        ({"reasoning_effort": "huge"}, "session.reasoning_effort"),
    ],
)
def test_values_of_enums(changes: Event, param: str | None) -> None:
    """An unsupported value is rejected with the supported ones."""
    rejection = error_of(ask("2026-07-15", update(**changes)))
    assert rejection["code"] == "invalid_session_update_message"
    assert rejection["param"] == (param or "session.output_audio_timestamp_types")
    assert "expected one of" in rejection["message"]


def test_tool_parameters_are_free() -> None:
    """The JSON Schema of a function is not checked."""
    tool = {"type": "function", "name": "f", "parameters": {"x-any": [{"thing": 1}]}}
    assert only(ask("2025-10-01", update(tools=[tool])), "session.updated")


def test_items_of_a_later_version() -> None:
    """Later types of items and content are rejected in older versions."""
    approval = {
        "type": "mcp_approval_response",
        "approval_request_id": "x",
        "approve": True,
    }
    create = {"type": "conversation.item.create", "item": approval}
    rejection = error_of(ask("2025-10-01", create))
    assert (rejection["code"], rejection["param"]) == ("invalid_value", "item.type")


def test_unknown_fields_of_items_are_left_alone() -> None:
    """An item can be sent back as it was received."""
    item = {
        "type": "message",
        "role": "user",
        "object": "realtime.item",
        "mood": "good",
        "content": [{"type": "input_text", "text": "Hi."}],
    }
    events = ask("2025-10-01", {"type": "conversation.item.create", "item": item})
    assert every(events, "error") == []


def test_fields_of_a_response() -> None:
    """A parameter of a later version is unknown, at any depth."""
    rejection = error_of(ask("2025-10-01", respond(reasoning_effort="low")))
    assert (rejection["code"], rejection["param"]) == (
        "unknown_parameter",
        "response.reasoning_effort",
    )
    rejection = error_of(ask("2025-10-01", respond(tools=[MCP])))
    assert (rejection["code"], rejection["param"]) == (
        "invalid_value",
        "response.tools[0].type",
    )
