"""Decoders of frames: lenient for server events, strict for client events."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import msgspec

from voicelive_core.convert import convert, read_leniently
from voicelive_core.json import encode_plain, parse
from voicelive_core.model import Event, keep_problems, keep_source
from voicelive_core.problems import FieldError
from voicelive_core.scalars import decode_hook

Frame: TypeAlias = bytes | str
"""One WebSocket message: JSON text, decoded or in UTF-8."""

_E = TypeVar("_E", bound=Event)

# Errors of decoding arbitrary input: not JSON, JSON that does not fit, invalid UTF-8,
# nesting beyond the interpreter's stack.
_DECODE_ERRORS = (msgspec.DecodeError, ValueError, RecursionError)


class UnknownEvent:
    """Mixin for an event of a type that the schema does not have.

    Attributes:
        data: The event as decoded JSON.
    """

    __slots__ = ()

    data: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the event as it was received."""
        return dict(self.data)

    def to_json(self) -> bytes:
        """Return the event as it was received."""
        return encode_plain(self.data)


class InvalidEvent:
    """Mixin for a frame that cannot be decoded as an event.

    Attributes:
        error: The reason, with field and value where there is one.
        data: The decoded JSON; None if the frame is not JSON.
    """

    __slots__ = ()

    error: str
    data: Any

    if TYPE_CHECKING:

        @property
        def raw(self) -> Frame | None:
            """The frame; a property of `Event`."""

    @property
    def wire_type(self) -> str:
        """The `type` in the frame; "" if there is none."""
        return _text(self.data, "type") or ""

    def as_dict(self) -> dict[str, Any]:
        """Return the event as it was received; empty if it is not a JSON object."""
        return dict(self.data) if isinstance(self.data, dict) else {}

    def to_json(self) -> bytes:
        """Return the frame as it was received."""
        raw = self.raw
        if raw is None:
            return encode_plain(self.data)
        return raw.encode() if isinstance(raw, str) else raw


class ServerEventDecoder(Generic[_E]):
    """Decoder of the frames that a service sends.

    Args:
        union: The union of all event classes.
        events: The event classes by wire name.
        unknown: The class for events of other types, an `UnknownEvent`.
        invalid: The class for frames that cannot be decoded, an `InvalidEvent`.
    """

    def __init__(
        self,
        union: Any,
        events: Mapping[str, type[_E]],
        *,
        unknown: type[_E],
        invalid: type[_E],
    ) -> None:
        self._union = union
        self._events = events
        self._unknown = unknown
        self._invalid = invalid

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Any]:
        # Created with the first event: it takes longer than an import should.
        return msgspec.json.Decoder(self._union, dec_hook=decode_hook)

    def decode(self, frame: Frame, *, strict: bool = False) -> _E:
        """Decode one frame that the service sent.

        Any frame becomes an event: an unknown type `UnknownServerEvent`, an unknown
        variant of a nested union `UnknownModel` inside the typed event, and a frame
        that cannot be decoded `InvalidServerEvent`. A nested value that does not fit is
        left out and reported in `problems` of the typed event. Every event keeps its
        frame in `raw`.

        Args:
            frame: JSON text.
            strict: Raise for all of these instead.

        Raises:
            msgspec.DecodeError: Only if `strict`: the frame is not JSON, or does not
                fit the schema.
            ValueError: Only if `strict`: invalid UTF-8, or a time out of range.
            RecursionError: Only if `strict`: nested too deeply.
        """
        event: _E
        try:
            event = self._decoder.decode(frame)
            if isinstance(frame, bytes) and not frame.isascii():
                # The decoder does not validate text of unknown fields.
                frame.decode()
        except _DECODE_ERRORS as error:
            if strict:
                raise
            event = self._recover(frame, error)
        keep_source(event, frame)
        return event

    def _recover(self, frame: Frame, reason: Exception) -> _E:
        """Decode a frame that the closed decoder rejected."""
        try:
            data = parse(frame)
        except _DECODE_ERRORS as error:
            return self._invalid._construct(error=f"not JSON: {error}")
        event_id = _text(data, "event_id")
        kind = _text(data, "type")
        if kind is None:
            error_text = "not an event: no JSON object with a `type`"
            return self._invalid._construct(error=error_text, data=data)
        event_class = self._events.get(kind)
        if event_class is None:
            return self._unknown._construct(event_id=event_id, data=data)
        event: _E
        try:
            event, problems = read_leniently(data, event_class)
        except (FieldError, RecursionError) as error:
            return self._invalid._construct(
                event_id=event_id, error=str(error) or str(reason), data=data
            )
        keep_problems(event, problems)
        return event


class InvalidClientEvent(ValueError):
    """A frame from a client cannot be decoded.

    Attributes:
        kind: `json` (not a JSON object), `type` (no type), `unknown_type`, `missing` (a
            required field) or `value` (a field that does not fit).
        message: The reason.
        param: The offending field as a dotted path, where there is one.
        expected: Description of the values that the field takes, where there is one.
        value: The value of the field.
        event_type: The event's `type`, if it has one.
        event_id: The client's id for the event, if it has one.
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


class ClientEventDecoder(Generic[_E]):
    """Decoder of the frames that a client sends.

    Args:
        union: The union of all event classes.
        events: The event classes by wire name.
    """

    def __init__(self, union: Any, events: Mapping[str, type[_E]]) -> None:
        self._union = union
        self._events = events

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self._union, dec_hook=decode_hook)

    def decode(self, frame: Frame) -> _E:
        """Decode one frame that a client sent, strictly.

        Unknown variants of nested unions are decoded as `UnknownModel`.

        Raises:
            InvalidClientEvent: With the field, the value and the client's event id.
        """
        event: _E
        try:
            event = self._decoder.decode(frame)
        except _DECODE_ERRORS:
            return self._recover(frame)
        return event

    def _recover(self, frame: Frame) -> _E:
        """Decode a frame that the closed decoder rejected, or say why not."""
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
        event_class = self._events.get(kind)
        if event_class is None:
            message = f"unknown event type {kind!r}"
            raise InvalidClientEvent(
                "unknown_type", message, data=data, param="type", value=kind
            )
        try:
            event: _E = convert(data, event_class, event_class.__name__)
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
