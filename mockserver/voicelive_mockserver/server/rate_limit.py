"""How many connections a resource may open: the service allows 30 a minute."""

from collections import deque
from math import ceil

_WINDOW = 60.0


class ConnectionQuota:
    """Counts the new connections of the last minute.

    Args:
        limit: How many there may be; `None` for any number.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._opened: deque[float] = deque()

    def take(self, now: float) -> int | None:
        """Ask for one more connection.

        Args:
            now: The time in seconds.

        Returns:
            `None` when it may be opened, otherwise after how many seconds to try
            again.
        """
        if self._limit is None:
            return None
        opened = self._opened
        while opened and opened[0] <= now - _WINDOW:
            opened.popleft()
        if len(opened) < self._limit:
            opened.append(now)
            return None
        wait = opened[0] + _WINDOW - now if opened else _WINDOW
        return max(1, ceil(wait))
