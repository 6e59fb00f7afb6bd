# Generated from schema/ by `make generate`. Do not edit.
"""Decoders of server and client events."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from voicelive_core.codec import (
    ClientEventDecoder,
    Frame,
    InvalidEvent,
    ServerEventDecoder,
    UnknownEvent,
)
from voicelive_protocol.client_events import AnyClientEvent
from voicelive_protocol.discriminators import ServerEventType
from voicelive_protocol.registry import CLIENT_EVENTS, SERVER_EVENTS
from voicelive_protocol.server_events import AnyServerEvent, ServerEvent

if TYPE_CHECKING:

    class _Unlisted(Enum):
        # A wire name that is not in `ServerEventType`. As a type of its own it lets
        # `event.type == ServerEventType.X` rule these events out.
        TYPE = "unlisted"


class UnknownServerEvent(UnknownEvent, ServerEvent, kw_only=True):
    """An event of a type that the schema does not have, for services newer than it.

    Attributes:
        type: The wire name of the event, a string.
        data: The event as decoded JSON.
    """

    data: dict[str, Any]

    if TYPE_CHECKING:
        type: ClassVar[Literal[_Unlisted.TYPE]]
    else:

        @property
        def type(self):
            """The wire name of the event."""
            return ServerEventType(self.data["type"])


class InvalidServerEvent(InvalidEvent, ServerEvent, kw_only=True):
    """A frame that cannot be decoded as an event.

    It is either a known event without its subject (its identifiers, its `response`, its
    `delta`), or not a JSON object with a `type`. `raw` has the frame.

    Attributes:
        type: Always "": code that checks for a type must not get an event without the
            fields of that type. `wire_type` has the one in the frame.
        error: The reason, with field and value where there is one.
        data: The decoded JSON; None if the frame is not JSON.
    """

    error: str
    data: Any = None

    if TYPE_CHECKING:
        type: ClassVar[Literal[_Unlisted.TYPE]]
    else:
        type: ClassVar[str] = ""


ReceivedEvent: TypeAlias = AnyServerEvent | UnknownServerEvent | InvalidServerEvent
"""Everything that `decode_server_event` returns."""

_server_decoder: ServerEventDecoder[ReceivedEvent] = ServerEventDecoder(
    AnyServerEvent,
    SERVER_EVENTS,
    unknown=UnknownServerEvent,
    invalid=InvalidServerEvent,
)
_client_decoder: ClientEventDecoder[AnyClientEvent] = ClientEventDecoder(
    AnyClientEvent, CLIENT_EVENTS
)

if TYPE_CHECKING:

    def decode_server_event(frame: Frame, *, strict: bool = False) -> ReceivedEvent:
        """Decode one frame that the service sent; see `ServerEventDecoder.decode`."""
        raise NotImplementedError

    def decode_client_event(frame: Frame) -> AnyClientEvent:
        """Decode one frame that a client sent; see `ClientEventDecoder.decode`."""
        raise NotImplementedError

else:
    decode_server_event = _server_decoder.decode
    decode_client_event = _client_decoder.decode
