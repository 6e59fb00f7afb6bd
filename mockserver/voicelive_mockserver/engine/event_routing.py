"""Event routing of WebRTC calls: control socket and data channel.

The one source is the vendor's guide to WebRTC of 30 April 2026. Where its tables and a
sentence below them differ about items of function calls, the tables are followed.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from voicelive_protocol import (
    ServerEventConversationItemCreated,
    ServerEventError,
    ServerEventResponseFunctionCallArgumentsDelta,
    ServerEventResponseFunctionCallArgumentsDone,
    ServerEventResponseOutputItemAdded,
    ServerEventResponseOutputItemDone,
    ServerEventRtcCallError,
    ServerEventRtcCallSdpCreated,
    ServerEventSessionCreated,
    ServerEventSessionUpdated,
    parse,
)

_CONTROL_TYPES = frozenset(
    {
        ServerEventRtcCallSdpCreated.type,
        ServerEventRtcCallError.type,
        ServerEventSessionCreated.type,
        ServerEventSessionUpdated.type,
        ServerEventError.type,
        ServerEventResponseFunctionCallArgumentsDelta.type,
        ServerEventResponseFunctionCallArgumentsDone.type,
    }
)
_ITEM_TYPES = frozenset(
    {
        ServerEventResponseOutputItemAdded.type,
        ServerEventResponseOutputItemDone.type,
        ServerEventConversationItemCreated.type,
    }
)


class _Item(Struct):
    type: str


class _ItemEvent(Struct):
    item: _Item


def data_channel_start(event_types: Sequence[str]) -> int:
    """Return from which event on the data channel of a new call is used.

    Args:
        event_types: The types of events that are sent together, in order.

    Returns:
        The index of the event that tells of the call; 0 when it is none of these.
    """
    created = ServerEventRtcCallSdpCreated.type
    return event_types.index(created) if created in event_types else 0


def goes_to_control_socket(event_type: str, frame: bytes) -> bool:
    """Return whether an event of a session with a call stays on its WebSocket.

    Args:
        event_type: The type of the event.
        frame: The event.
    """
    if event_type not in _ITEM_TYPES:
        return event_type in _CONTROL_TYPES
    return parse(frame, _ItemEvent).item.type == "function_call"
