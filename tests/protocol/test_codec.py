"""Decoding of frames that do not match the schema."""

from __future__ import annotations

import json

import msgspec
import pytest

from voicelive_protocol import (
    InvalidClientEvent,
    InvalidServerEvent,
    ResponseMessageItem,
    ServerEventConversationItemCreated,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventResponseTextDelta,
    decode_client_event,
    decode_server_event,
)


@pytest.mark.parametrize(
    ("frame", "wire_type", "error"),
    [
        (b"", "", "not JSON"),
        (b"{", "", "not JSON"),
        (b"null", "", "no JSON object"),
        (b'{"type":5}', "", "no JSON object with a `type`"),
        (b'{"type":"error","error":{"message":"\xff"}}', "", "not JSON"),
        (
            b'{"type":"error","error":{"type":"t","message":"m"},"unknown":"\xff"}',
            "",
            "not JSON",
        ),
        (b'{"type":"x","v":' + b"[" * 100_000, "", "not JSON"),
        (
            b'{"type":"response.created","response":"resp_1"}',
            "response.created",
            "response: expected Response or an object, got 'resp_1'",
        ),
        (
            b'{"type":"response.audio.delta","response_id":"r","item_id":"i",'
            b'"output_index":0,"content_index":0,"delta":"*"}',
            "response.audio.delta",
            "delta: expected bytes or base64 text, got '*'",
        ),
        (
            b'{"type":"input_audio_buffer.speech_started","audio_start_ms":5}',
            "input_audio_buffer.speech_started",
            "item_id is missing",
        ),
    ],
)
def test_what_does_not_fit_is_kept(frame: bytes, wire_type: str, error: str) -> None:
    """Such a frame becomes an event with the frame, its type and what is wrong."""
    event = decode_server_event(frame)
    assert isinstance(event, InvalidServerEvent)
    assert event.wire_type == wire_type
    assert str(event.type) == ""
    assert error in event.error
    assert event.raw == frame
    assert event.to_json() == frame


@pytest.mark.parametrize(
    "frame", [b"{", b'{"type":"new"}', b'{"type":"error"}', b"\xff"]
)
def test_strict_raises(frame: bytes) -> None:
    """Strict decoding raises for what is broken, unknown, or does not fit."""
    with pytest.raises((msgspec.DecodeError, ValueError)):
        decode_server_event(frame, strict=True)


def test_whole_numbers_with_a_fraction_are_integers() -> None:
    """Some writers of JSON give every number a fraction."""
    event = decode_server_event(
        '{"type":"input_audio_buffer.speech_started","audio_start_ms":12.0,"item_id":"i"}'
    )
    assert isinstance(event, ServerEventInputAudioBufferSpeechStarted)
    assert event.audio_start_ms == 12


def test_half_a_surrogate_pair_survives() -> None:
    """A delta that ends inside an emoji is typed, and written as it came."""
    frame = (
        r'{"type":"response.text.delta","response_id":"r","item_id":"i",'
        r'"output_index":0,"content_index":0,"delta":"\ud83d"}'
    )
    event = decode_server_event(frame)
    assert isinstance(event, ServerEventResponseTextDelta)
    assert event.delta == "\ud83d"
    assert decode_server_event(event.to_json()) == event


@pytest.mark.parametrize(
    ("frame", "kind", "param"),
    [
        ("{", "json", None),
        ("[]", "json", None),
        ('{"type":5}', "type", "type"),
        ('{"type":"session.updat"}', "unknown_type", "type"),
        ('{"type":"conversation.item.delete"}', "missing", "item_id"),
        (
            '{"type":"session.update","session":{"turn_detection":'
            '{"type":"server_vad","threshold":"x"}}}',
            "value",
            "session.turn_detection.threshold",
        ),
        (
            '{"type":"conversation.item.create","item":{"type":"message","role":"user",'
            '"content":[{"type":"input_text","text":1}]}}',
            "value",
            "item.content[0].text",
        ),
        ('{"type":"session.update","session":' + "[" * 100_000, "json", None),
    ],
)
def test_client_events_are_refused_with_the_field(
    frame: str, kind: str, param: str | None
) -> None:
    """What a server needs for its error: kind, field, and the client's event id."""
    if frame.endswith("}") and '"type":5' not in frame:
        frame = frame[:-1] + ',"event_id":"mine"}'
    with pytest.raises(InvalidClientEvent) as caught:
        decode_client_event(frame)
    assert caught.value.kind == kind
    assert caught.value.param == param
    if kind not in ("json", "type"):
        assert caught.value.event_id == "mine"


_PART = {"type": "input_text", "text": "Hi.", "novel": {"a": 1}}
_ITEM = {"type": "message", "id": "i", "role": "user", "content": [_PART], "new": 1}


def test_unknown_fields_at_any_depth_are_in_the_dict_of_the_event() -> None:
    """`as_dict()` of an event has what its nested types do not declare."""
    frame = {"type": "conversation.item.created", "event_id": "e", "item": _ITEM}
    event = decode_server_event(json.dumps(frame))
    assert event.as_dict() == frame
    assert json.loads(event.to_json()) == frame


def test_a_nested_value_has_its_declared_fields_only() -> None:
    """`as_dict()` of a value inside an event is documented not to know the frame."""
    frame = {"type": "conversation.item.created", "event_id": "e", "item": _ITEM}
    event = decode_server_event(json.dumps(frame))
    assert isinstance(event, ServerEventConversationItemCreated)
    item = event.item
    assert isinstance(item, ResponseMessageItem)
    assert "new" not in item.as_dict()
    assert item.as_dict()["content"] == [{"type": "input_text", "text": "Hi."}]
    assert ResponseMessageItem.from_dict(_ITEM).as_dict() == _ITEM
