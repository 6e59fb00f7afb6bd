"""What a fault makes of a single event."""

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

MOST_COPIES = 1000
"""How many frames a single event may become: several faults can copy it."""

_UNKNOWN_FIELDS = {"x_unknown": {"answer": 42}}


@dataclass(slots=True)
class OutgoingFrame:
    """A frame on its way to the client.

    Attributes:
        frame: Its payload.
        event_type: The type of the event that it is, or was; `None` when it does not
            count, because it is a copy.
        due: When it may be sent, in seconds since the connection was made.
        is_binary: Whether it is a binary frame instead of text.
    """

    frame: bytes
    event_type: str | None
    due: float
    is_binary: bool = False


def apply_fault(fault: EventFault, frames: list[OutgoingFrame]) -> list[OutgoingFrame]:
    """Return what becomes of an event.

    Args:
        fault: What goes wrong with it.
        frames: The event, and what other faults have made of it.
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
            return [*frames, *islice(copies, MOST_COPIES - len(frames))]
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
        # Another fault was here before.
        return outgoing
    return replace(outgoing, frame=encode(event | (fields or _UNKNOWN_FIELDS)))


def _malformed(outgoing: OutgoingFrame, how: str) -> OutgoingFrame:
    frame = outgoing.frame
    match how:
        case "binary":
            return replace(outgoing, is_binary=True)
        case "truncated":
            # Half a character would make it invalid text, which is another fault.
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
