"""Sliding window that limits the number of connections."""

from __future__ import annotations

from collections import deque


class SlidingWindow:
    """A limit of connections within a period.

    Args:
        limit: The maximum number of connections within the period.
        seconds: The length of the period.
    """

    __slots__ = ("_admitted", "_limit", "_seconds")

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._admitted: deque[float] = deque()

    def wait(self, now: float) -> float | None:
        """Return the seconds until a connection is allowed; `None` if it is now.

        Args:
            now: The time in seconds.
        """
        admitted = self._admitted
        while admitted and admitted[0] <= now - self._seconds:
            admitted.popleft()
        if len(admitted) < self._limit:
            return None
        return (admitted[0] if admitted else now) + self._seconds - now

    def add(self, now: float) -> None:
        """Count a connection.

        Args:
            now: The time in seconds.
        """
        self._admitted.append(now)
