"""Faults that wait for an event: counters, triggers, held frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

from voicelive_mockserver.faults.edits import OutgoingFrame
from voicelive_mockserver.faults.model import (
    EventFault,
    FailResponse,
    PointFault,
    Reorder,
)

_Fault = TypeVar("_Fault", EventFault, FailResponse)


@dataclass(slots=True)
class PendingFault:
    """A connection fault that waits for its trigger.

    Attributes:
        fault: The fault.
        random: The random numbers of the fault.
        waits_for: The type of the server event that starts counting.
        seen: The number of counted events.
    """

    fault: PointFault
    random: Random
    waits_for: str | None
    seen: int = 0

    @property
    def is_reached(self) -> bool:
        """Whether it has counted enough events."""
        return self.seen >= self.fault.count

    @property
    def can_still_happen(self) -> bool:
        """Whether later events are further opportunities."""
        return self.fault.after is None and self.fault.count > 0

    def counts(self, event_type: str, *, from_client: bool) -> bool:
        """Record an event and return whether it counts.

        Args:
            event_type: The type of the event.
            from_client: Whether the client sent it.
        """
        fault = self.fault
        if self.waits_for is not None:
            if from_client or event_type != self.waits_for:
                return False
            self.waits_for = None
            if fault.count == 0:
                return True
        wanted = fault.client_event if from_client else fault.event
        if from_client != (fault.client_event is not None):
            return False
        if wanted not in (None, event_type):
            return False
        self.seen += 1
        return True

    def happens(self) -> bool:
        """Return a random decision with the probability of the fault."""
        return self.random.random() < self.fault.probability


@dataclass(slots=True)
class _Nth(Generic[_Fault]):
    """A fault of the n-th item of a sequence, or of each.

    Attributes:
        fault: The fault.
        random: The random numbers of the fault.
        seen: The number of items so far.
    """

    fault: _Fault
    random: Random
    seen: int = field(default=0, init=False)

    def happens(self) -> bool:
        """Record an item and return whether the fault happens."""
        self.seen += 1
        if self.fault.nth not in (None, self.seen):
            return False
        return self.random.random() < self.fault.probability


@dataclass(slots=True)
class PendingEdit(_Nth[EventFault]):
    """An event fault.

    Attributes:
        waits_for: The type of the server event that starts counting.
    """

    waits_for: str | None

    def may_apply_to(self, event_type: str | None) -> bool:
        """Record an event and return whether the fault may apply to it.

        Args:
            event_type: The type of the event.
        """
        if self.waits_for not in (None, event_type):
            return False
        self.waits_for = None
        return self.fault.event in (None, event_type)


class PendingFailure(_Nth[FailResponse]):
    """A response fault."""

    __slots__ = ()


@dataclass(slots=True)
class ReorderedEvent:
    """An event that is held until later ones are sent.

    Attributes:
        outgoing: The event.
        fault: The fault that holds it.
        left: The number of events to send before it, the current one included.
        until: The time at which it is sent regardless, in seconds.
    """

    outgoing: OutgoingFrame
    fault: Reorder
    left: int
    until: float
