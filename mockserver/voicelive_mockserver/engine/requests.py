"""Frames of a client, decoded or rejected."""

from functools import cache
from typing import Any

import msgspec

from voicelive_protocol import (
    CLIENT_EVENTS,
    AnyClientEvent,
    ClientEventSessionUpdate,
    InvalidClientEvent,
    UnknownModel,
    decode_client_event,
    is_available,
)

from .errors import RequestError, invalid_type, missing


def decode_request(frame: bytes, api_version: str) -> AnyClientEvent:
    """Read one frame that a client sent.

    Args:
        frame: The payload of a text message.
        api_version: The API version of the connection; what it does not have is
            unknown.

    Raises:
        InvalidClientEvent: The frame cannot be read; `rejection` tells what the
            service answers.
    """
    event = decode_client_event(frame)
    if event.type not in _event_types(api_version):
        raise InvalidClientEvent(
            "unknown_type",
            f"unknown event type {event.type!r}",
            data={"type": event.type, "event_id": event.event_id},
            param="type",
            value=event.type,
        )
    return event


def rejection(problem: InvalidClientEvent) -> RequestError:
    """Return what the service answers to a frame it cannot read."""
    param = problem.param
    match problem.kind:
        case "json":
            return RequestError(
                "invalid_json", f"The frame could not be parsed: {problem.message}."
            )
        case "unknown_type":
            return RequestError(
                "invalid_event",
                f"Unknown client event type: '{problem.value}'.",
                param="type",
            )
        case "type":
            return missing("type")
        case _ if problem.event_type == "session.update" and param != "session":
            return RequestError(
                "invalid_session_update_message",
                f"'{param}' is not valid: {_wanted(problem)}",
                param=param,
            )
        case "missing":
            return missing(param or "")
        case _:
            if isinstance(problem.value, str):
                return RequestError(
                    "invalid_value",
                    f"Invalid value for '{param}': {_wanted(problem)}",
                    param=param,
                )
            expected = problem.expected or "another type"
            return invalid_type(param or "", expected, problem.value)


def raw_object(frame: bytes, key: str) -> dict[str, Any]:
    """Return an object inside a frame as it was sent, unknown fields included.

    Args:
        frame: A frame that `decode_request` accepted.
        key: A key at the top of the frame.

    Returns:
        The object; empty when the key is absent or null.

    Raises:
        RequestError: There is broken text or bottomless nesting in a field that
            `decode_request` did not look at.
    """
    try:
        found: dict[str, Any] | None = msgspec.json.decode(frame).get(key)
    except (ValueError, RecursionError) as error:
        raise RequestError(
            "invalid_json", f"The frame could not be parsed: {error}."
        ) from None
    return found or {}


def check_variants(event: AnyClientEvent) -> None:
    """Reject an event with an object of a kind that the service does not know.

    Args:
        event: A decoded event.

    Raises:
        RequestError: There is one, such as a tool without a `type`.
    """
    path = _unknown_variant(event, "")
    if path is None:
        return
    if isinstance(event, ClientEventSessionUpdate):
        raise RequestError(
            "invalid_session_update_message",
            f"'{path}' is not valid: its type is missing or unknown.",
            param="type",
        )
    raise RequestError(
        "invalid_value",
        f"Invalid value: the type of '{path}' is missing or unknown.",
        param=f"{path}.type",
    )


def _unknown_variant(value: Any, path: str) -> str | None:
    """Return the path of the first object that decoded to no known type."""
    if isinstance(value, UnknownModel):
        return path
    if isinstance(value, msgspec.Struct):
        names = value.__struct_encode_fields__
        parts = [
            (f"{path}.{name}" if path else name, getattr(value, field))
            for name, field in zip(names, value.__struct_fields__, strict=True)
        ]
    elif isinstance(value, list):
        parts = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        return None
    found = (_unknown_variant(item, place) for place, item in parts)
    return next((place for place in found if place is not None), None)


@cache
def _event_types(api_version: str) -> frozenset[str]:
    return frozenset(
        name
        for name, event_class in CLIENT_EVENTS.items()
        if is_available(event_class.__name__, api_version)
    )


def _wanted(problem: InvalidClientEvent) -> str:
    if problem.kind == "missing":
        return "the field is required."
    value = repr(problem.value)
    shown = value if len(value) <= 40 else f"{value[:37]}..."
    return f"expected {problem.expected}, got {shown}."
