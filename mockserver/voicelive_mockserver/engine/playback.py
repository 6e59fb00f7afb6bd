"""What the client has still to play of the spoken output it was sent."""

from collections import deque

from .conversation import Item
from .timeline import Timeline


class Playback:
    """Follows a client that plays in real time, beginning with the first delta.

    Nobody tells the service what was really played; this is what it assumes when it
    truncates by itself, and how long an avatar speaks.

    Args:
        timeline: The time of the session.
    """

    __slots__ = ("_end", "_items", "_timeline")

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._items: deque[tuple[Item, float]] = deque(maxlen=16)
        self._end = 0.0

    @property
    def end(self) -> float:
        """When everything that was sent has been played, in seconds."""
        return self._end

    def add(self, item: Item, milliseconds: int) -> None:
        """Take note of audio that is sent.

        Args:
            item: What it belongs to.
            milliseconds: How long it is.
        """
        now = self._timeline.now
        start = self._end if self._end > now else now
        items = self._items
        if not items or items[-1][0] is not item:
            items.append((item, start))
        self._end = start + milliseconds / 1000

    def clear(self) -> list[tuple[Item, int]]:
        """Stop playing.

        Returns:
            The items that were not played to their end, each with the milliseconds of
            it that were.
        """
        now = self._timeline.now
        left: list[tuple[Item, int]] = []
        starts = [start for _, start in self._items]
        ends = [*starts[1:], self._end] if starts else []
        for (item, start), end in zip(self._items, ends, strict=True):
            if end > now:
                played = max(0.0, now - start) * 1000
                left.append((item, int(min(played, item.audio_ms or 0.0))))
        self._items.clear()
        self._end = now
        return left
