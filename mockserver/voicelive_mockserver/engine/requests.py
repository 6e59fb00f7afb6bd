"""Decoding and validation of client frames."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from math import isfinite
from typing import Any

import pybase64

from voicelive_mockserver.engine.errors import (
    RequestError,
    invalid_type,
    missing,
    rejected,
)
from voicelive_mockserver.engine.json_templates import encode
from voicelive_protocol import (
    CLIENT_EVENTS,
    AnyClientEvent,
    ClientEventInputAudioBufferAppend,
    ClientEventRtcCallSdpCreate,
    ClientEventSessionUpdate,
    InvalidClientEvent,
    decode_client_event,
    is_available,
    parse,
)

MAX_REQUEST_BYTES = 1 << 20
"""The maximum size of a request in bytes, without the audio and images in it."""

_MAX_CACHED_REQUEST_BYTES = 256
"""The maximum size in bytes of a cached request. Short requests are often repeated."""

# Matches numbers that may be invalid JSON or out of the range of floats.
_NOT_JSON = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}")

_BULK = re.compile(rb'"[A-Za-z0-9+/=:;,]{4096,}"')  # with the head of a data URL
_MAX_FAST_APPEND_BYTES = 1 << 20
_APPEND = encode({"type": ClientEventInputAudioBufferAppend.type, "audio": ""})[:-2]
_SPACED_APPEND = re.compile(
    re.escape(_APPEND).replace(b":", b": ?").replace(b",", b", ?")
)


def read_append(frame: bytes) -> bytes | None:
    """Return the audio of a small `input_audio_buffer.append` without other keys.

    These are nearly all frames of a voice session, and this fast path takes a quarter
    of the time of `decode_request`, which decodes all other frames.

    Args:
        frame: The payload of a text message.

    Returns:
        The audio, or `None` if the frame needs `decode_request`.
    """
    if frame.startswith(_APPEND):
        start = len(_APPEND)
    else:
        head = _SPACED_APPEND.match(frame)
        if head is None:
            return None
        start = head.end()
    if len(frame) > _MAX_FAST_APPEND_BYTES or not frame.endswith(b'"}'):
        return None
    try:
        # The base64 alphabet has no quote, so the rest of the frame is one string.
        return pybase64.b64decode(frame[start:-2], validate=True)
    except ValueError:
        return None


def may_be_long(frame: bytes) -> bool:
    """Return whether a frame is within the size limit without its base64 content.

    Args:
        frame: The payload of a text message.
    """
    bulk = sum(found.end() - found.start() for found in _BULK.finditer(frame))
    return len(frame) - bulk <= MAX_REQUEST_BYTES


def decode_request(frame: bytes, api_version: str) -> AnyClientEvent:
    """Decode one client frame.

    Args:
        frame: The payload of a text message.
        api_version: The API version of the connection; event types that it does not
            have are unknown.

    Raises:
        InvalidClientEvent: The frame is invalid; `rejection` returns the error of the
            service.
    """
    # Commits, response requests and similar frames are often identical.
    decode = _remembered_event if len(frame) <= _MAX_CACHED_REQUEST_BYTES else _event
    return decode(frame, api_version)


def _check_numbers(frame: bytes) -> None:
    """Reject numbers that are invalid JSON or out of the range of floats.

    The `json` module accepts them; decoding falls back to it for lone surrogates.

    Raises:
        InvalidClientEvent: The frame has such a number.
    """
    try:
        json.loads(  # noqa: TID251 - the only parser with hooks for numbers
            frame.decode(), parse_constant=_refused_number, parse_float=_checked_float
        )
    except (ValueError, RecursionError) as error:
        raise InvalidClientEvent("json", f"not JSON: {error}") from None


def _refused_number(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _checked_float(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"a number out of range: {text[:20]}")
    return value


def _event(frame: bytes, api_version: str) -> AnyClientEvent:
    if _NOT_JSON.search(frame):
        _check_numbers(frame)
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


_remembered_event = lru_cache(maxsize=512)(_event)


Check = Callable[[Any, Mapping[str, Any], str], None]
"""Validates an object, decoded and as sent, against an API version."""


def checked_object(
    event: AnyClientEvent, frame: bytes, key: str, check: Check, api_version: str
) -> Mapping[str, Any]:
    """Return a validated object inside a request as it was sent.

    Args:
        event: The decoded request.
        frame: The request.
        key: A top-level key of the frame.
        check: The validation of the object, unless it is absent.
        api_version: The API version of the connection.

    Returns:
        The object, which must not be modified: identical short requests share it.
        Empty if the key is absent or null.

    Raises:
        RequestError: The object is invalid.
    """
    if len(frame) <= _MAX_CACHED_REQUEST_BYTES:
        return _remembered_object(frame, key, check, api_version)
    return _checked_object(event, frame, key, check, api_version)


def _checked_object(
    event: AnyClientEvent, frame: bytes, key: str, check: Check, api_version: str
) -> Mapping[str, Any]:
    sent = raw_object(frame, key)
    if sent:
        check(getattr(event, key), sent, api_version)
    return sent


@lru_cache(maxsize=512)
def _remembered_object(
    frame: bytes, key: str, check: Check, api_version: str
) -> Mapping[str, Any]:
    event = _remembered_event(frame, api_version)
    return _checked_object(event, frame, key, check, api_version)


def is_missing_offer(problem: InvalidClientEvent, api_version: str) -> bool:
    """Return whether a frame is the offer of a WebRTC call without its SDP.

    Args:
        problem: The decoding error of the frame.
        api_version: The API version of the connection.
    """
    return (
        problem.event_type == ClientEventRtcCallSdpCreate.type
        and ClientEventRtcCallSdpCreate.type in _event_types(api_version)
        and problem.param == "sdp_offer"
        and problem.value in (None, "")
    )


def rejection(problem: InvalidClientEvent) -> RequestError:
    """Return the error of the service for an invalid frame."""
    param = problem.param
    match problem.kind:
        case "json":
            return rejected("invalid_json", problem=problem.message)
        case "unknown_type":
            return rejected("invalid_event", event_type=problem.value)
        case "type":
            return missing("type")
        case _ if (
            problem.event_type == ClientEventSessionUpdate.type and param != "session"
        ):
            place, _, key = (param or "").rpartition(".")
            if problem.kind == "missing" and key == "type":
                return rejected("missing_tag", place=place, tag=key)
            return rejected("invalid_field", param=param, problem=_wanted(problem))
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
        key: A top-level key of the frame.

    Returns:
        The object; empty if the key is absent or null.

    Raises:
        RequestError: A field that `decode_request` skipped has invalid text or too
            deep nesting.
    """
    try:
        found: dict[str, Any] | None = parse(frame).get(key)
    except (ValueError, RecursionError) as error:
        raise rejected("invalid_json", problem=error) from None
    return found or {}


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
