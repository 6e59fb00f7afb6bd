"""Entries of a journal, and patterns to find events in them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicelive_mockserver.json_match import contains
from voicelive_protocol import parse

_SHOWN_CHARACTERS = 200

EventDict = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A recorded frame.

    Attributes:
        time: The time since the start of the session, in seconds.
        from_client: Whether the client sent it.
        frame: The frame; a long audio payload is truncated.
        size: The size of the whole frame in bytes.
    """

    time: float
    from_client: bool
    frame: bytes
    size: int

    @property
    def event(self) -> Any:
        """The decoded JSON; `None` if the frame is not JSON."""
        try:
            return parse(self.frame)
        except (ValueError, RecursionError):
            return None

    def __str__(self) -> str:
        arrow = "->" if self.from_client else "<-"
        text = self.frame.decode(errors="backslashreplace")
        if len(text) > _SHOWN_CHARACTERS:
            text = f"{text[:_SHOWN_CHARACTERS]}... ({self.size} bytes)"
        return f"{self.time:9.3f} {arrow} {text}"


@dataclass(frozen=True, slots=True)
class EventPattern:
    """A type and fields to match events against.

    Attributes:
        event_type: The type; `None` for any.
        from_client: Whether the client sends the event.
        fields: Fields that the event must contain.
    """

    event_type: str | None
    from_client: bool
    fields: Mapping[str, Any]

    def events(self, entries: Sequence[JournalEntry]) -> Iterator[EventDict]:
        """Return the matching events of entries, in order."""
        for entry in entries:
            event = self.event(entry)
            if event is not None:
                yield event

    def event(self, entry: JournalEntry) -> EventDict | None:
        """Return the event of an entry if it matches."""
        if entry.from_client is not self.from_client:
            return None
        event = entry.event
        if not isinstance(event, dict):
            return None
        if self.event_type not in (None, event.get("type")):
            return None
        return event if contains(event, self.fields) else None

    def __str__(self) -> str:
        if not self.fields:
            return str(self.event_type)
        wanted = ", ".join(f"{key}={value!r}" for key, value in self.fields.items())
        return f"{self.event_type} with {wanted}"


class FrameWaiter:
    """Completes a future when any frame is recorded, or a session ends."""

    def __init__(self) -> None:
        self.found: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def record(self, _entry: JournalEntry) -> None:
        """Process a new entry."""
        self.wake()

    def wake(self) -> None:
        """Complete the future."""
        if not self.found.done():
            self.found.set_result(None)


class EventWaiter:
    """Completes a future when an expected event is recorded.

    Args:
        pattern: The expected event.
        missing: The number of matching events to wait for.
    """

    def __init__(self, pattern: EventPattern, missing: int) -> None:
        self.found: asyncio.Future[EventDict] = (
            asyncio.get_running_loop().create_future()
        )
        self._pattern = pattern
        self._missing = missing

    def record(self, entry: JournalEntry) -> None:
        """Process a new entry."""
        event = self._pattern.event(entry)
        if event is not None:
            self._missing -= 1
            if not self._missing and not self.found.done():
                self.found.set_result(event)
