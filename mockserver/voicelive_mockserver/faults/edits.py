"""Faults that rewrite, copy or drop single events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from voicelive_mockserver.faults.model import (
    Duplicate,
    EventFault,
    ExtraFields,
    Malformed,
    Omit,
)
from voicelive_protocol import encode, parse

MAX_FRAMES_PER_EVENT = 1000
"""The maximum number of frames per event, as several faults can copy it."""

_UNKNOWN_FIELDS = {"x_unknown": {"answer": 42}}


@dataclass(slots=True)
class OutgoingFrame:
    """A frame on its way to the client.

    Attributes:
        frame: The payload.
        event_type: The type of the original event; `None` for copies, which faults do
            not count.
        due: The earliest time to send it, in seconds since the connection was made.
        is_binary: Whether it is a binary frame instead of a text frame.
    """

    frame: bytes
    event_type: str | None
    due: float
    is_binary: bool = False


def apply_fault(fault: EventFault, frames: list[OutgoingFrame]) -> list[OutgoingFrame]:
    """Return the frames of an event after a fault.

    Args:
        fault: The fault.
        frames: The frames of the event after the faults before this one.
    """
    match fault:
        case Omit():
            return []
        case Duplicate():
            copies = (
                replace(frame, event_type=None)
                for _ in range(fault.copies)
                for frame in frames
            )
            return [*frames, *islice(copies, MAX_FRAMES_PER_EVENT - len(frames))]
        case ExtraFields():
            return [_with_fields(frame, fault.fields) for frame in frames]
        case Malformed():
            return [_malformed(frame, fault.how) for frame in frames]
        case _:
            raise AssertionError(fault)


def _with_fields(
    outgoing: OutgoingFrame, fields: dict[str, Any] | None
) -> OutgoingFrame:
    try:
        event = parse(outgoing.frame)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        # Already malformed by another fault.
        return outgoing
    return replace(outgoing, frame=encode(event | (fields or _UNKNOWN_FIELDS)))


def _malformed(outgoing: OutgoingFrame, how: str) -> OutgoingFrame:
    frame = outgoing.frame
    match how:
        case "binary":
            return replace(outgoing, is_binary=True)
        case "truncated":
            # Cut between characters: invalid UTF-8 is a fault of its own.
            broken = frame[: len(frame) // 2].decode(errors="ignore").encode()
        case "not_json":
            broken = b"<html><body>502 Bad Gateway</body></html>"
        case "not_an_object":
            broken = b"[%b]" % frame
        case "empty":
            broken = b""
        case "not_utf8":
            broken = frame[:-1] + b',"x":"\xff\xfe"}'
        case _:
            raise AssertionError(how)
    return replace(outgoing, frame=broken)
