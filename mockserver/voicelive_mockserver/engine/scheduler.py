"""Event queue of a session in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf

Action = Callable[[], None]


class Scheduler:
    """A queue of scheduled actions with a virtual clock.

    The clock advances only in `run`. While an action runs, `now` is the time for which
    it was scheduled, so lateness does not accumulate.

    Actions of equal time run in the order in which they were scheduled. Actions marked
    as production (the content of responses) can be held while all others continue:
    back pressure for a slow reader, whose requests are still answered.
    """

    __slots__ = ("_count", "_heap", "_held", "_until", "holding", "now")

    def __init__(self) -> None:
        self.now = 0.0
        """The seconds since the start of the session."""
        self.holding = False
        """Whether production is held."""
        self._heap: list[tuple[float, int, bool, Action]] = []
        self._held: list[tuple[float, int, bool, Action]] = []
        self._count = 0
        self._until = -inf

    @property
    def is_endless(self) -> bool:
        """Whether all actions are being run, without a limit of time."""
        return self._until == inf

    def call_at(self, due: float, action: Action, *, production: bool = False) -> None:
        """Schedule an action.

        Args:
            due: The seconds since the start of the session; a time in the past
                means now.
            action: The action.
            production: Whether `hold` delays it.
        """
        self._count += 1
        now = self.now
        heappush(
            self._heap, (due if due > now else now, self._count, production, action)
        )

    @property
    def next_due(self) -> float | None:
        """The time of the next action, in seconds; `None` if the queue is empty."""
        heap = self._heap
        if self.holding:
            # Set production aside until `release`.
            while heap and heap[0][2]:
                self._held.append(heappop(heap))
        return heap[0][0] if heap else None

    def try_advance(self, due: float) -> bool:
        """Advance the clock at once, from within an action.

        This is possible between `open` and `close` too. An action that continues at
        that time need not pass through the queue.

        Args:
            due: The time, in seconds since the session began.

        Returns:
            Whether the clock was advanced. It is not if another action is due by
            then, or if the time is after the end of the run.
        """
        if (
            self.holding
            or due > self._until
            or (self._heap and self._heap[0][0] <= due)
        ):
            return False
        self.now = due
        return True

    def open(self, until: float) -> None:
        """Allow `try_advance` outside of actions until `close`.

        Args:
            until: The latest time that `try_advance` may set, in seconds.
        """
        self._until = until

    def close(self) -> None:
        """End the period that `open` started."""
        self._until = -inf

    def run(self, until: float) -> None:
        """Run the actions that are due, then advance the clock.

        Args:
            until: The time in seconds. Infinity runs all actions; the clock then has
                the time of the last one.

        Raises:
            Exception: Raised by an action. Another call continues after that action.
        """
        heap = self._heap
        if not heap or heap[0][0] > until:
            # Nothing is due: the usual case while the client only sends audio.
            if until != inf and until > self.now:
                self.now = until
            return
        self._until = until
        try:
            while heap:
                if self.holding and self.next_due is None:
                    break
                due = heap[0][0]
                if due > until:
                    break
                action = heappop(heap)[3]
                if due > self.now:
                    self.now = due
                action()
        finally:
            self._until = -inf
        if until != inf and until > self.now:
            self.now = until

    def clear(self) -> None:
        """Drop all actions."""
        self._heap.clear()
        self._held.clear()

    def hold(self) -> None:
        """Hold production until `release`."""
        self.holding = True

    def release(self) -> None:
        """Resume production; held actions are due now, in their original order."""
        self.holding = False
        if self._held:
            for entry in self._held:
                heappush(self._heap, entry)
            self._held.clear()
