"""Bounded queue of events to send, which drops the oldest audio."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class QueueEntry(Generic[_T]):
    """A queued event.

    Attributes:
        event: The event.
        audio_ms: Duration of its audio; None for events without audio.
    """

    event: _T
    audio_ms: float | None = None


class BoundedQueue(Generic[_T]):
    """FIFO queue that drops the oldest audio beyond a limit.

    Args:
        limit_ms: Limit of queued audio, in ms. The newest chunk is never dropped,
            even if it is longer.

    Attributes:
        audio_ms: Milliseconds of queued audio.
        dropped_ms: Milliseconds of dropped audio.
        dropped: Number of dropped audio events.
        event_count: Number of queued events without audio.
    """

    def __init__(self, limit_ms: float) -> None:
        self._limit_ms = limit_ms
        self._queue: deque[QueueEntry[_T]] = deque()
        self.audio_ms = 0.0
        self.dropped_ms = 0.0
        self.dropped = 0
        self.event_count = 0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, event: _T, audio_ms: float | None = None) -> QueueEntry[_T]:
        """Append an event."""
        entry = QueueEntry(event, audio_ms)
        self._queue.append(entry)
        self._count(entry, 1)
        if audio_ms is not None:
            self._make_room(entry)
        return entry

    def push_front(self, event: _T) -> None:
        """Prepend an event without audio."""
        self.put_back(QueueEntry(event))

    def take(self) -> QueueEntry[_T]:
        """Remove and return the first entry."""
        entry = self._queue.popleft()
        self._count(entry, -1)
        return entry

    def put_back(self, entry: QueueEntry[_T]) -> None:
        """Prepend an entry that was taken."""
        self._queue.appendleft(entry)
        self._count(entry, 1)

    def remove(self, entry: QueueEntry[_T]) -> bool:
        """Remove an entry; return whether it was queued."""
        try:
            self._queue.remove(entry)
        except ValueError:
            return False
        self._count(entry, -1)
        return True

    def clear(self) -> list[QueueEntry[_T]]:
        """Remove and return all entries."""
        entries = list(self._queue)
        self._queue.clear()
        self.audio_ms, self.event_count = 0.0, 0
        return entries

    def _count(self, entry: QueueEntry[_T], by: int) -> None:
        if entry.audio_ms is None:
            self.event_count += by
        else:
            self.audio_ms += by * entry.audio_ms

    def _make_room(self, newest: QueueEntry[_T]) -> None:
        while self.audio_ms > self._limit_ms:
            oldest = next(e for e in self._queue if e.audio_ms is not None)
            if oldest is newest:
                return
            self.remove(oldest)
            self.dropped += 1
            self.dropped_ms += oldest.audio_ms or 0.0
