"""Encoding of client messages: events, mappings or JSON text to a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from voicelive._connection.voice_check import check_voice
from voicelive_protocol import ClientEvent, ClientMessage, Model, check_fields, encode


def to_frame(event: ClientMessage) -> bytes:
    """Return a message as JSON in UTF-8; JSON text is returned unchanged.

    Raises:
        TypeError: The event has an unsupported type, or a field has no JSON form.
        ValueError: The event contains itself, or a value in it does not fit its field.
    """
    # First, since the check for a mapping is slow when it fails.
    if isinstance(event, bytes):
        return event
    if isinstance(event, ClientEvent | Mapping):
        try:
            check_fields(event)
            check_voice(event)
            return encode(event)
        except (TypeError, RecursionError):
            return _encode_slowly(event)
    if isinstance(event, str):
        # A lone surrogate becomes its escape, which means the same in JSON.
        return event.encode(errors="backslashreplace")
    if isinstance(event, bytearray | memoryview):
        return bytes(event)
    raise TypeError(
        "send() takes a client event, a mapping, or JSON text, "
        f"not {type(event).__name__}"
    )


def describe(event: ClientMessage) -> str:
    """Return the type of an event for the log."""
    if isinstance(event, ClientEvent):
        return str(getattr(event, "type", type(event).__name__))
    if isinstance(event, Mapping):
        return str(event.get("type"))
    return "JSON text"


def _encode_slowly(event: ClientEvent | Mapping[str, Any]) -> bytes:
    """Encode mappings of any type, or name the field that cannot be encoded."""
    try:
        return encode(_plain(event, ""))
    except RecursionError:
        raise ValueError("the event is nested too deeply, or contains itself") from None


def _plain(value: object, path: str) -> object:
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                where = path or "event"
                raise TypeError(f"{where}: keys must be strings, not {key!r}")
        return {k: _plain(v, f"{path}.{k}" if path else k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{i}]") for i, item in enumerate(value)]
    try:
        encode(value)
    except TypeError as error:
        if isinstance(value, Model):
            return _plain(_fields(value), path)
        raise TypeError(f"{path}: {error}") from None
    return value


def _fields(model: Model) -> dict[str, Any]:
    """Return the set fields of a model by wire name, with its tag."""
    names = zip(model.__struct_fields__, model.__struct_encode_fields__, strict=True)
    fields = {wire: getattr(model, name) for name, wire in names}
    tag_field = model.__struct_config__.tag_field
    if tag_field is not None:
        fields[tag_field] = model.__struct_config__.tag
    return {wire: value for wire, value in fields.items() if value is not UNSET}
