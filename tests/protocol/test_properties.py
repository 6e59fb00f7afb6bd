"""Nothing is lost between JSON and types, whatever the values are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import voicelive_protocol as protocol
from tests.protocol.strategies import (
    NAMES,
    wire_json,
    with_unknown_fields,
    with_unknown_variants,
)
from voicelive_protocol import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    InvalidServerEvent,
    Model,
    UnknownServerEvent,
    decode_client_event,
    decode_server_event,
    encode,
)

pytestmark = pytest.mark.slow

few = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def concrete_models() -> list[type[Model]]:
    """Every public struct that can be made."""
    found = []
    for name in protocol.__all__:
        item = getattr(protocol, name)
        if isinstance(item, type) and issubclass(item, Model):
            base = item in (Model, protocol.Event) or item.__subclasses__()
            codec = item in (UnknownServerEvent, InvalidServerEvent)
            if not base and not codec:
                found.append(item)
    return found


MODELS = concrete_models()


def test_there_are_types_to_check() -> None:
    """The parametrised tests below have something to run on."""
    assert len(MODELS) > 150
    assert len(SERVER_EVENTS) > 55
    assert len(CLIENT_EVENTS) > 18


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_type_survives(model: type[Model]) -> None:
    """What a type reads it writes again, and the JSON of a value reads as its equal."""

    @few
    @given(wire_json(model))
    def check(value: dict[str, Any]) -> None:
        typed = model.from_dict(value)
        assert typed.as_dict() == value
        assert json.loads(typed.to_json()) == value
        assert model.from_json(typed.to_json()) == typed

    check()


@pytest.mark.parametrize("wire", SERVER_EVENTS)
def test_unknown_fields_arrive(wire: str) -> None:
    """A server event with unknown fields at any depth is typed and loses nothing."""

    @few
    @given(with_unknown_fields(SERVER_EVENTS[wire]))
    def check(value: dict[str, Any]) -> None:
        frame = json.dumps(value)
        event = decode_server_event(frame)
        assert type(event) is SERVER_EVENTS[wire]
        assert event.type == wire
        assert event.raw == frame
        assert event.as_dict() == value

    check()


@pytest.mark.parametrize("wire", SERVER_EVENTS)
def test_unknown_variants_arrive(wire: str) -> None:
    """A server event with unknown nested kinds is typed and loses nothing."""

    @few
    @given(with_unknown_variants(SERVER_EVENTS[wire]))
    def check(value: dict[str, Any]) -> None:
        event = decode_server_event(json.dumps(value))
        assert type(event) is SERVER_EVENTS[wire]
        assert event.as_dict() == value

    check()


@few
@given(NAMES, st.dictionaries(NAMES, st.text() | st.integers() | st.none()))
def test_unknown_events_arrive(name: str, fields: dict[str, Any]) -> None:
    """An event of an unknown type is delivered whole."""
    value = {"type": f"new.{name}", "event_id": "event_1", **fields}
    event = decode_server_event(json.dumps(value))
    assert type(event) is UnknownServerEvent
    assert str(event.type) == f"new.{name}"
    assert event.event_id == "event_1"
    assert event.as_dict() == value


@settings(few, max_examples=200)
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_frame_becomes_an_event(frame: bytes | str) -> None:
    """Decoding never raises, and the frame is kept."""
    event = decode_server_event(frame)
    assert event.raw == frame
    assert isinstance(event.as_dict(), dict)
    assert isinstance(event, InvalidServerEvent)
    assert event.error


@pytest.mark.parametrize("wire", CLIENT_EVENTS)
def test_client_events_survive(wire: str) -> None:
    """What a client event says is what arrives."""

    @few
    @given(wire_json(CLIENT_EVENTS[wire]))
    def check(value: dict[str, Any]) -> None:
        event = decode_client_event(json.dumps(value))
        assert type(event) is CLIENT_EVENTS[wire]
        assert json.loads(encode(event)) == value

    check()
