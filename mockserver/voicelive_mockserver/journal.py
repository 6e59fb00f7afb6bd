"""What went over the wire, for tests and for people who wonder."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

_LONG_FRAME = 1024
# Of a long base64 payload, this much is kept: 33 bytes.
_KEPT_BASE64 = 44
_PAYLOAD = re.compile(rb'"(?:audio|delta)": ?"')


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One frame.

    Attributes:
        time: When it was received or sent, in seconds since the session began.
        from_client: Whether the client sent it.
        frame: The frame, in which a long audio payload is cut to its beginning.
        size: The size of the whole frame in bytes.
    """

    time: float
    from_client: bool
    frame: bytes
    size: int

    @property
    def event(self) -> Any:
        """The frame as decoded JSON; `None` when it is not JSON."""
        try:
            return msgspec.json.decode(self.frame)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return None


@dataclass(slots=True)
class SessionJournal:
    """The frames of one session, the newest ones only when there are many.

    Attributes:
        session_id: The identifier of the session; empty when it never became one.
        model: The model that the client asked for.
        api_version: The API version of the connection.
        limit: How many frames are kept.
        close_code: The code with which the connection was closed; `None` while it is
            open, or when it was lost.
    """

    session_id: str
    model: str
    api_version: str
    limit: int
    close_code: int | None = None
    _frames: deque[tuple[float, bool, bytes, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._frames = deque(maxlen=self.limit)

    @property
    def entries(self) -> list[JournalEntry]:
        """The frames, oldest first."""
        return [JournalEntry(*frame) for frame in self._frames]

    def record(self, time: float, frame: bytes, *, from_client: bool) -> None:
        """Add a frame."""
        if self.limit:
            kept = frame if len(frame) < _LONG_FRAME else without_audio(frame)
            self._frames.append((time, from_client, kept, len(frame)))

    def client_events(self, event_type: str | None = None) -> list[dict[str, Any]]:
        """Return the events that the client sent, in order.

        Args:
            event_type: Only those of this type.
        """
        return list(self._events(event_type, from_client=True))

    def server_events(self, event_type: str | None = None) -> list[dict[str, Any]]:
        """Return the events that the client was sent, in order.

        Args:
            event_type: Only those of this type.
        """
        return list(self._events(event_type, from_client=False))

    def _events(
        self, event_type: str | None, *, from_client: bool
    ) -> Iterator[dict[str, Any]]:
        for entry in self.entries:
            event = entry.event
            if (
                entry.from_client is from_client
                and isinstance(event, dict)
                and event_type in (None, event.get("type"))
            ):
                yield event


def without_audio(frame: bytes) -> bytes:
    """Return a frame with a long audio payload cut to its beginning.

    Args:
        frame: A frame as it was on the wire.
    """
    found = _PAYLOAD.search(frame)
    if found is None:
        return frame
    start = found.end()
    end = frame.find(b'"', start)
    if end - start < _LONG_FRAME // 2:
        return frame
    return frame[: start + _KEPT_BASE64] + frame[end:]
