"""The faults of a server: for connections to come and for those in progress."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from random import Random

from voicelive_mockserver.engine.handshake import Refused
from voicelive_mockserver.faults.model import AnyFault, RateLimit, Refuse, SlowHandshake
from voicelive_mockserver.faults.parsing import FaultSpec, read_fault, read_faults
from voicelive_mockserver.faults.stage import FaultStage

_REFUSALS = {
    401: "Access denied: the API key or token is missing or invalid for this resource.",
    403: "Access denied: the identity lacks a role on this resource.",
    404: "Resource not found.",
    429: "Too many requests. Try again later.",
    500: "Internal server error.",
    502: "Bad gateway.",
    503: "The service is temporarily unavailable. Try again later.",
    504: "The gateway timed out.",
}


@dataclass(frozen=True, slots=True)
class HandshakePlan:
    """What goes wrong with the handshake of one connection.

    Attributes:
        number: The number of the connection, counted from 1.
        seconds: How long to wait before the answer.
        refusal: How it is refused; `None` when it is let in.
    """

    number: int
    seconds: float
    refusal: Refused | None


class Faults:
    """What goes wrong on a server. It may change while the server runs.

    Args:
        faults: What goes wrong from the start: faults, lines such as
            `close:1011:after=5`, or mappings.

    Raises:
        TypeError: One is none of these.
        ValueError: There is no such fault, or a value does not fit.
    """

    def __init__(self, faults: Iterable[FaultSpec] | FaultSpec = ()) -> None:
        self._entries: list[_Entry] = []
        self._scripted: list[_Entry] = []
        self._connections = 0
        self._live: dict[FaultStage, _Live] = {}
        for fault in read_faults(faults):
            self.add(fault)

    def __iter__(self) -> Iterator[AnyFault]:
        """Return the faults that are set up, those of the scenario first."""
        return iter([entry.fault for entry in self._all])

    @property
    def are_random(self) -> bool:
        """Whether chance has a part in any of them."""
        return any(fault.is_random for fault in self)

    def add(self, fault: FaultSpec) -> None:
        """Set up a fault, for connections in progress and for those to come.

        What it counts, it counts from now on. Connections in progress are concerned
        unless the fault names connections by number.

        Args:
            fault: What is to go wrong; or a line such as `close:1011:after=5`, or a
                mapping with its `type` and its fields.

        Raises:
            TypeError: It is none of these.
            ValueError: There is no such fault, or a value does not fit.
        """
        known = read_fault(fault)
        self._entries.append(_Entry(known, self._connections))
        if known.connection is None:
            for stage, live in list(self._live.items()):
                stage.add(known, live.now())
                live.wake()

    def script(self, faults: Iterable[AnyFault]) -> None:
        """Set up the faults of a scenario, in place of those of the one before.

        Connections in progress go on as they were.

        Args:
            faults: What is to go wrong.
        """
        self._scripted = [_Entry(fault, self._connections) for fault in faults]

    def clear(self) -> None:
        """Let nothing go wrong any more; what was held back is sent.

        That includes the faults of the scenario.
        """
        self._entries.clear()
        self._scripted.clear()
        for stage, live in list(self._live.items()):
            stage.clear(live.now())
            live.wake()

    def reset(self) -> None:
        """Let nothing go wrong any more, and count connections from the beginning."""
        self.clear()
        self._connections = 0

    def connect(self, now: float, seed: int) -> HandshakePlan:
        """Count a connection and tell what goes wrong with its handshake.

        Args:
            now: The time in seconds, on any clock that does not go back.
            seed: What chance depends on.
        """
        self._connections += 1
        number = self._connections
        seconds = 0.0
        refusal: Refused | None = None
        limits: list[_Entry] = []
        for index, entry in enumerate(self._concerning(number)):
            fault = entry.fault
            if not isinstance(fault, Refuse | SlowHandshake | RateLimit):
                continue
            chance = Random(f"{seed}/{number}/{index}/handshake").random()
            if chance >= fault.probability:
                continue
            if isinstance(fault, RateLimit):
                limits.append(entry)
                refusal = refusal or entry.refusal(fault, now)
            else:
                seconds += fault.seconds
            if isinstance(fault, Refuse):
                refusal = refusal or _refusal(fault)
        if refusal is None:
            for entry in limits:
                entry.admitted.append(now)
        return HandshakePlan(number, seconds, refusal)

    def join(
        self,
        number: int,
        stage: FaultStage,
        now: Callable[[], float],
        wake: Callable[[], None],
    ) -> None:
        """Set up the faults of a connection that was let in, now and in future.

        Args:
            number: The number of the connection.
            stage: Its stage.
            now: Tells the time of the stage.
            wake: Is called after a later change.
        """
        for entry in self._concerning(number):
            stage.add(entry.fault, now())
        self._live[stage] = _Live(now, wake)

    def leave(self, stage: FaultStage) -> None:
        """Forget a connection that has ended.

        Args:
            stage: Its stage.
        """
        self._live.pop(stage, None)

    def _concerning(self, number: int) -> list["_Entry"]:
        return [
            entry
            for entry in self._all
            if entry.fault.concerns(number - entry.set_up_after)
        ]

    @property
    def _all(self) -> list["_Entry"]:
        return self._scripted + self._entries


@dataclass(slots=True)
class _Entry:
    """A fault with what it has to remember."""

    fault: AnyFault
    set_up_after: int
    admitted: deque[float] = field(default_factory=deque)

    def refusal(self, fault: RateLimit, now: float) -> Refused | None:
        """Refuse a connection if there were too many."""
        admitted = self.admitted
        while admitted and admitted[0] <= now - fault.window:
            admitted.popleft()
        if len(admitted) < fault.limit:
            return None
        wait = admitted[0] + fault.window - now if admitted else fault.window
        return Refused(429, _REFUSALS[429], ceil(wait))


@dataclass(frozen=True, slots=True)
class _Live:
    now: Callable[[], float]
    wake: Callable[[], None]


def _refusal(fault: Refuse) -> Refused:
    message = fault.message or _REFUSALS.get(fault.status, "The request was refused.")
    retry_after = None if fault.retry_after is None else ceil(fault.retry_after)
    return Refused(fault.status, message, retry_after)
