"""What a person hears of an answer."""

from __future__ import annotations

DELAY = 0.1
"""Seconds that a player waits before it begins, so that not every jitter is heard."""


class Playout:
    """Plays an answer as a client does, without a loudspeaker.

    Playing begins a little after the first audio came, and goes on without a break as
    long as audio comes in time. Where it does not, there is a gap; playing goes on as
    soon as there is audio. The pause between two items is none: the second may be
    thought of later.

    All times are seconds of one clock.

    Args:
        delay: How long after the first audio playing begins.
        speed: How many seconds of audio are played in a second.
    """

    __slots__ = ("_delay", "_item", "_silenced", "_speed", "ends", "first", "gaps")

    def __init__(self, *, delay: float = DELAY, speed: float = 1.0) -> None:
        self._delay = delay
        self._speed = speed
        self._item: str | None = None
        self._silenced: float | None = None
        self.first: float | None = None
        """When the first audio came; None before."""
        self.ends = 0.0
        """When all that came so far will have been played."""
        self.gaps: list[float] = []
        """The lengths of the gaps in seconds."""

    def arrived(self, at: float, seconds: float, item: str = "") -> None:
        """Audio came.

        Args:
            at: When.
            seconds: How long it is.
            item: What it belongs to.
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
        """Stop playing, and drop all that came and comes."""
        if self._silenced is None:
            self._silenced = at
            self.ends = min(self.ends, at)

    def playing(self, at: float) -> bool:
        """Whether something is heard, or will be without more audio."""
        return self.first is not None and at < self.ends
