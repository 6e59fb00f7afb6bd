"""Faults that have not struck yet, and what they wait for."""

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
class Point:
    """A fault that waits for its point.

    Attributes:
        fault: The fault.
        random: What chance it has.
        waits_for: The type of the server event that it waits for before it counts.
        seen: How many events it has counted.
    """

    fault: PointFault
    random: Random
    waits_for: str | None
    seen: int = 0

    @property
    def is_reached(self) -> bool:
        """Whether it can strike."""
        return self.seen >= self.fault.count

    @property
    def has_more_chances(self) -> bool:
        """Whether it can strike later when it does not strike now."""
        return self.fault.after is None and self.fault.count > 0

    def counts(self, event_type: str, *, from_client: bool) -> bool:
        """Take notice of an event; tell whether it counts.

        Args:
            event_type: Its type.
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

    def strikes(self) -> bool:
        """Let chance decide."""
        return self.random.random() < self.fault.probability


@dataclass(slots=True)
class _Nth(Generic[_Fault]):
    """A fault of something that comes again and again: of one of them, or of any.

    Attributes:
        fault: The fault.
        random: What chance it has.
        seen: How many it could have concerned.
    """

    fault: _Fault
    random: Random
    seen: int = field(default=0, init=False)

    def strikes(self) -> bool:
        """Take notice of one that it could concern; tell whether it goes wrong."""
        self.seen += 1
        if self.fault.nth not in (None, self.seen):
            return False
        return self.random.random() < self.fault.probability


@dataclass(slots=True)
class Editor(_Nth[EventFault]):
    """A fault of single events.

    Attributes:
        waits_for: The type of the server event that it waits for before it counts.
    """

    waits_for: str | None

    def concerns(self, event_type: str | None) -> bool:
        """Take notice of an event; tell whether something could go wrong with it.

        Args:
            event_type: Its type.
        """
        if self.waits_for not in (None, event_type):
            return False
        self.waits_for = None
        return self.fault.event in (None, event_type)


class Failure(_Nth[FailResponse]):
    """A fault of whole responses."""

    __slots__ = ()


@dataclass(slots=True)
class Overtaken:
    """An event that lets others go first.

    Attributes:
        outgoing: The event.
        fault: What makes it wait.
        left: How many events may still go before it, the one in progress included.
        until: When it goes in any case, in seconds.
    """

    outgoing: OutgoingFrame
    fault: Reorder
    left: int
    until: float
