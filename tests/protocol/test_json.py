"""The JSON codec: lone surrogates in, through and out of everything."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from voicelive_protocol import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    ClientEventConversationItemCreate,
    FunctionCallOutputItem,
    InvalidClientEvent,
    ServerEventConversationItemCreated,
    ServerEventResponseTextDelta,
    UnknownServerEvent,
    UserMessageItem,
    decode_client_event,
    decode_server_event,
    encode,
    parse,
)

HALF = "\ud83d"
"""A lone surrogate: JSON has it as an escape, UTF-8 has not."""

ESCAPED = '"\\ud83d"'

VALUES: list[Any] = [
    HALF,
    f'Hi {HALF} there \u00e4 \\ " \n',
    [HALF, 1, None, True, 1.5],
    {HALF: HALF, "\u00e4": {"b": [HALF]}},
    {"a": "plain", "n": 12345678901234567890123},
    "\ude00\ud83d",
]


@pytest.mark.parametrize("value", VALUES)
def test_half_a_surrogate_pair_survives(value: Any) -> None:
    """Keys and values come back as they were; the text is JSON in UTF-8."""
    text = encode(value)
    text.decode()
    assert json.loads(text) == value
    assert parse(text) == value
    assert parse(text.decode()) == value
    assert parse(encode(value, indent=2)) == value


def test_a_lone_surrogate_is_written_as_its_escape() -> None:
    """What a client sends with one is JSON; all other text stays UTF-8."""
    assert encode(HALF) == ESCAPED.encode()
    assert encode(f"\u00e4{HALF}") == '"\u00e4\\ud83d"'.encode()
    assert parse(f'"{HALF}"') == HALF
    whole = encode("\U0001f600")
    assert whole == '"\U0001f600"'.encode()


@pytest.mark.parametrize("place", ["id", "content"])
def test_server_events_carry_it(place: str) -> None:
    """The event is typed, and `as_dict()` and `to_json()` have what was sent."""
    item: dict[str, Any] = {"id": "i", "type": "message", "role": "user", "content": []}
    part = {"type": "input_text", "text": f"Hi {HALF}"}
    item |= {"id": HALF} if place == "id" else {"content": [part]}
    sent = {"type": "conversation.item.created", HALF: HALF, "item": item}
    event = decode_server_event(json.dumps(sent).encode())
    assert isinstance(event, ServerEventConversationItemCreated)
    assert event.problems == ()
    assert event.as_dict() == sent
    assert json.loads(event.to_json()) == sent
    assert decode_server_event(event.to_json()) == event


def test_open_enums_keep_it() -> None:
    """A new value of an enum may be any text."""
    sent = {"type": "response.done", "response": {"status": HALF, "modalities": [HALF]}}
    event = decode_server_event(json.dumps(sent))
    assert event["response"].status == HALF
    assert event.problems == ()
    assert event.as_dict() == sent


@pytest.mark.parametrize("wire", [*SERVER_EVENTS, "new.event"])
def test_every_server_event_carries_it_in_unknown_fields(wire: str) -> None:
    """A field that no type knows does not cost an event."""
    sent = {"type": wire, "event_id": HALF, "new": {HALF: [HALF]}}
    event = decode_server_event(json.dumps(sent))
    assert event.event_id == HALF
    assert event.as_dict() == sent
    assert json.loads(event.to_json()) == sent
    assert isinstance(event, UnknownServerEvent) or wire in SERVER_EVENTS


@pytest.mark.parametrize("wire", CLIENT_EVENTS)
def test_client_events_are_read_with_it(wire: str) -> None:
    """A server reads the event, or refuses another field than the text."""
    frame = json.dumps({"type": wire, "event_id": HALF})
    read: list[object] = []
    try:
        read.append(decode_client_event(frame).event_id)
    except InvalidClientEvent as refusal:
        read += [refusal.event_id] if refusal.kind == "missing" else []
    assert read == [HALF]


def test_client_events_are_written_with_it() -> None:
    """Models, and models inside of mappings, are sent with the escape."""
    item = FunctionCallOutputItem(call_id="c", output=f'{{"city": "{HALF}"}}')
    event = ClientEventConversationItemCreate(item=item)
    for form in (event, event.as_dict(), {"type": event.type, "item": item}):
        sent = json.loads(encode(form))
        assert sent["item"]["output"] == f'{{"city": "{HALF}"}}'
        assert decode_client_event(encode(form)) == event
    message = UserMessageItem.from_dict({"content": [], HALF: 1})
    assert json.loads(message.to_json())[HALF] == 1


class Pair(msgspec.Struct):
    name: str
    count: int = 0


def test_typed_reading() -> None:
    """A type is read, and refused, with and without a lone surrogate in the text."""
    assert parse(b'{"name":"\\ud83d","count":2}') == {"name": HALF, "count": 2}
    assert parse(b'{"name":"\\ud83d","count":2}', Pair) == Pair(HALF, 2)
    assert parse(b'{"name":"a","\\ud83d":2}', Pair) == Pair("a")
    assert parse(b'{"name":"\\ud83d","count":"2"}', Pair, strict=False).count == 2
    for text in (b'{"name":"a","count":"2"}', b'{"name":"\\ud83d","count":"2"}'):
        with pytest.raises(ValueError, match="int"):
            parse(text, Pair)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b'"\xed\xa0\xbd"',
        '{"type":"x"}'.encode("utf-16"),
        '{"type":"x"}'.encode("utf-32"),
        '{"type":"x"}'.encode("utf-16-le"),
        '"\\ud83"',
    ],
)
def test_what_is_not_json_in_utf8_is_refused(text: bytes | str) -> None:
    """No other encoding is guessed."""
    with pytest.raises((msgspec.DecodeError, ValueError)):
        parse(text)


def test_what_has_no_json_form_is_a_type_error() -> None:
    """Also when there is a lone surrogate elsewhere."""
    for value in (object(), [object()], [HALF, object()], {"a": {1, HALF, object}}):
        with pytest.raises(TypeError):
            encode(value)
    assert encode(MappingProxyType({"a": HALF})) == b'{"a":%b}' % ESCAPED.encode()
    assert encode({1: HALF, "b": msgspec.Raw(b"[1]")}) == b'{"1":"\\ud83d","b":[1]}'


def test_a_number_beyond_a_float_spoils_only_its_field() -> None:
    """It is JSON, so the rest of the event is read; `raw` has the number."""
    event = decode_server_event(
        b'{"type":"response.text.delta","event_id":"e","response_id":"r","item_id":"i",'
        b'"output_index":0,"content_index":1e999,"delta":"Hi"}'
    )
    assert isinstance(event, ServerEventResponseTextDelta)
    assert (event.response_id, event.delta) == ("r", "Hi")
    assert event.as_dict()["content_index"] == float("inf")
    with pytest.raises(msgspec.ValidationError):
        parse(b"1e999", float)


def test_a_fraction_of_a_second_is_kept() -> None:
    """Times are whole seconds, unless the service says more."""
    for sent in (b"1.5", b"1700000000"):
        event = decode_server_event(
            b'{"type":"session.updated","session":{"id":"s","expires_at":%b}}' % sent
        )
        assert event.as_dict()["session"]["expires_at"] == json.loads(sent)
        assert sent in event.to_json()
