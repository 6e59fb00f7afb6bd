"""Registry of the faults of a server, for open and future connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from random import Random

from voicelive_mockserver.engine.handshake import RejectedHandshake
from voicelive_mockserver.faults.model import AnyFault, LimitRate, Refuse, SlowHandshake
from voicelive_mockserver.faults.parsing import FaultSpec, read_fault, read_faults
from voicelive_mockserver.faults.sliding_window import SlidingWindow
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
    """The outcome of the handshake faults for one connection.

    Attributes:
        number: The number of the connection, counted from 1.
        seconds: The delay of the response.
        refusal: The rejection; `None` to accept the connection.
    """

    number: int
    seconds: float
    refusal: RejectedHandshake | None


class Faults:
    """The faults of a server, which may change at run time.

    Args:
        faults: The initial faults: faults, short forms such as `close:1011:after=5`, or
            mappings.

    Raises:
        TypeError: One has another type.
        ValueError: The fault is unknown, or a value is invalid.
    """

    def __init__(self, faults: Iterable[FaultSpec] | FaultSpec = ()) -> None:
        self._entries: list[_ActiveFault] = []
        self._scripted: list[_ActiveFault] = []
        self._connections = 0
        self._live: dict[FaultStage, _OpenConnection] = {}
        for fault in read_faults(faults):
            self.add(fault)

    def __iter__(self) -> Iterator[AnyFault]:
        """Iterate over the active faults, those of the scenario first."""
        return iter([entry.fault for entry in self._all])

    @property
    def added(self) -> list[AnyFault]:
        """The faults without those of the scenario."""
        return [entry.fault for entry in self._entries]

    @property
    def are_random(self) -> bool:
        """Whether any of them depends on random decisions."""
        return any(fault.is_random for fault in self)

    def add(self, fault: FaultSpec) -> None:
        """Add a fault, for open and future connections.

        Its counters start at 0. Open connections are affected unless the fault is
        limited to connection numbers.

        Args:
            fault: A fault, its short form such as `close:1011:after=5`, or a mapping
                with `type` and fields.

        Raises:
            TypeError: It has another type.
            ValueError: The fault is unknown, or a value is invalid.
        """
        known = read_fault(fault)
        self._entries.append(_ActiveFault(known, self._connections))
        if known.connection is None:
            for stage, live in list(self._live.items()):
                stage.add(known, live.now())
                live.wake()

    def script(self, faults: Iterable[AnyFault]) -> None:
        """Replace the faults of the scenario; open connections keep theirs.

        Args:
            faults: The faults of the new scenario.
        """
        self._scripted = [_ActiveFault(fault, self._connections) for fault in faults]

    def clear(self) -> None:
        """Remove all faults, those of the scenario included; send held frames."""
        self._entries.clear()
        self._scripted.clear()
        for stage, live in list(self._live.items()):
            stage.clear(live.now())
            live.wake()

    def reset(self) -> None:
        """Remove all faults and restart the count of connections."""
        self.clear()
        self._connections = 0

    def connect(self, now: float, seed: int) -> HandshakePlan:
        """Count a connection and return the plan of its handshake.

        Args:
            now: The time in seconds, on a monotonic clock.
            seed: The seed of random decisions.
        """
        self._connections += 1
        number = self._connections
        seconds = 0.0
        refusal: RejectedHandshake | None = None
        windows: list[SlidingWindow] = []
        for index, entry in enumerate(self._affecting(number)):
            fault = entry.fault
            if not isinstance(fault, Refuse | SlowHandshake | LimitRate):
                continue
            chance = Random(f"{seed}/{number}/{index}/handshake").random()
            if chance >= fault.probability:
                continue
            if isinstance(fault, LimitRate):
                window = entry.window(fault)
                windows.append(window)
                wait = window.wait(now)
                if wait is not None:
                    refusal = refusal or RejectedHandshake(
                        429, _REFUSALS[429], ceil(wait)
                    )
            else:
                seconds += fault.seconds
            if isinstance(fault, Refuse):
                refusal = refusal or _refusal(fault)
        if refusal is None:
            for window in windows:
                window.add(now)
        return HandshakePlan(number, seconds, refusal)

    def join(
        self,
        number: int,
        stage: FaultStage,
        now: Callable[[], float],
        wake: Callable[[], None],
    ) -> None:
        """Register an accepted connection for current and future faults.

        Args:
            number: The number of the connection.
            stage: The stage of the connection.
            now: A function that returns the time of the stage.
            wake: A callback after later changes.
        """
        for entry in self._affecting(number):
            stage.add(entry.fault, now())
        self._live[stage] = _OpenConnection(now, wake)

    def leave(self, stage: FaultStage) -> None:
        """Unregister a connection.

        Args:
            stage: The stage of the connection.
        """
        self._live.pop(stage, None)

    def _affecting(self, number: int) -> list[_ActiveFault]:
        return [
            entry
            for entry in self._all
            if entry.fault.affects(number - entry.set_up_after)
        ]

    @property
    def _all(self) -> list[_ActiveFault]:
        return self._scripted + self._entries


@dataclass(slots=True)
class _ActiveFault:
    """A fault of the server, with the state that its connections share."""

    fault: AnyFault
    set_up_after: int
    _window: SlidingWindow | None = None

    def window(self, fault: LimitRate) -> SlidingWindow:
        """Return the connections counted by a rate limit."""
        if self._window is None:
            self._window = SlidingWindow(fault.limit, fault.window)
        return self._window


@dataclass(frozen=True, slots=True)
class _OpenConnection:
    now: Callable[[], float]
    wake: Callable[[], None]


def _refusal(fault: Refuse) -> RejectedHandshake:
    message = fault.message or _REFUSALS.get(fault.status, "The request was refused.")
    retry_after = None if fault.retry_after is None else ceil(fault.retry_after)
    return RejectedHandshake(fault.status, message, retry_after)
