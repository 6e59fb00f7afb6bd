"""Accessors for client events of any form: models, mappings, JSON text."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias, overload

import msgspec

from voicelive._connection.encode import to_frame
from voicelive._connection.reading import audio_bytes, field
from voicelive_protocol import (
    ClientEvent,
    ClientEventType,
    ClientMessage,
    ResponseConversation,
    parse,
)

Fields: TypeAlias = ClientEvent | Mapping[str, Any]
"""An event whose fields can be read with `get`."""

REALTIME_AUDIO = frozenset(
    {
        ClientEventType.INPUT_AUDIO_BUFFER_APPEND.value,
        ClientEventType.INPUT_AUDIO_TURN_APPEND.value,
    }
)
"""Types of the events that carry realtime input audio."""


class _Type(msgspec.Struct):
    # Decodes only the type, because most sent events are large audio events.
    type: str = ""


def event_type(event: ClientMessage) -> str:
    """Return the wire type of an event; "" if it has none."""
    if isinstance(event, ClientEvent):
        return str(getattr(event, "type", ""))
    if isinstance(event, Mapping):
        kind = event.get("type")
        return kind if isinstance(kind, str) else ""
    try:
        return parse(event, _Type).type
    except (ValueError, TypeError, RecursionError):
        # The connection or the service reports the error.
        return ""


def read_fields(event: ClientMessage, types: Collection[str]) -> Fields | None:
    """Return the fields of an event if it has one of some types, else None."""
    if event_type(event) not in types:
        return None
    if isinstance(event, ClientEvent | Mapping):
        return event
    try:
        fields = parse(event)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def to_dict(event: ClientMessage) -> dict[str, Any]:
    """Return an event as builtins with wire names, unset fields left out.

    Raises:
        TypeError, ValueError: As `VoiceLiveConnection.send`, or it is not an object.
    """
    decoded = parse(to_frame(event))
    if not isinstance(decoded, dict):
        raise ValueError("an event is a JSON object")
    return decoded


@overload
def with_event_id(event: Fields, event_id: str) -> Fields: ...


@overload
def with_event_id(event: ClientMessage, event_id: str) -> ClientMessage: ...


def with_event_id(event: ClientMessage, event_id: str) -> ClientMessage:
    """Return an event with an id: itself if it has one, else a copy.

    Errors and acknowledgements refer to the id.
    """
    fields = event if isinstance(event, ClientEvent | Mapping) else to_dict(event)
    known = fields.get("event_id")
    if isinstance(known, str) and known:
        return event
    if isinstance(fields, ClientEvent):
        copied = copy.copy(fields)
        copied.event_id = event_id
        return copied
    return {**fields, "event_id": event_id}


def is_out_of_band(event: Fields) -> bool:
    """Return whether a `response.create` requests an out-of-band response."""
    conversation = field(event.get("response"), "conversation")
    return bool(conversation == ResponseConversation.NONE)


def audio_size(event: ClientMessage) -> int:
    """Return the bytes of audio in an event of `REALTIME_AUDIO`."""
    if isinstance(event, ClientEvent):
        audio = getattr(event, "audio", b"")
    elif isinstance(event, Mapping):
        audio = event.get("audio", b"")
    else:
        audio = to_dict(event).get("audio", "")
    return audio_bytes(audio)
