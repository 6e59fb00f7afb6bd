"""Accessors for client events of any form: type, id, size of the audio."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import msgspec

from voicelive._connection.encode import to_frame
from voicelive_protocol import ClientEvent, ClientEventType, ClientMessage, parse

REALTIME_AUDIO = frozenset(
    {
        ClientEventType.INPUT_AUDIO_BUFFER_APPEND.value,
        ClientEventType.INPUT_AUDIO_TURN_APPEND.value,
    }
)
"""Types of the events that carry realtime input audio."""


class _Kind(msgspec.Struct):
    type: str = ""


def kind_of(event: ClientMessage) -> str:
    """Return the wire type of an event; "" if it has none."""
    if isinstance(event, ClientEvent):
        return str(event.type)
    if isinstance(event, Mapping):
        kind = event.get("type")
        return kind if isinstance(kind, str) else ""
    try:
        return parse(event, _Kind).type
    except (ValueError, TypeError, RecursionError):
        # The connection or the service reports the error.
        return ""


def plain(event: ClientMessage) -> dict[str, Any]:
    """Return an event as builtins with wire names, unset fields left out.

    Raises:
        TypeError, ValueError: As `VoiceLiveConnection.send`, or it is not an object.
    """
    decoded = parse(to_frame(event))
    if not isinstance(decoded, dict):
        raise ValueError("an event is a JSON object")
    return decoded


def with_id(event: ClientMessage, event_id: str) -> ClientMessage:
    """Return an event with an id: itself if it has one, else a copy."""
    if isinstance(event, ClientEvent):
        if isinstance(event.event_id, str):
            return event
        copied = copy.copy(event)
        copied.event_id = event_id
        return copied
    fields = event if isinstance(event, Mapping) else plain(event)
    return event if fields.get("event_id") else {**fields, "event_id": event_id}


def audio_bytes(event: ClientMessage) -> int:
    """Return the bytes of audio in an event of `REALTIME_AUDIO`."""
    if isinstance(event, ClientEvent):
        audio = getattr(event, "audio", b"")
    elif isinstance(event, Mapping):
        audio = event.get("audio", b"")
    else:
        audio = plain(event).get("audio", "")
    # Base64: four characters for three bytes.
    if isinstance(audio, str):
        return len(audio) * 3 // 4 - audio[-2:].count("=")
    return len(audio) if isinstance(audio, bytes | bytearray | memoryview) else 0
