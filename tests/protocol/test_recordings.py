"""Round trips of recorded sessions through the types.

The files are synthetic; `VOICELIVE_RECORDINGS` adds a folder of real ones.
"""

from __future__ import annotations

import json
from typing import Any

from tests.support.recordings import FILES, read_lines
from voicelive_protocol import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    UnknownModel,
    decode_client_event,
    decode_server_event,
    encode,
)


def frames(direction: str) -> list[dict[str, Any]]:
    """All events that one side sent."""
    lines = [line for file in FILES for line in read_lines(file)]
    return [line["event"] for line in lines if line["direction"] == direction]


def has_unknown(value: Any) -> bool:
    """Whether something in a decoded value is of an unknown kind."""
    if isinstance(value, UnknownModel):
        return True
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    fields = getattr(value, "__struct_fields__", ())
    return any(has_unknown(getattr(value, name)) for name in fields)


def test_server_frames_are_typed_and_lose_nothing() -> None:
    """Every frame decodes to its event, even strictly, and encodes to the same JSON."""
    received = frames("received")
    assert len(received) > 50
    for frame in received:
        event = decode_server_event(json.dumps(frame), strict=True)
        assert type(event) is SERVER_EVENTS[frame["type"]]
        assert not has_unknown(event)
        assert json.loads(event.to_json()) == frame


def test_every_recorded_field_is_declared() -> None:
    """No recorded key is one that the types only keep because they keep everything."""
    for frame in frames("received"):
        event = decode_server_event(json.dumps(frame))
        vars(event).clear()  # what it was read from, and would be completed with
        assert undeclared(frame, event.as_dict()) == []


def undeclared(frame: Any, declared: Any, path: str = "") -> list[str]:
    """Paths in a frame that the typed value does not have."""
    if isinstance(frame, list) and isinstance(declared, list):
        pairs = zip(frame, declared, strict=True)
        return [
            p
            for i, (f, d) in enumerate(pairs)
            for p in undeclared(f, d, f"{path}[{i}]")
        ]
    if not isinstance(frame, dict) or not isinstance(declared, dict):
        return []
    found = []
    for key, value in frame.items():
        if key not in declared:
            found.append(f"{path}.{key}")
        else:
            found += undeclared(value, declared[key], f"{path}.{key}")
    return found


def test_client_frames_lose_nothing() -> None:
    """Every sent frame decodes to its event and encodes to the same JSON."""
    sent = frames("sent")
    assert len(sent) > 5
    for frame in sent:
        event = decode_client_event(json.dumps(frame))
        assert type(event) is CLIENT_EVENTS[frame["type"]]
        assert json.loads(encode(event)) == frame
