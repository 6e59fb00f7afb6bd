"""View of a received event by wire names, whether or not it was decoded as its type."""

from __future__ import annotations

from typing import Any

import pybase64

from voicelive_core.codec import InvalidEvent, UnknownEvent
from voicelive_core.model import Event, Model


class Peek:
    """Type, identifiers and fields of a received event.

    State tracking reads events through it, so that an event with invalid fields
    (`InvalidServerEvent`) still advances the state. Nothing here raises: a field that
    is absent or of another type reads as None.

    Args:
        event: The event.

    Attributes:
        event: The event.
        fields: The event, or its JSON if it could not be decoded as its type.
        type: Its wire name; "" for a frame without one.
    """

    __slots__ = ("event", "fields", "type")

    def __init__(self, event: Event) -> None:
        self.event: Event = event
        self.fields: Any = event
        self.type: str
        if isinstance(event, InvalidEvent):
            self.type, self.fields = event.wire_type, event.data
        elif isinstance(event, UnknownEvent):
            self.type, self.fields = str(event.data.get("type", "")), event.data
        else:
            self.type = str(event.type)  # type: ignore[attr-defined]

    def get(self, *path: str) -> Any:
        """Return a field by its path.

        Args:
            path: Wire names, outermost first: `get("response", "status")`.

        Returns:
            A typed value, or plain JSON if the event could not be decoded as its type;
            None for an absent field.
        """
        value = self.fields
        for name in path:
            if not isinstance(value, Model | dict):
                return None
            value = value.get(name)
        return value

    def text(self, *path: str) -> str | None:
        """Return a field like `get`; None if it is not a string."""
        value = self.get(*path)
        return value if isinstance(value, str) else None

    @property
    def response_id(self) -> str | None:
        """The response that the event belongs to."""
        return self.text("response_id") or self.text("response", "id")

    @property
    def item_id(self) -> str | None:
        """The item that the event belongs to."""
        return self.text("item_id") or self.text("item", "id")

    @property
    def call_id(self) -> str | None:
        """The function call that the event belongs to."""
        return self.text("call_id") or self.text("item", "call_id")

    @property
    def audio_size(self) -> int:
        """Bytes of audio in `delta`; 0 if it is absent or invalid."""
        delta = self.get("delta")
        if isinstance(delta, str):
            try:
                return len(pybase64.b64decode(delta, validate=True))
            except ValueError:
                return 0
        return len(delta) if isinstance(delta, bytes) else 0


def peek(event: Event) -> Peek:
    """Return the view of an event by wire names."""
    return Peek(event)
