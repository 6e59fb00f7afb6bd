"""Accessors for client events of any form: models, mappings, JSON text."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from voicelive_protocol import (
    ClientEvent,
    ClientEventType,
    ClientMessage,
    ItemType,
    Model,
    ResponseConversation,
    parse,
)

Fields: TypeAlias = ClientEvent | Mapping[str, Any]
"""An event whose fields can be read with `get`."""


class _Type(msgspec.Struct):
    # Decodes only the type, because most sent events are large audio events.
    type: str | None = None


# The only events that turn management handles.
_TURN_EVENTS = frozenset(
    {
        ClientEventType.RESPONSE_CREATE,
        ClientEventType.RESPONSE_CANCEL,
        ClientEventType.CONVERSATION_ITEM_CREATE,
    }
)


def turn_event(event: ClientMessage) -> Fields | None:
    """Return the fields of an event that affects turns; None for other events."""
    if isinstance(event, ClientEvent | Mapping):
        return event if _is_turn_event(event.get("type")) else None
    if not isinstance(event, str | bytes | bytearray | memoryview):
        return None
    text = event if isinstance(event, str) else bytes(event)
    with contextlib.suppress(ValueError, RecursionError):
        if not _is_turn_event(parse(text, _Type).type):
            return None
    try:
        fields = parse(text)
    except (ValueError, RecursionError):
        # The connection or the service reports the error.
        return None
    is_one = isinstance(fields, dict) and _is_turn_event(fields.get("type"))
    return fields if is_one else None


def _is_turn_event(kind: object) -> bool:
    return isinstance(kind, str) and kind in _TURN_EVENTS


def with_event_id(event: Fields, event_id: str) -> Fields:
    """Return a copy of an event with an `event_id`, which errors refer to."""
    if isinstance(event, ClientEvent):
        copied = copy.copy(event)
        copied.event_id = event_id
        return copied
    return {**event, "event_id": event_id}


def is_out_of_band(event: Fields) -> bool:
    """Whether a `response.create` requests an out-of-band response."""
    conversation = within(event.get("response"), "conversation")
    return conversation == ResponseConversation.NONE


def cancels_previous(event: Fields) -> bool:
    """Whether a `response.create` cancels the active response."""
    return within(event.get("response"), "cancel_previous") is True


def answered_call(event: Fields) -> str | None:
    """Return the `call_id` of the output in a `conversation.item.create`, if any."""
    item = event.get("item")
    if within(item, "type") != ItemType.FUNCTION_CALL_OUTPUT:
        return None
    call_id = within(item, "call_id")
    return call_id if isinstance(call_id, str) else None


def within(value: object, key: str) -> object:
    """Return a field of a model or mapping by its wire name; None if absent."""
    return value.get(key) if isinstance(value, Model | Mapping) else None
