"""Frames of a client, decoded or rejected."""

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
"""How long a request may be, in bytes, apart from audio and images in it."""

_SHORT_REQUEST = 256
"""What is not longer, in bytes, is often sent again, and so remembered."""

# What may be a number that JSON does not have, or no float can hold.
_NOT_JSON = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}")

_BULK = re.compile(rb'"[A-Za-z0-9+/=:;,]{4096,}"')  # with the head of a data URL
_SMALL_APPEND = 1 << 20
_APPEND = encode({"type": ClientEventInputAudioBufferAppend.type, "audio": ""})[:-2]
_SPACED_APPEND = re.compile(
    re.escape(_APPEND).replace(b":", b": ?").replace(b",", b", ?")
)


def read_append(frame: bytes) -> bytes | None:
    """Return the audio of a small `input_audio_buffer.append` with nothing else in it.

    These are nearly all frames of a voice session, and this takes a quarter of the
    time of `decode_request`, which must read whatever this does not.

    Args:
        frame: The payload of a text message.

    Returns:
        The audio, or `None` when the frame is another one or written in another way.
    """
    if frame.startswith(_APPEND):
        start = len(_APPEND)
    else:
        head = _SPACED_APPEND.match(frame)
        if head is None:
            return None
        start = head.end()
    if len(frame) > _SMALL_APPEND or not frame.endswith(b'"}'):
        return None
    try:
        # The alphabet of base64 has no quote: this is one string and nothing more.
        return pybase64.b64decode(frame[start:-2], validate=True)
    except ValueError:
        return None


def may_be_long(frame: bytes) -> bool:
    """Tell whether nearly all of a frame is audio or an image in base64.

    Args:
        frame: The payload of a text message.
    """
    bulk = sum(found.end() - found.start() for found in _BULK.finditer(frame))
    return len(frame) - bulk <= MAX_REQUEST_BYTES


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
    if _NOT_JSON.search(frame):
        _check_numbers(frame)
    # Commits, requests for responses and the like are often the same, byte by byte.
    decode = _remembered_event if len(frame) <= _SHORT_REQUEST else _event
    return decode(frame, api_version)


def _check_numbers(frame: bytes) -> None:
    """Reject numbers that JSON does not have, or no float can hold.

    Python reads them, which decoding falls back to for lone surrogates.

    Raises:
        InvalidClientEvent: There is one.
    """
    try:
        json.loads(  # noqa: TID251 - nothing else says what a number is
            frame.decode(), parse_constant=_refused_number, parse_float=_checked_float
        )
    except (ValueError, RecursionError) as error:
        raise InvalidClientEvent("json", f"not JSON: {error}") from None


def _refused_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _checked_float(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"a number out of range: {text[:20]}")
    return value


def _event(frame: bytes, api_version: str) -> AnyClientEvent:
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
"""Rejects what an API version does not have in an object: decoded, and as sent."""


def checked_object(
    event: AnyClientEvent, frame: bytes, key: str, check: Check, api_version: str
) -> Mapping[str, Any]:
    """Return an object inside a request as it was sent, when it is in order.

    Args:
        event: The decoded request.
        frame: The request.
        key: A key at the top of the frame.
        check: Looks at the object, unless it is absent.
        api_version: The API version of the connection.

    Returns:
        The object, not to be changed; of the same short request, the same one. Empty
        when the key is absent or null.

    Raises:
        RequestError: It is not in order.
    """
    if len(frame) <= _SHORT_REQUEST:
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
    """Whether a frame is the offer of a WebRTC call without its SDP.

    Args:
        problem: Why the frame cannot be read.
        api_version: The API version of the connection.
    """
    return (
        problem.event_type == ClientEventRtcCallSdpCreate.type
        and ClientEventRtcCallSdpCreate.type in _event_types(api_version)
        and problem.param == "sdp_offer"
        and problem.value in (None, "")
    )


def rejection(problem: InvalidClientEvent) -> RequestError:
    """Return what the service answers to a frame it cannot read."""
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
        key: A key at the top of the frame.

    Returns:
        The object; empty when the key is absent or null.

    Raises:
        RequestError: There is broken text or bottomless nesting in a field that
            `decode_request` did not look at.
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
