"""The view of received events by wire names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from voicelive_protocol import (
    InvalidServerEvent,
    UnknownServerEvent,
    decode_server_event,
    peek,
)

ITEM = {
    "id": "item_1",
    "type": "function_call",
    "call_id": "call_1",
    "name": "f",
    "status": "completed",
    "arguments": "{}",
}
EVENTS: list[tuple[dict[str, Any], tuple[str | None, str | None, str | None]]] = [
    (
        {"type": "response.done", "response": {"id": "resp_1", "output": []}},
        ("resp_1", None, None),
    ),
    (
        {"type": "response.output_item.done", "response_id": "resp_1"}
        | {"output_index": 0, "item": ITEM},
        ("resp_1", "item_1", "call_1"),
    ),
    (
        {"type": "response.function_call_arguments.done", "response_id": "resp_1"}
        | {"item_id": "item_1", "output_index": 0, "call_id": "call_1"}
        | {"arguments": "{}", "name": "f"},
        ("resp_1", "item_1", "call_1"),
    ),
    (
        {"type": "input_audio_buffer.speech_started"}
        | {"audio_start_ms": 0, "item_id": "item_1"},
        (None, "item_1", None),
    ),
]


@pytest.mark.parametrize(("event", "ids"), EVENTS)
def test_typed_and_untyped_events_read_alike(
    event: dict[str, Any], ids: tuple[str | None, str | None, str | None]
) -> None:
    """Type and ids are the same when the typed read fails, or the type is unknown."""
    typed = decode_server_event(json.dumps(event))
    assert not isinstance(typed, InvalidServerEvent | UnknownServerEvent)
    invalid = InvalidServerEvent(error="broken", data=event)
    unknown = UnknownServerEvent(data=event | {"type": "brand.new"})
    for received, kind in (
        (typed, event["type"]),
        (invalid, event["type"]),
        (unknown, "brand.new"),
    ):
        seen = peek(received)
        assert seen.type == kind
        assert (seen.response_id, seen.item_id, seen.call_id) == ids


@pytest.mark.parametrize(
    "data",
    [None, 7, [], "text", {}, {"type": 3}, {"type": "x", "response": 1, "item": []}],
)
def test_anything_can_be_looked_at(data: Any) -> None:
    """Frames without the fields, or of another shape, read as None."""
    seen = peek(InvalidServerEvent(error="broken", data=data))
    assert seen.response_id is seen.item_id is seen.call_id is None
    assert seen.get("response", "output") is None
    assert isinstance(seen.type, str)


def test_values_of_another_kind_are_no_text() -> None:
    """`text` reads strings only, `get` any value."""
    seen = peek(InvalidServerEvent(error="broken", data={"response_id": 5}))
    assert seen.get("response_id") == 5
    assert seen.text("response_id") is None
