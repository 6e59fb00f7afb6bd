"""Events that wait to be sent, with a limit to the audio among them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class Entry(Generic[_T]):
    """One event in the line.

    Attributes:
        event: What waits.
        audio_ms: How long its audio lasts; None for any other event.
    """

    event: _T
    audio_ms: float | None = None


class BoundedQueue(Generic[_T]):
    """A line in which all keep their place, and old audio makes room for new audio.

    Args:
        limit_ms: How much audio may wait, in ms. Beyond that the oldest audio is
            dropped, but never the newest piece, however long it is.

    Attributes:
        audio_ms: How much audio is waiting.
        dropped_ms: How much was dropped so far.
        dropped: The same in pieces.
        others: How many events without audio are waiting.
    """

    def __init__(self, limit_ms: float) -> None:
        self._limit_ms = limit_ms
        self._queue: deque[Entry[_T]] = deque()
        self.audio_ms = 0.0
        self.dropped_ms = 0.0
        self.dropped = 0
        self.event_count = 0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, event: _T, audio_ms: float | None = None) -> Entry[_T]:
        """Join the line at its end."""
        entry = Entry(event, audio_ms)
        self._queue.append(entry)
        self._count(entry, 1)
        if audio_ms is not None:
            self._make_room(entry)
        return entry

    def push_front(self, event: _T) -> None:
        """Go before all others, without audio."""
        self.put_back(Entry(event))

    def take(self) -> Entry[_T]:
        """Let the first one leave."""
        entry = self._queue.popleft()
        self._count(entry, -1)
        return entry

    def put_back(self, entry: Entry[_T]) -> None:
        """Let the one that has just left be the first again."""
        self._queue.appendleft(entry)
        self._count(entry, 1)

    def remove(self, entry: Entry[_T]) -> bool:
        """Let one leave; return whether it was still there."""
        try:
            self._queue.remove(entry)
        except ValueError:
            return False
        self._count(entry, -1)
        return True

    def clear(self) -> list[Entry[_T]]:
        """Let all leave."""
        entries = list(self._queue)
        self._queue.clear()
        self.audio_ms, self.event_count = 0.0, 0
        return entries

    def _count(self, entry: Entry[_T], by: int) -> None:
        if entry.audio_ms is None:
            self.event_count += by
        else:
            self.audio_ms += by * entry.audio_ms

    def _make_room(self, newest: Entry[_T]) -> None:
        while self.audio_ms > self._limit_ms:
            oldest = next(e for e in self._queue if e.audio_ms is not None)
            if oldest is newest:
                return
            self.remove(oldest)
            self.dropped += 1
            self.dropped_ms += oldest.audio_ms or 0.0
