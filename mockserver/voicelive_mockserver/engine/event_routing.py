"""Event routing of WebRTC calls: control socket and data channel.

The only source is the vendor's guide to WebRTC of 30 April 2026. Its tables and a
sentence below them differ about items of function calls; this follows the tables.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from voicelive_mockserver.engine.outbox import FrameSummary
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


class _ItemType(Struct):
    type: str


class _ItemEvent(Struct):
    item: _ItemType


class DataChannel:
    """The frames that a session with a WebRTC call sends on its data channel."""

    __slots__ = ("_frames",)

    def __init__(self) -> None:
        self._frames: list[bytes] = []

    def take(self) -> list[bytes]:
        """Return the frames of the data channel, and remove them."""
        frames, self._frames = self._frames, []
        return frames

    def divert(self, frames: list[bytes], summary: FrameSummary) -> list[bytes]:
        """Return the frames that stay on the WebSocket, and keep the others.

        Args:
            frames: Frames of a session with a call.
            summary: Their summary; afterwards, that of the returned frames.
        """
        start = _first_diverted(summary.types)
        kept: list[bytes] = []
        types: list[str] = []
        for index, (kind, frame) in enumerate(zip(summary.types, frames, strict=True)):
            if index < start or _stays_on_socket(kind, frame):
                kept.append(frame)
                types.append(kind)
            else:
                self._frames.append(frame)
        summary.types = types
        return kept


def _first_diverted(event_types: Sequence[str]) -> int:
    """Return the index of the first event that may go to the data channel.

    It is the event that creates the call, or 0 if that was sent before.
    """
    created = ServerEventRtcCallSdpCreated.type
    return event_types.index(created) if created in event_types else 0


def _stays_on_socket(event_type: str, frame: bytes) -> bool:
    if event_type not in _ITEM_TYPES:
        return event_type in _CONTROL_TYPES
    return parse(frame, _ItemEvent).item.type == "function_call"
