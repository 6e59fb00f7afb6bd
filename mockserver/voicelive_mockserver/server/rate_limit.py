"""Rate limit of new connections; the real service allows 30 per minute."""

from __future__ import annotations

from collections import deque
from math import ceil

from voicelive_mockserver.server.options import check_number

_WINDOW_SECONDS = 60.0


class ConnectionQuota:
    """Sliding window of the connections of the last minute.

    Args:
        limit: The maximum number of connections; `None` for no limit.

    Raises:
        TypeError: `limit` is not an integer.
        ValueError: `limit` is negative.
    """

    def __init__(self, limit: int | None) -> None:
        if limit is not None:
            check_number("new_sessions_per_minute", limit, least=0, whole=True)
        self._limit = limit
        self._opened: deque[float] = deque()

    def take(self, now: float) -> int | None:
        """Count a connection if the limit allows it.

        Args:
            now: The time in seconds.

        Returns:
            `None` if the connection is allowed, otherwise the seconds until the next
            attempt.
        """
        if self._limit is None:
            return None
        opened = self._opened
        while opened and opened[0] <= now - _WINDOW_SECONDS:
            opened.popleft()
        if len(opened) < self._limit:
            opened.append(now)
            return None
        wait = opened[0] + _WINDOW_SECONDS - now if opened else _WINDOW_SECONDS
        return max(1, ceil(wait))
