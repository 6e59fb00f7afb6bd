"""Recorded numbers and quirks of the service, as regression tests."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.engine_driver import (
    STARTED_AT,
    WEATHER_TOOL,
    Event,
    Session,
    appends,
    every,
    only,
    respond,
    update,
    user,
)
from tests.support.signals import silence, tone
from voicelive_mockserver.engine.session import STOCK_INSTRUCTIONS

OWN_ID = re.compile(r"[0-9A-Za-z]{20,22}")
UPSTREAM_ID = re.compile(r"[0-9A-Za-z]{21}")
CALL_ID = re.compile(r"call_[0-9A-Za-z]{16}")
DETECTION = {
    "type": "server_vad",
    "create_response": True,
    "interrupt_response": True,
}


@pytest.fixture(scope="module")
def spoken_turn() -> list[Event]:
    """5.5 s of audio in 55 appends, with speech from 1856 ms to 4000 ms."""
    session = Session()
    session.ask(
        update(
            modalities=["text", "audio"],
            turn_detection=DETECTION,
            input_audio_transcription={"model": "whisper-1"},
        )
    )
    pcm = silence(1856) + tone(4000 - 1856) + silence(1500)
    session.ask(*appends(pcm))
    return session.events


@pytest.fixture(scope="module")
def tool_round() -> list[Event]:
    """A question, a function call, its output, an answer."""
    session = Session()
    session.ask(update(modalities=["text"], tools=[WEATHER_TOOL], instructions=""))
    session.ask(user("What is the weather in London?"), respond())
    call = only(session.events, "response.function_call_arguments.done")
    output = {
        "type": "function_call_output",
        "call_id": call["call_id"],
        "output": "It is foggy and 12 degrees in London.",
    }
    session.ask({"type": "conversation.item.create", "item": output}, respond())
    return session.events


def test_detection_before_and_after_it_is_sent(spoken_turn: list[Event]) -> None:
    """300 and 200 ms before; 400 and 500 ms once sent; always all 11 keys."""
    before = only(spoken_turn, "session.created")["session"]["turn_detection"]
    after = only(spoken_turn, "session.updated")["session"]["turn_detection"]
    keys = ("threshold", "prefix_padding_ms", "silence_duration_ms")
    assert [before[key] for key in keys] == [0.5, 300, 200]
    assert [after[key] for key in keys] == [0.5, 400, 500]
    assert list(before) == list(after)
    assert len(after) == 11


def test_empty_instructions_keep_the_stock_prompt(tool_round: list[Event]) -> None:
    """`instructions: ""` changes nothing."""
    session = only(tool_round, "session.updated")["session"]
    assert session["instructions"] == STOCK_INSTRUCTIONS


def test_the_text_of_a_part_that_is_done_is_empty(tool_round: list[Event]) -> None:
    """`content_part.done` has "", `output_item.done` the text."""
    part = only(tool_round, "response.content_part.done")["part"]
    assert part == {"type": "text", "text": ""}
    item = every(tool_round, "response.output_item.done")[-1]["item"]
    assert item["content"][0]["text"]


def test_item_done_is_for_detected_speech_only(
    spoken_turn: list[Event], tool_round: list[Event]
) -> None:
    """`conversation.item.done` comes once per detected turn, never else."""
    done = only(spoken_turn, "conversation.item.done")
    assert done["item"]["role"] == "user"
    assert every(tool_round, "conversation.item.done") == []


def test_a_function_output_has_no_status(tool_round: list[Event]) -> None:
    """Its acknowledgement has id, object, type, call_id and output only."""
    (item,) = (
        event["item"]
        for event in every(tool_round, "conversation.item.created")
        if event["item"]["type"] == "function_call_output"
    )
    assert list(item) == ["id", "object", "type", "call_id", "output"]


def test_tokens_and_deltas(spoken_turn: list[Event]) -> None:
    """total = in + out; audio in = floor(ms / 100); deltas = floor(tokens / 5)."""
    start = only(spoken_turn, "input_audio_buffer.speech_started")["audio_start_ms"]
    end = only(spoken_turn, "input_audio_buffer.speech_stopped")["audio_end_ms"]
    usage = only(spoken_turn, "response.done")["response"]["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_token_details"]["audio_tokens"] == (end - start) // 100
    tokens = usage["output_token_details"]["audio_tokens"]
    assert len(every(spoken_turn, "response.audio.delta")) == tokens // 5


def test_offsets_of_the_recorded_file(spoken_turn: list[Event]) -> None:
    """Speech from 1856 to about 4000 ms is reported as 1456 and 4512."""
    started = only(spoken_turn, "input_audio_buffer.speech_started")
    stopped = only(spoken_turn, "input_audio_buffer.speech_stopped")
    assert (started["audio_start_ms"], stopped["audio_end_ms"]) == (1456, 4512)


def test_a_session_lives_for_an_hour(spoken_turn: list[Event]) -> None:
    """`expires_at` is an hour after the creation."""
    session = only(spoken_turn, "session.created")["session"]
    assert session["expires_at"] - STARTED_AT == 3600


def test_formats_of_identifiers(
    spoken_turn: list[Event], tool_round: list[Event]
) -> None:
    """Upstream ones encode their creation time; others are random."""
    events = spoken_turn + tool_round
    stamp = "E4BAr"  # 1784664973 is this many seconds after the upstream epoch
    session_id = events[0]["session"]["id"]
    assert session_id.startswith(f"sess_{stamp}")
    for event in events:
        assert OWN_ID.fullmatch(event["event_id"].removeprefix("event_"))
    for event in every(events, "response.created"):
        response = event["response"]
        assert UPSTREAM_ID.fullmatch(response["id"].removeprefix("resp_"))
        assert UPSTREAM_ID.fullmatch(response["conversation_id"].removeprefix("conv_"))
    for event in every(events, "conversation.item.created"):
        identifier = event["item"]["id"].removeprefix("item_")
        assert (UPSTREAM_ID if _is_upstream(event["item"]) else OWN_ID).fullmatch(
            identifier
        )
    call = only(tool_round, "response.function_call_arguments.done")
    assert CALL_ID.fullmatch(call["call_id"])


def _is_upstream(item: dict[str, Any]) -> bool:
    """Return whether the model created an item, not turn detection."""
    if item["type"] == "message" and item["role"] == "user":
        return bool(item["content"][0]["type"] == "input_audio")
    return bool(item["type"] != "function_call_output")
