"""Accessors for client events in any form: models, mappings, JSON text."""

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
"""An event of which fields can be read with `get`."""


class _Type(msgspec.Struct):
    # Reads the type alone: most of what is sent is audio.
    type: str | None = None


# Turn keeping looks at nothing else.
_TURN_EVENTS = frozenset(
    {
        ClientEventType.RESPONSE_CREATE,
        ClientEventType.RESPONSE_CANCEL,
        ClientEventType.CONVERSATION_ITEM_CREATE,
    }
)


def turn_event(event: ClientMessage) -> Fields | None:
    """Return the fields of an event that has to do with turns; None for all others."""
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
        # The connection refuses it, or the service does.
        return None
    is_one = isinstance(fields, dict) and _is_turn_event(fields.get("type"))
    return fields if is_one else None


def _is_turn_event(kind: object) -> bool:
    return isinstance(kind, str) and kind in _TURN_EVENTS


def with_event_id(event: Fields, event_id: str) -> Fields:
    """A copy of the event with an `event_id`, by which an error will name it."""
    if isinstance(event, ClientEvent):
        copied = copy.copy(event)
        copied.event_id = event_id
        return copied
    return {**event, "event_id": event_id}


def is_out_of_band(event: Fields) -> bool:
    """Whether a `response.create` is for a response outside of the conversation."""
    conversation = within(event.get("response"), "conversation")
    return conversation == ResponseConversation.NONE


def cancels_previous(event: Fields) -> bool:
    """Whether a `response.create` says that a running response shall end for it."""
    return within(event.get("response"), "cancel_previous") is True


def answered_call(event: Fields) -> str | None:
    """The call that a `conversation.item.create` has the output of, if it has one."""
    item = event.get("item")
    if within(item, "type") != ItemType.FUNCTION_CALL_OUTPUT:
        return None
    call_id = within(item, "call_id")
    return call_id if isinstance(call_id, str) else None


def within(value: object, key: str) -> object:
    """Return a field of a model or a mapping by its wire name; None without one."""
    return value.get(key) if isinstance(value, Model | Mapping) else None
