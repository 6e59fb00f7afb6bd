"""Simulated playback of a response: start, gaps, end."""

from __future__ import annotations

DELAY_SECONDS = 0.1
"""Jitter buffer: time between the first audio and the start of playback."""


class Playout:
    """Simulates the playback of a response through a jitter buffer.

    Playback starts shortly after the first audio and continues while audio arrives in
    time. Late audio causes a gap. A pause between two items is not a gap: the service
    may create the second item later.

    All times are in seconds on the same clock.

    Args:
        delay: Delay between the first audio and the start of playback.
        speed: Playback speed: 1 is real time.
    """

    __slots__ = ("_delay", "_item", "_silenced", "_speed", "ends", "first", "gaps")

    def __init__(self, *, delay: float = DELAY_SECONDS, speed: float = 1.0) -> None:
        self._delay = delay
        self._speed = speed
        self._item: str | None = None
        self._silenced: float | None = None
        self.first: float | None = None
        """Arrival time of the first audio; None before."""
        self.ends = 0.0
        """End of playback of the audio received so far."""
        self.gaps: list[float] = []
        """Durations of the gaps, in seconds."""

    def arrived(self, at: float, seconds: float, item: str = "") -> None:
        """Add received audio.

        Args:
            at: Arrival time.
            seconds: Duration of the audio.
            item: Identifier of its item.
        """
        if self._silenced is not None:
            return
        length = seconds / self._speed
        if self.first is None:
            self.first = at
        if item != self._item:
            self._item = item
            self.ends = max(self.ends, at + self._delay / self._speed)
        elif at > self.ends:
            self.gaps.append(at - self.ends)
            self.ends = at
        self.ends += length

    def silence(self, at: float) -> None:
        """Stop playback and discard further audio."""
        if self._silenced is None:
            self._silenced = at
            self.ends = min(self.ends, at)

    def playing(self, at: float) -> bool:
        """Return whether buffered audio remains to be played."""
        return self.first is not None and at < self.ends
