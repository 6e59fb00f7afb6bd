"""Invalid input: each frame gets an answer, and sessions continue."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.engine_driver import (
    WEATHER_TOOL,
    Event,
    Session,
    append,
    every,
    only,
    respond,
    types,
    update,
    user,
)
from voicelive_protocol import CLIENT_EVENTS

VALID: list[Event] = [
    update(
        modalities=["text", "audio"],
        voice={"type": "azure-standard", "name": "en-US-AvaNeural"},
        turn_detection={"type": "server_vad", "threshold": 0.5},
        input_audio_transcription={"model": "whisper-1", "language": "en"},
        tools=[WEATHER_TOOL],
        tool_choice={"type": "function", "name": "get_weather"},
        max_response_output_tokens=100,
    ),
    user("What is the weather in London?", previous_item_id="root"),
    {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": "c", "output": "{}"},
    },
    {"type": "conversation.item.retrieve", "item_id": "x"},
    {
        "type": "conversation.item.truncate",
        "item_id": "x",
        "content_index": 0,
        "audio_end_ms": 5,
    },
    respond(
        modalities=["text"],
        tools=[WEATHER_TOOL],
        tool_choice="required",
        max_output_tokens=5,
        metadata={"a": "b"},
        input_items=[user("Hello")["item"]],
        pre_generated_assistant_message={
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "Hi"}],
        },
    ),
    append(bytes(960)),
    {"type": "input_audio_buffer.commit"},
    {"type": "response.cancel", "response_id": "resp_x"},
]
STRANGE: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "\u0000",
    "😀" * 50,
    [],
    [[]],
    [None],
    {},
    {"type": None},
    {"type": []},
    {"type": "message"},
    {"": {}},
]


def mutated(event: Event, chance: random.Random) -> Event:
    """Return an event with a strange value at a random place."""
    result = copy.deepcopy(event)
    node: Any = result
    while True:
        if not isinstance(node, dict | list) or not node:
            return result
        key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not isinstance(node[key], dict | list) or chance.random() < 0.4:
            if isinstance(node, dict) and chance.random() < 0.2:
                del node[key]
            elif node is not result or key != "type":
                node[key] = chance.choice(STRANGE)
            return result
        node = node[key]


@pytest.mark.slow
def test_no_mutation_of_a_valid_event_breaks_a_session() -> None:
    """No mutation causes an internal error or ends the session."""
    chance = random.Random(1)
    for _ in range(40):
        session = Session()
        for _ in range(25):
            session.ask(mutated(chance.choice(VALID), chance))
        errors = [event["error"] for event in every(session.events, "error")]
        assert [e for e in errors if e["code"] == "server_error"] == []
        failed = [
            event
            for event in every(session.events, "response.done")
            if event["response"]["status"] == "failed"
        ]
        assert failed == []
        session.ask(update(modalities=["text"], tools=[]), {"type": "response.cancel"})
        events = session.ask(respond(tool_choice="none", max_output_tokens="inf"))
        assert only(events, "response.done")["response"]["status"] == "completed"


NAMES = sorted(
    {name for kind in CLIENT_EVENTS.values() for name in kind.__struct_encode_fields__}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "x", ""]), inner, max_size=4)
    ),
    max_leaves=8,
)
EVENTS = st.builds(
    lambda kind, fields: fields | {"type": kind},
    st.sampled_from(sorted(CLIENT_EVENTS)),
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5),
).map(lambda event: json.dumps(event).encode())
MANGLED = st.builds(
    lambda frame, at, junk: frame[:at] + junk + frame[at + len(junk) :],
    EVENTS,
    st.integers(0, 100),
    st.binary(min_size=1, max_size=4),
)


@pytest.mark.slow
@settings(derandomize=True, max_examples=150, deadline=None, database=None)
@given(st.lists(EVENTS | MANGLED | st.binary(max_size=50), min_size=1, max_size=6))
def test_random_frames_do_not_break_a_session(frames: list[bytes]) -> None:
    """No frame causes an internal error, and the session still answers."""
    session = Session()
    session.ask(*frames)
    errors = every(session.events, "error")
    assert [e for e in errors if e["error"]["code"] == "server_error"] == []
    if session.engine.closing is None:
        events = session.ask({"type": "input_audio_buffer.clear"})
        assert types(events)[-1] == "input_audio_buffer.cleared"


def test_many_tiny_appends_and_one_huge() -> None:
    """Appends may have any size, even half a sample."""
    session = Session()
    session.ask(update(turn_detection=None))
    for size in (0, 1, 1, 3, 4800):
        session.ask(append(bytes(size)))
    session.ask(append(bytes(5_000_000)))
    events = session.ask({"type": "input_audio_buffer.commit"})
    assert types(events)[0] == "input_audio_buffer.committed"


def test_deep_nesting_is_answered() -> None:
    """Deep nesting is rejected, even in ignored fields."""
    session = Session()
    for frame in (
        '{"type":"response.create","response":' + "[" * 50_000,
        '{"type":"response.create","x":' + "[" * 50_000 + "]" * 50_000 + "}",
        '{"type":"session.update","session":{"tools":' + '[{"a":' * 50_000,
    ):
        error = only(session.ask(frame), "error")["error"]
        assert error["code"] == "invalid_json"


def test_the_last_of_duplicate_keys_counts() -> None:
    """JSON parsers accept duplicate keys."""
    frame = json.dumps(user("one"))[:-1] + ',"event_id":"a","event_id":"b"}'
    assert types(Session().ask(frame))[-1] == "conversation.item.created"
