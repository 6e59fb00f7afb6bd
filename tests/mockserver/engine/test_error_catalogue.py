"""Errors of the catalogue."""

from __future__ import annotations

import re
import string

import pytest

from voicelive_mockserver.engine.errors import (
    error_body,
    example,
    rejected,
)
from voicelive_protocol import ServerEventError, encode
from voicelive_protocol.error_catalogue import ERROR_CATALOGUE, KnownError

# The codes that the service is known to send, and those it is assumed to.
CODES = {
    "invalid_model",
    "invalid_profile",
    "byom_realtime_connection_error",
    "agent_initialization_failed",
    "invalid_session_update_message",
    "max_config_attempts_exceeded",
    "instructions_configuration_not_supported",
    "tools_configuration_not_supported",
    "invalid_request_error",
    "invalid_ec_channels_requires_client",
    "invalid_ec_reference_channels",
    "unknown_parameter",
    "missing_required_parameter",
    "invalid_value",
    "invalid_type",
    "invalid_event",
    "unsupported_event",
    "invalid_json",
    "input_audio_buffer_commit_empty",
    "conversation_already_has_active_response",
    "response_cancel_not_active",
    "item_truncate_invalid_item_id",
    "item_delete_invalid_item_id",
    "item_retrieve_invalid_item_id",
    "invalid_previous_item_id",
    "unsupported_content_type",
    "item_already_truncated",
    "session_expired",
    "message_creation_failed",
    "DeploymentNotFound",
    "rate_limit_exceeded",
}
TEXTS = {
    "Connection error to Realtime service: Invalid response status",
    "Missing required agent project name",
    "Missing required agent connection string or project name",
    "Classic foundry agent is not supported in API version 2026-04-10 and above",
    "Key authentication is not supported in Agent mode",
    "Authentication error to AI Agent service: Unauthorized",
    "Text to speech synthesizer is not configured",
    "Cannot update voice when avatar is configured",
    "Overriding instructions in response.create is not supported",
    "Avatar request was rate-limited. Retry after 7.0s.",
    "allocate client error: Remote client allocation failed",
    "WebRTC connection is in connected state",
    "Audio content of 2650ms is already shorter than 9100ms",
    "Your session hit the maximum duration of 60 minutes.",
}


def test_the_catalogue_is_complete() -> None:
    """It has all codes and texts that the service is known to send."""
    assert {known.code for known in ERROR_CATALOGUE.values()} >= CODES
    assert {example(name).message for name in ERROR_CATALOGUE} >= TEXTS


@pytest.mark.parametrize("name", ERROR_CATALOGUE)
def test_each_error_has_an_example(name: str) -> None:
    """The example has a value for each placeholder, and makes a valid event."""
    known = ERROR_CATALOGUE[name]
    fields = {
        field
        for text in (known.message, known.param or "")
        for _, field, _, _ in string.Formatter().parse(text)
        if field is not None
    }
    assert fields == known.example.keys()
    error = example(name)
    assert not re.search(r"[{}]", error.message)
    body = {"type": "error", "event_id": "e", **error_body(error, "mine")}
    event = ServerEventError.from_json(encode(body))
    assert event.error.event_id == "mine"
    assert (event.error.code, event.error.param) == (error.code, error.param)


def test_the_order_of_the_keys() -> None:
    """An error has type, code, message, param and event_id, in this order."""
    body = error_body(rejected("missing_required_parameter", param="item"), None)
    assert list(body["error"].items()) == [
        ("type", "invalid_request_error"),
        ("code", "missing_required_parameter"),
        ("message", "Missing required parameter: 'item'."),
        ("param", "item"),
        ("event_id", None),
    ]


def test_fatal_errors() -> None:
    """Errors of the connection, the voice, the configuration and expiry."""
    fatal = {name for name, known in ERROR_CATALOGUE.items() if known.fatal}
    assert fatal >= {"invalid_model", "unknown_voice", "session_expired"}
    assert "conversation_already_has_active_response" not in fatal
    assert not any(
        known.fatal for known in ERROR_CATALOGUE.values() if _is_about_a_field(known)
    )


def _is_about_a_field(known: KnownError) -> bool:
    about_more = {
        "invalid_voice",
        "max_config_attempts_exceeded",
        "ec_not_supported",
        "noise_reduction_not_supported",
    }
    return known.param is not None and known.code not in about_more
