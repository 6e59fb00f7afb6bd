"""Sequences of events: what the page shows happens."""

from __future__ import annotations

import pytest

from tests.support.repository import site_pages
from tools.site.sequences import (
    Sequence,
    function_call,
    interruption,
    manual_turn,
    mcp_call,
    refusal,
)

pytestmark = pytest.mark.slow  # makes the whole site


def page() -> str:
    return site_pages().texts["protocol/sequences.md"]


def kinds(sequence: Sequence) -> list[str]:
    return [event["type"] for _, event in sequence.rows]


def test_an_interruption_cancels_the_response_and_truncates_its_item() -> None:
    found = kinds(interruption())
    started = found.index("input_audio_buffer.speech_started")
    assert "response.done" in found[started:]
    assert found[-2:] == ["conversation.item.truncate", "conversation.item.truncated"]
    assert '{"status": "cancelled"}' in page()


def test_a_result_is_sent_between_two_responses() -> None:
    found = kinds(function_call())
    assert found.count("response.create") == found.count("response.done") == 2
    assert found.index("response.function_call_arguments.done") < found.index(
        "response.done"
    )


def test_an_approved_call_ends_before_the_answer_is_requested() -> None:
    found = kinds(mcp_call())
    assert found.index("mcp_list_tools.completed") < found.index("response.create")
    ended = found.index("response.mcp_call.completed")
    assert found[:ended].count("response.create") == 1
    assert "response.create" in found[ended:]


def test_a_client_without_turn_detection_commits_and_requests() -> None:
    sent = [e["type"] for sender, e in manual_turn().rows if sender == "client"]
    assert sent[-2:] == ["input_audio_buffer.commit", "response.create"]
    assert "input_audio_buffer.speech_started" not in kinds(manual_turn())


def test_an_error_names_its_event() -> None:
    assert refusal().rows[-1][1]["error"]["event_id"] == "commit_1"
    assert "`input_audio_buffer_commit_empty`" not in page()
    assert "input_audio_buffer_commit_empty" in page()


def test_events_lead_to_their_sequences() -> None:
    text = site_pages().texts["protocol/server/input_audio_buffer.speech_started.md"]
    assert "[An interruption](../sequences.md#an-interruption)" in text
    assert "sequence" not in site_pages().texts["protocol/server/warning.md"]
