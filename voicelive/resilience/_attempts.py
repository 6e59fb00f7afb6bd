"""Record of the attempts to connect, over all losses until a connection holds."""

from __future__ import annotations

from collections import deque

_MINUTE_SECONDS = 60.0


class Attempts:
    """The attempts since a connection held for the last time, and those of a minute.

    Attributes:
        made: How many attempts were made since then.
        since: When the first of them was wanted, by the clock of the backoff; None
            before.
    """

    def __init__(self) -> None:
        self.made: int = 0
        self.since: float | None = None
        self._times: deque[float] = deque()

    def begin(self, now: float) -> float:
        """Return for how many seconds attempts have been going on.

        Args:
            now: The time.
        """
        if self.since is None:
            self.since = now
        return now - self.since

    def wait_for_rate(self, now: float, per_minute: int | None) -> float:
        """Return the seconds until another attempt keeps to a rate.

        Args:
            now: The time.
            per_minute: How many attempts a minute may have; None for any number.
        """
        while self._times and now - self._times[0] >= _MINUTE_SECONDS:
            self._times.popleft()
        if per_minute is None or len(self._times) < per_minute:
            return 0.0
        return self._times[-per_minute] + _MINUTE_SECONDS - now

    def add(self, now: float) -> None:
        """Count an attempt that is made now."""
        self.made += 1
        self._times.append(now)

    def reset(self) -> None:
        """Note that a connection held: attempts and time count anew."""
        self.made, self.since = 0, None
