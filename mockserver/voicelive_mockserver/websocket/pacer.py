"""One timer for all sessions."""

import asyncio
from heapq import heappop, heappush
from math import ceil
from typing import Protocol

from voicelive_protocol._redaction import redacting_logger

_logger = redacting_logger(__name__)

_SLOT = 0.01
"""The length of a slot in seconds. Sessions that are due in the same slot share a
wake-up of the event loop, which is what makes a thousand of them affordable."""

_EARLY = 0.0005  # seconds; some event loops count in milliseconds


class Paced(Protocol):
    """Something that has work at certain times."""

    slot: int | None
    """The slot in which it is due; the pacer's own note, `None` to begin with."""

    def wake(self) -> None:
        """Do what is due."""
        ...


class Pacer:
    """Wakes sessions when they are due.

    Args:
        loop: The event loop whose clock counts.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # A dict serves as an ordered set: sessions of a slot wake in a fixed order.
        self._slots: dict[int, dict[Paced, None]] = {}
        self._order: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    def schedule(self, when: float, paced: Paced) -> None:
        """Wake something at a time, unless it will be woken before.

        Args:
            when: The time on the clock of the event loop, in seconds.
            paced: What to wake.
        """
        slot = ceil(when / _SLOT)
        if paced.slot is not None:
            if paced.slot <= slot:
                return
            del self._slots[paced.slot][paced]
        paced.slot = slot
        members = self._slots.get(slot)
        if members is None:
            members = self._slots[slot] = {}
            heappush(self._order, slot)
            if self._order[0] == slot:
                self._arm()
        members[paced] = None

    def discard(self, paced: Paced) -> None:
        """Forget something that will not need waking any more."""
        if paced.slot is not None:
            del self._slots[paced.slot][paced]
            paced.slot = None

    def stop(self) -> None:
        """Wake nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._order[0] * _SLOT, self._run)

    def _run(self) -> None:
        self._timer = None
        # The loop may call a little early, within the resolution of its clock.
        current = int((self._loop.time() + _EARLY) / _SLOT)
        while self._order and self._order[0] <= current:
            for paced in self._slots.pop(heappop(self._order)):
                paced.slot = None
                try:
                    paced.wake()
                except Exception:
                    # One session must not stop the others.
                    _logger.exception("a session failed")
        if self._order and self._timer is None:
            self._arm()
