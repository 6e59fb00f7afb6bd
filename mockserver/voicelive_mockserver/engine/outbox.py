"""The frames that a session has ready for its client."""

from functools import cache
from typing import Any

import msgspec

from .ids import IdSource

_encode = msgspec.json.Encoder().encode


class Outbox:
    """Encodes server events and keeps them until they are taken.

    Every event starts with `event_id` and `type`, in this order; the other keys
    follow as given.

    Args:
        ids: Where the event identifiers come from.
    """

    __slots__ = ("_frames", "_ids", "size")

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self._frames: list[bytes] = []
        self.size = 0
        """Bytes of all frames that wait to be taken."""

    def event(self, event_type: str, body: dict[str, Any]) -> None:
        """Add an event.

        Args:
            event_type: The wire name of the event.
            body: The keys after `type`, in wire order.
        """
        frame = b'{"event_id":"event_%b%b%b' % (
            self._ids.token(),
            _head(event_type) if body else _bare_head(event_type),
            _encode(body)[1:],
        )
        self._frames.append(frame)
        self.size += len(frame)

    def delta(self, stem: bytes, value: bytes) -> None:
        """Add an event of a series in which only the last key differs.

        Args:
            stem: What `delta_stem` made for the series.
            value: The JSON of the last key's value.
        """
        frame = b'{"event_id":"event_%b%b%b}' % (self._ids.token(), stem, value)
        self._frames.append(frame)
        self.size += len(frame)

    def take(self) -> list[bytes]:
        """Return the waiting frames in order and forget them."""
        frames = self._frames
        self._frames = []
        self.size = 0
        return frames


@cache
def _head(event_type: str) -> bytes:
    """Return what is between the identifier of an event and its other keys."""
    return _bare_head(event_type) + b","


@cache
def _bare_head(event_type: str) -> bytes:
    return b'","type":"%b"' % event_type.encode()


def delta_stem(event_type: str, body: dict[str, Any], last_key: str) -> bytes:
    """Prepare the constant middle of a series of events.

    Args:
        event_type: The wire name of the events.
        body: The constant keys after `type`, in wire order; at least one.
        last_key: The key whose value differs from event to event.

    Returns:
        The bytes between the event identifier and the value.
    """
    return b'","type":"%b",%b,"%b":' % (
        event_type.encode(),
        _encode(body)[1:-1],
        last_key.encode(),
    )


def encode_text(text: str) -> bytes:
    """Return the JSON of a string."""
    return _encode(text)
