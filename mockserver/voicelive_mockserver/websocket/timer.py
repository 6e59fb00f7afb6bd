"""Timer shared by all sessions, which coalesces their wake-ups."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from math import ceil
from typing import Protocol

from voicelive_core.redaction import redacting_logger

logger = redacting_logger(__name__)

_SLOT_SECONDS = 0.01
"""Sessions that are due in the same slot share a wake-up of the event loop, so that a
thousand sessions cost little."""

_EARLY_SECONDS = 0.0005  # some event loops have a resolution of milliseconds


class Scheduled(Protocol):
    """An object with work that becomes due."""

    slot: int | None
    """The slot in which it is due, owned by the timer; initially `None`."""

    def wake(self) -> None:
        """Perform the work that is due."""
        ...


class CoalescingTimer:
    """Wakes sessions when their work is due, all sessions of a slot at once.

    Args:
        loop: The event loop that provides the clock.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # A dict serves as an ordered set: sessions of a slot wake in a fixed order.
        self._slots: dict[int, dict[Scheduled, None]] = {}
        self._order: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    def schedule(self, when: float, scheduled: Scheduled) -> None:
        """Schedule a wake-up, unless an earlier one is scheduled.

        Args:
            when: The time on the clock of the event loop, in seconds.
            scheduled: The object to wake.
        """
        slot = ceil(when / _SLOT_SECONDS)
        if scheduled.slot is not None:
            if scheduled.slot <= slot:
                return
            del self._slots[scheduled.slot][scheduled]
        scheduled.slot = slot
        members = self._slots.get(slot)
        if members is None:
            members = self._slots[slot] = {}
            heappush(self._order, slot)
            if self._order[0] == slot:
                self._arm()
        members[scheduled] = None

    def discard(self, scheduled: Scheduled) -> None:
        """Cancel the wake-up of an object."""
        if scheduled.slot is not None:
            del self._slots[scheduled.slot][scheduled]
            scheduled.slot = None

    def stop(self) -> None:
        """Cancel all wake-ups."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._order[0] * _SLOT_SECONDS, self._run)

    def _run(self) -> None:
        self._timer = None
        # The loop may call a little early, within the resolution of its clock.
        current = int((self._loop.time() + _EARLY_SECONDS) / _SLOT_SECONDS)
        while self._order and self._order[0] <= current:
            for scheduled in self._slots.pop(heappop(self._order)):
                scheduled.slot = None
                try:
                    scheduled.wake()
                except Exception:
                    # A failure must not affect the other sessions.
                    logger.exception("a session failed")
        if self._order and self._timer is None:
            self._arm()
