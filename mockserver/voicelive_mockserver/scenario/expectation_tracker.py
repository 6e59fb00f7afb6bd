"""Evaluation of expectations on the frames of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from voicelive_mockserver.json_match import contains
from voicelive_mockserver.scenario.expectations import (
    AnswersCall,
    Expectation,
    NeverSends,
    PlaysAllTurns,
    Sends,
    SendsInOrder,
    Truncates,
    UpdatesSession,
)
from voicelive_mockserver.wire_type import own_wire_type
from voicelive_protocol import (
    ClientEventConversationItemCreate,
    ClientEventConversationItemTruncate,
    ClientEventSessionUpdate,
    ServerEventResponseFunctionCallArgumentsDone,
    encode,
    parse,
)

_CALL_DONE = ServerEventResponseFunctionCallArgumentsDone.type
EventDict = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an expectation.

    Attributes:
        expectation: The expectation.
        met: Whether it is met so far.
        detail: The reason why it is not met; empty if it is.
    """

    expectation: Expectation
    met: bool
    detail: str

    def __str__(self) -> str:
        fields = msgspec.to_builtins(self.expectation)
        kind = fields.pop("type")
        given = ", ".join(
            f"{name}: {encode(value).decode()}"
            for name, value in fields.items()
            if value is not None
        )
        result = "met" if self.met else f"not met: {self.detail}"
        return f"{kind} ({given}): {result}" if given else f"{kind}: {result}"


class ExpectationTracker:
    """The expectations of one session, in constant memory.

    Args:
        expectations: The expectations.
        unplayed: A function that returns descriptions of the turns not played yet.
    """

    def __init__(
        self,
        expectations: Iterable[Expectation],
        unplayed: Callable[[], list[str]],
    ) -> None:
        self._watchers = [_watcher(item, unplayed) for item in expectations]

    def record(self, frame: bytes, *, from_client: bool) -> None:
        """Record a frame.

        Args:
            frame: The frame, valid or not.
            from_client: Whether the client sent it.
        """
        if not self._watchers:
            return
        if not from_client:
            event_type = own_wire_type(frame)
            # For all other events, the type is enough.
            event = _decoded(frame) if event_type == _CALL_DONE else {}
            for watcher in self._watchers:
                watcher.server_sent(event_type, event)
            return
        event = _decoded(frame)
        for watcher in self._watchers:
            watcher.client_sent(str(event.get("type")), event)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The current outcomes, in the order of the expectations."""
        outcomes = []
        for watcher in self._watchers:
            detail = watcher.unmet_reason()
            outcomes.append(Outcome(watcher.expectation, not detail, detail))
        return tuple(outcomes)


class _Watcher:
    """The state of one expectation."""

    def __init__(self, expectation: Expectation) -> None:
        self.expectation = expectation

    def client_sent(self, event_type: str, event: EventDict) -> None:
        """Record an event of the client."""

    def server_sent(self, event_type: str, event: EventDict) -> None:
        """Record a server event; only function calls have content."""

    def unmet_reason(self) -> str:
        """Return the reason why it is not met; empty if it is."""
        raise NotImplementedError


class _CountWatcher(_Watcher):
    """Number of matching client events after a server event."""

    def __init__(self, expectation: Sends | NeverSends) -> None:
        super().__init__(expectation)
        self._expected = expectation
        self._counting = expectation.after is None
        self._count = 0

    def client_sent(self, event_type: str, event: EventDict) -> None:
        expected = self._expected
        if (
            self._counting
            and event_type == expected.event
            and contains(event, expected.contains or {})
        ):
            self._count += 1

    def server_sent(self, event_type: str, event: EventDict) -> None:
        self._counting = self._counting or event_type == self._expected.after

    def unmet_reason(self) -> str:
        expected, count = self._expected, self._count
        if not self._counting and isinstance(expected, Sends) and expected.at_least:
            return f"there was no {expected.after}"
        sent = {0: "it was not sent", 1: "it was sent once"}.get(
            count, f"it was sent {count} times"
        )
        if isinstance(expected, NeverSends):
            return sent if count else ""
        too_many = expected.at_most is not None and count > expected.at_most
        return sent if count < expected.at_least or too_many else ""


class _OrderWatcher(_Watcher):
    """Client events in order."""

    def __init__(self, expectation: SendsInOrder) -> None:
        super().__init__(expectation)
        self._left = list(expectation.events)

    def client_sent(self, event_type: str, event: EventDict) -> None:
        if self._left and event_type == self._left[0]:
            del self._left[0]

    def unmet_reason(self) -> str:
        return f"{self._left[0]} did not come in its turn" if self._left else ""


class _UpdateWatcher(_Watcher):
    """Merged updates of the session."""

    def __init__(self, expectation: UpdatesSession) -> None:
        super().__init__(expectation)
        self._wanted = expectation.contains
        self._session: dict[str, Any] = {}

    def client_sent(self, event_type: str, event: EventDict) -> None:
        session = event.get("session")
        if event_type == ClientEventSessionUpdate.type and isinstance(session, dict):
            known = session.keys() & self._wanted.keys()
            self._session |= {key: session[key] for key in known}

    def unmet_reason(self) -> str:
        missing = [
            key
            for key, value in self._wanted.items()
            if key not in self._session or not contains(self._session[key], value)
        ]
        return f"session.{missing[0]} was not set to that" if missing else ""


class _CallWatcher(_Watcher):
    """Waits for the outputs of the calls of a function."""

    def __init__(self, expectation: AnswersCall) -> None:
        super().__init__(expectation)
        self._expected = expectation
        self._open: dict[str, None] = {}
        self._answered = 0
        self._wrong = ""

    def client_sent(self, event_type: str, event: EventDict) -> None:
        item = event.get("item")
        if event_type != ClientEventConversationItemCreate.type or not isinstance(
            item, dict
        ):
            return
        call_id = item.get("call_id")
        if item.get("type") != "function_call_output" or call_id not in self._open:
            return
        del self._open[call_id]
        self._answered += 1
        output = str(item.get("output"))
        if self._expected.output is not None and self._expected.output not in output:
            self._wrong = f"the output was {output!r}"

    def server_sent(self, event_type: str, event: EventDict) -> None:
        if event_type == _CALL_DONE and event.get("name") == self._expected.name:
            self._open[str(event.get("call_id"))] = None

    def unmet_reason(self) -> str:
        if self._open:
            return f"{next(iter(self._open))} got no output"
        if not self._answered:
            return f"{self._expected.name} was not called"
        return self._wrong


class _TruncationWatcher(_Watcher):
    """Truncations within bounds."""

    def __init__(self, expectation: Truncates) -> None:
        super().__init__(expectation)
        self._expected = expectation
        self._counting = False
        self._seen: int | None = None
        self._met = False

    def client_sent(self, event_type: str, event: EventDict) -> None:
        end = event.get("audio_end_ms")
        if (
            self._counting
            and event_type == ClientEventConversationItemTruncate.type
            and isinstance(end, int)
        ):
            self._seen = end
            greatest = self._expected.max_ms
            self._met = self._met or (
                end >= self._expected.min_ms and (greatest is None or end <= greatest)
            )

    def server_sent(self, event_type: str, event: EventDict) -> None:
        self._counting = self._counting or event_type == self._expected.after

    def unmet_reason(self) -> str:
        if self._met:
            return ""
        if not self._counting:
            return f"there was no {self._expected.after}"
        if self._seen is None:
            return "nothing was truncated"
        return f"audio_end_ms was {self._seen}"


class _TurnWatcher(_Watcher):
    """Turns that are not played yet."""

    def __init__(
        self, expectation: PlaysAllTurns, unplayed: Callable[[], list[str]]
    ) -> None:
        super().__init__(expectation)
        self._unplayed = unplayed

    def unmet_reason(self) -> str:
        left = self._unplayed()
        return f"not played: {', '.join(left)}" if left else ""


def _watcher(expectation: Expectation, unplayed: Callable[[], list[str]]) -> _Watcher:
    match expectation:
        case Sends() | NeverSends():
            return _CountWatcher(expectation)
        case SendsInOrder():
            return _OrderWatcher(expectation)
        case UpdatesSession():
            return _UpdateWatcher(expectation)
        case AnswersCall():
            return _CallWatcher(expectation)
        case Truncates():
            return _TruncationWatcher(expectation)
        case PlaysAllTurns():
            return _TurnWatcher(expectation, unplayed)


def _decoded(frame: bytes) -> dict[str, Any]:
    try:
        event = parse(frame)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}
