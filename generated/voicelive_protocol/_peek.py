# Generated from schema/ by `make generate`. Do not edit.
"""View of a received event by wire names, whether or not its typed read succeeded."""

from __future__ import annotations

from typing import Any

import pybase64

from voicelive_protocol._codec import (
    InvalidServerEvent,
    ReceivedEvent,
    UnknownServerEvent,
)
from voicelive_protocol._model import Model


class Peek:
    """Type, identifiers and fields of a received event.

    Code that follows a conversation reads events through it, so that an event which
    does not fit its type (`InvalidServerEvent`) still moves the state. Nothing here
    raises: what is absent, or is not of the expected kind, reads as None.

    Args:
        event: The event.

    Attributes:
        event: The event.
        fields: What has the fields: the event itself, or its JSON where the typed read
            failed.
        type: Its wire name; "" for a frame that gives none.
    """

    __slots__ = ("event", "fields", "type")

    def __init__(self, event: ReceivedEvent) -> None:
        self.event: ReceivedEvent = event
        self.fields: Any = event
        self.type: str
        if isinstance(event, InvalidServerEvent):
            self.type, self.fields = event.wire_type, event.data
        elif isinstance(event, UnknownServerEvent):
            self.type, self.fields = str(event.data.get("type", "")), event.data
        else:
            self.type = str(event.type)

    def get(self, *path: str) -> Any:
        """Read a field by the wire names that lead to it.

        Args:
            path: Wire names, from the event inwards: `get("response", "status")`.

        Returns:
            A typed value, or plain JSON values where the typed read failed; None for an
            absent field.
        """
        value = self.fields
        for name in path:
            if not isinstance(value, Model | dict):
                return None
            value = value.get(name)
        return value

    def text(self, *path: str) -> str | None:
        """Read a field like `get`; None if it is not a string."""
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
        """Bytes of audio in `delta`; 0 if there is none, or none that can be read."""
        delta = self.get("delta")
        if isinstance(delta, str):
            try:
                return len(pybase64.b64decode(delta, validate=True))
            except ValueError:
                return 0
        return len(delta) if isinstance(delta, bytes) else 0


def peek(event: ReceivedEvent) -> Peek:
    """Return the view of an event by wire names."""
    return Peek(event)
