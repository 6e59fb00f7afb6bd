"""What a session will do later: actions in the order of their times."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf

Action = Callable[[], None]


class Timeline:
    """A queue of timed actions with its own clock.

    The clock stands still between calls of `run`. While an action runs, `now` is
    the time the action was planned for, not the time at which somebody came to run
    it, so lateness never adds up.

    Actions of equal time run in the order in which they were planned. Actions marked
    as production (the content of responses) can be held back while all others go
    on: that is how a reader who is too slow is not flooded, and still gets
    answers to what it sends.
    """

    __slots__ = ("_count", "_heap", "_held", "_until", "holding", "now")

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds since the session began."""
        self.holding = False
        """Whether production is held back."""
        self._heap: list[tuple[float, int, bool, Action]] = []
        self._held: list[tuple[float, int, bool, Action]] = []
        self._count = 0
        self._until = -inf

    def at(self, due: float, action: Action, *, production: bool = False) -> None:
        """Plan an action.

        Args:
            due: When, in seconds since the session began; a time in the past
                means now.
            action: What to do.
            production: Whether `hold` delays it.
        """
        self._count += 1
        now = self.now
        heappush(
            self._heap, (due if due > now else now, self._count, production, action)
        )

    @property
    def next_due(self) -> float | None:
        """When the next action is due, in seconds; `None` when there is none."""
        heap = self._heap
        if self.holding:
            # Set aside what is held; it comes back with `release`.
            while heap and heap[0][2]:
                self._held.append(heappop(heap))
        return heap[0][0] if heap else None

    def reach(self, due: float) -> bool:
        """Move the clock on to a time at once, from within an action.

        That is possible between `open` and `close` too. It spares an action that goes
        on at that time the way through the queue.

        Args:
            due: The time, in seconds since the session began.

        Returns:
            Whether the clock stands there now. It does not when something else is
            due until then, or when the run does not go that far.
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
        """Let `reach` move the clock although no action runs, until `close`.

        Args:
            until: How far, in seconds.
        """
        self._until = until

    def close(self) -> None:
        """Let the clock stand still."""
        self._until = -inf

    def run(self, until: float) -> None:
        """Run what is due, then move the clock.

        Args:
            until: Run every action due at or before this time, in seconds. Infinity
                runs until nothing is left; the clock then stands at the last action.

        Raises:
            Exception: An action has raised it. Another call goes on after that action.
        """
        heap = self._heap
        if not heap:
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
        """Forget everything that was planned."""
        self._heap.clear()
        self._held.clear()

    def hold(self) -> None:
        """Hold production back until `release`."""
        self.holding = True

    def release(self) -> None:
        """Let production go on; what was held is due now, in its old order."""
        self.holding = False
        if self._held:
            for entry in self._held:
                heappush(self._heap, entry)
            self._held.clear()
