"""Truncation by the service when the user interrupts spoken output."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine_driver import (
    AZURE_VOICE,
    Event,
    Session,
    append,
    every,
    long_story,
    only,
    respond,
    spoken,
    types,
    update,
)

SPEECH = append(spoken(0, 1000, 1000))


def speaking(**detection: Any) -> Session:
    session = Session(model="gpt-4o", responder=long_story)
    session.ask(
        update(
            turn_detection={"type": "azure_semantic_vad", "auto_truncate": True}
            | detection,
            voice=AZURE_VOICE,
        )
    )
    session.send(respond())
    session.until("response.audio.delta")
    return session


def retrieve(session: Session, item_id: str) -> Event:
    event = {"type": "conversation.item.retrieve", "item_id": item_id}
    item: Event = only(session.ask(event), "conversation.item.retrieved")["item"]
    return item


def test_while_the_answer_is_produced() -> None:
    """The item is truncated to its played part before the cancellation."""
    session = speaking()
    session.wait(1.5)
    session.send(SPEECH)
    events = session.wait(0.01)
    assert types(events)[:6] == [
        "input_audio_buffer.speech_started",
        "conversation.item.truncated",
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
    ]
    truncated = events[1]
    assert list(truncated)[2:] == ["item_id", "content_index", "audio_end_ms"]
    assert truncated["audio_end_ms"] == pytest.approx(1500, abs=1)
    response = only(events, "response.done")["response"]
    assert response["status_details"]["reason"] == "turn_detected"
    content = retrieve(session, truncated["item_id"])["content"]
    assert content == [{"type": "audio", "transcript": None}]


def test_while_the_answer_is_still_played() -> None:
    """A complete response that is still played is truncated as well."""
    session = speaking()
    done = session.until("response.done")["response"]
    session.send(SPEECH)
    events = session.wait(0.01)
    truncated = only(events, "conversation.item.truncated")
    assert truncated["item_id"] == done["output"][0]["id"]
    tokens = done["usage"]["output_token_details"]["audio_tokens"]
    assert 0 < truncated["audio_end_ms"] < tokens * 50


def test_after_the_answer_was_played() -> None:
    """Audio that was played to its end is not truncated."""
    session = speaking()
    session.until("response.done")
    session.wait(60)
    session.send(SPEECH)
    assert not every(session.wait(0.01), "conversation.item.truncated")


def test_without_auto_truncation() -> None:
    """By default the service does not truncate."""
    session = speaking(auto_truncate=False)
    session.send(SPEECH)
    assert not every(session.wait(0.01), "conversation.item.truncated")


def test_truncating_a_truncated_item() -> None:
    """A truncation by the client afterwards is rejected."""
    session = speaking()
    session.wait(1)
    session.send(SPEECH)
    truncated = only(session.wait(0.01), "conversation.item.truncated")
    event = {
        "type": "conversation.item.truncate",
        "item_id": truncated["item_id"],
        "content_index": 0,
        "audio_end_ms": 100,
    }
    error = only(session.ask(event), "error")["error"]
    assert error["code"] == "item_already_truncated"


def test_the_appended_text_replaces_the_transcript() -> None:
    """The model sees the text that the client configured."""
    words = "[the user interrupted]"
    session = speaking(appended_text_after_truncation=words)
    session.wait(1)
    session.send(SPEECH)
    truncated = only(session.wait(0.01), "conversation.item.truncated")
    content = retrieve(session, truncated["item_id"])["content"]
    assert content == [
        {"type": "audio", "transcript": None},
        {"type": "text", "text": words},
    ]
