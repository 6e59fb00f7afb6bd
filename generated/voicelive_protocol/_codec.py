# Generated from schema/ by `make generate`. Do not edit.
"""Frames to typed events and back, with nothing lost."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import msgspec

from voicelive_protocol._convert import convert, read_leniently
from voicelive_protocol._json import encode_plain, parse
from voicelive_protocol._model import keep_problems, keep_source
from voicelive_protocol._problems import FieldError
from voicelive_protocol._scalars import decode_hook
from voicelive_protocol.client_events import AnyClientEvent, ClientEvent
from voicelive_protocol.discriminators import ServerEventType
from voicelive_protocol.registry import CLIENT_EVENTS, SERVER_EVENTS
from voicelive_protocol.server_events import AnyServerEvent, ServerEvent

Frame: TypeAlias = bytes | str
"""One WebSocket message: JSON text, decoded or still in UTF-8."""

# What decoding a frame from anywhere can raise: not JSON, JSON that does not fit,
# broken UTF-8, nesting beyond the interpreter's stack.
_DECODE_ERRORS = (msgspec.DecodeError, ValueError, RecursionError)


if TYPE_CHECKING:

    class _Unlisted(Enum):
        # A wire name that is none of `ServerEventType`. As a type of its own it lets
        # `event.type == ServerEventType.X` rule these events out.
        TYPE = "unlisted"


class UnknownServerEvent(ServerEvent, kw_only=True):
    """An event of a type that came after this version, kept whole.

    Attributes:
        type: The wire name of the event, a string.
        data: The event as it was sent.
    """

    data: dict[str, Any]

    if TYPE_CHECKING:
        type: ClassVar[Literal[_Unlisted.TYPE]]
    else:

        @property
        def type(self):
            """The wire name of the event."""
            return ServerEventType(self.data["type"])

    def as_dict(self) -> dict[str, Any]:
        """The event as it was sent."""
        return dict(self.data)

    def to_json(self) -> bytes:
        """The event as it was sent."""
        return encode_plain(self.data)


class InvalidServerEvent(ServerEvent, kw_only=True):
    """A frame that cannot be read as an event, kept whole.

    Either a known event without what it is about (its identifiers, its `response`, its
    `delta`), or not a JSON object with a `type`. `raw` has the frame itself.

    Attributes:
        type: Always "": code that asks for a type must not meet an event without the
            fields of that type. `wire_type` has what the frame says.
        error: What is wrong, with the field and the value where there is one.
        data: The decoded JSON, or None when the frame is not JSON.
    """

    error: str
    data: Any = None

    if TYPE_CHECKING:
        type: ClassVar[Literal[_Unlisted.TYPE]]
    else:
        type: ClassVar[str] = ""

    @property
    def wire_type(self) -> str:
        """The wire name that the frame gives, "" when it gives none."""
        return _text(self.data, "type") or ""

    def as_dict(self) -> dict[str, Any]:
        """The event as it was sent, empty when it is no JSON object."""
        return dict(self.data) if isinstance(self.data, dict) else {}

    def to_json(self) -> bytes:
        """The frame as it was sent."""
        raw = self.raw
        if raw is None:
            return encode_plain(self.data)
        return raw.encode() if isinstance(raw, str) else raw


ReceivedEvent: TypeAlias = AnyServerEvent | UnknownServerEvent | InvalidServerEvent
"""Everything that `decode_server_event` returns."""


@cache
def _server_decoder() -> msgspec.json.Decoder[AnyServerEvent]:
    return msgspec.json.Decoder(AnyServerEvent, dec_hook=decode_hook)


@cache
def _client_decoder() -> msgspec.json.Decoder[AnyClientEvent]:
    return msgspec.json.Decoder(AnyClientEvent, dec_hook=decode_hook)


def decode_server_event(frame: Frame, *, strict: bool = False) -> ReceivedEvent:
    """Read one frame that the service sent.

    Whatever the frame holds becomes an event: an unknown type `UnknownServerEvent`, an
    unknown variant of a nested union `UnknownModel` inside the typed event, and what
    cannot be read `InvalidServerEvent`. A nested value that does not fit is left out
    and reported in `problems` of the typed event. Every event keeps its frame in `raw`.

    Args:
        frame: JSON text.
        strict: Raise for all of these instead.

    Raises:
        msgspec.DecodeError: Only when `strict`: not JSON, or not as the schema says.
        ValueError: Only when `strict`: broken UTF-8, or a time out of range.
        RecursionError: Only when `strict`: nested too deeply.
    """
    event: ReceivedEvent
    try:
        event = _server_decoder().decode(frame)
        if isinstance(frame, bytes) and not frame.isascii():
            # The decoder does not look at text that it has no field for.
            frame.decode()
    except _DECODE_ERRORS as error:
        if strict:
            raise
        event = _recover(frame, error)
    keep_source(event, frame)
    return event


def _recover(frame: Frame, reason: Exception) -> ReceivedEvent:
    """Read what the closed decoder refused."""
    try:
        data = parse(frame)
    except _DECODE_ERRORS as error:
        return InvalidServerEvent._construct(error=f"not JSON: {error}")
    event_id = _text(data, "event_id")
    kind = _text(data, "type")
    if kind is None:
        error_text = "not an event: no JSON object with a `type`"
        return InvalidServerEvent._construct(error=error_text, data=data)
    event_class = SERVER_EVENTS.get(kind)
    if event_class is None:
        return UnknownServerEvent._construct(event_id=event_id, data=data)
    event: AnyServerEvent
    try:
        event, problems = read_leniently(data, event_class)
    except (FieldError, RecursionError) as error:
        return InvalidServerEvent._construct(
            event_id=event_id, error=str(error) or str(reason), data=data
        )
    keep_problems(event, problems)
    return event


class InvalidClientEvent(ValueError):
    """A frame from a client cannot be read.

    Attributes:
        kind: `json` (not a JSON object), `type` (no type), `unknown_type`, `missing` (a
            required field) or `value` (a field that does not fit).
        message: What is wrong.
        param: The offending field as a dotted path, where there is one.
        expected: What the field takes, where there is one.
        value: What it had.
        event_type: The event's type, if it said one.
        event_id: The client's id for the event, if it gave one.
    """

    def __init__(
        self,
        kind: Literal["json", "type", "unknown_type", "missing", "value"],
        message: str,
        *,
        data: Any = None,
        param: str | None = None,
        expected: str | None = None,
        value: Any = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.param = param
        self.expected = expected
        self.value = value
        self.event_type: str | None = _text(data, "type")
        self.event_id: str | None = _text(data, "event_id")


def decode_client_event(frame: Frame) -> AnyClientEvent:
    """Read one frame that a client sent, as strictly as the schema is.

    Unknown variants of nested unions are still read as `UnknownModel`.

    Raises:
        InvalidClientEvent: With the field, the value and the client's event id.
    """
    try:
        return _client_decoder().decode(frame)
    except _DECODE_ERRORS:
        pass
    try:
        data = parse(frame)
    except _DECODE_ERRORS as error:
        raise InvalidClientEvent("json", f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise InvalidClientEvent("json", "not a JSON object")
    kind = _text(data, "type")
    if kind is None:
        message = "an event needs a `type` that is a string"
        raise InvalidClientEvent("type", message, data=data, param="type")
    event_class = CLIENT_EVENTS.get(kind)
    if event_class is None:
        message = f"unknown event type {kind!r}"
        raise InvalidClientEvent(
            "unknown_type", message, data=data, param="type", value=kind
        )
    try:
        event: AnyClientEvent = convert(data, event_class, event_class.__name__)
    except FieldError as error:
        raise InvalidClientEvent(
            "missing" if error.value is msgspec.UNSET else "value",
            str(error),
            data=data,
            param=error.path.partition(".")[2],
            expected=error.expected,
            value=None if error.value is msgspec.UNSET else error.value,
        ) from None
    except RecursionError:
        raise InvalidClientEvent("json", "nested too deeply", data=data) from None
    return event


def _text(data: Any, key: str) -> str | None:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, str) else None


__all__ = [
    "ClientEvent",
    "Frame",
    "InvalidClientEvent",
    "InvalidServerEvent",
    "ReceivedEvent",
    "UnknownServerEvent",
    "decode_client_event",
    "decode_server_event",
]
