"""Connection attempts of a series: count, start and rate."""

from __future__ import annotations

from collections import deque

_MINUTE_SECONDS = 60.0


class Attempts:
    """The attempts since the last stable connection, and those of the last minute.

    Attributes:
        made: Number of attempts since the last stable connection.
        since: Start of the series on the clock of the backoff; None before.
    """

    def __init__(self) -> None:
        self.made: int = 0
        self.since: float | None = None
        self._times: deque[float] = deque()

    def begin(self, now: float) -> float:
        """Start the series if necessary; return its duration in seconds.

        Args:
            now: The current time.
        """
        if self.since is None:
            self.since = now
        return now - self.since

    def wait_for_rate(self, now: float, per_minute: int | None) -> float:
        """Return the seconds until the rate limit allows another attempt.

        Args:
            now: The current time.
            per_minute: Limit of attempts a minute; None for no limit.
        """
        while self._times and now - self._times[0] >= _MINUTE_SECONDS:
            self._times.popleft()
        if per_minute is None or len(self._times) < per_minute:
            return 0.0
        return self._times[-per_minute] + _MINUTE_SECONDS - now

    def add(self, now: float) -> None:
        """Record an attempt."""
        self.made += 1
        self._times.append(now)

    def reset(self) -> None:
        """Start a new series after a stable connection."""
        self.made, self.since = 0, None
