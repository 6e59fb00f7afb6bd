"""Handlers of a session: their events, base class and lookup table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, get_args

from voicelive_core.suggest import did_you_mean, snake_case
from voicelive_protocol import (
    HANDLER_NAMES,
    SERVER_EVENTS,
    HandlerResult,
    ReceivedEvent,
    ServerEventFunctions,
    ServerEventHandlers,
)

# The arguments of handlers have the session, which creates the handler table.
if TYPE_CHECKING:
    from voicelive._errors import VoiceLiveError
    from voicelive._session.session import VoiceLiveSession
    from voicelive.conversation import ChangeKind, ConversationTurn
    from voicelive.resilience import ReconnectReport


@dataclass(frozen=True, slots=True)
class SessionConnected:
    """The session has begun; the next event is `session.created`.

    Attributes:
        session: The session.
    """

    session: VoiceLiveSession


@dataclass(frozen=True, slots=True)
class SessionDisconnected:
    """The session has ended; this is its last event.

    Attributes:
        session: The session.
        code: WebSocket close code, 1006 for an end without a close; None for a failure
            other than of the connection.
        reason: Close reason, often "".
        clean: Whether it ended with code 1000 or by `disconnect()`.
        error: The error that an iteration over the session raises; None if `clean`.
    """

    session: VoiceLiveSession
    code: int | None
    reason: str
    clean: bool
    error: Exception | None


@dataclass(frozen=True, slots=True)
class SessionReconnecting:
    """Another attempt to connect is scheduled (option `reconnect`).

    Attributes:
        session: The session.
        error: The loss of the connection, or the failure of the last attempt.
        attempt: Number of the next attempt, from 1.
        delay: Seconds until the attempt.
    """

    session: VoiceLiveSession
    error: VoiceLiveError
    attempt: int
    delay: float


@dataclass(frozen=True, slots=True)
class SessionReconnected:
    """The connection was replaced; the next event is its `session.created`.

    Attributes:
        session: The session.
        report: The restored and the lost state.
    """

    session: VoiceLiveSession
    report: ReconnectReport


@dataclass(frozen=True, slots=True)
class SessionTurn:
    """A turn of the conversation has started, changed, ended or was removed.

    Attributes:
        session: The session.
        kind: Kind of the change.
        turn: The turn after the change.
    """

    session: VoiceLiveSession
    kind: ChangeKind
    turn: ConversationTurn


@dataclass(frozen=True, slots=True)
class SessionFailure:
    """The connection or a handler has failed, or events were dropped.

    Refusals of the service are `error` events (`on_server_error`) instead.

    Attributes:
        error: The exception, with its traceback: of a handler; the end of the
            connection, followed by `SessionDisconnected`; `ReceiveTimeout`; or
            `EventsDropped`.
        handler: Name of the failed handler, if any.
        event: The argument of the failed handler, if any.
    """

    error: BaseException
    handler: str | None = None
    event: ReceivedEvent | SessionChange | SessionTurn | None = None


SessionChange: TypeAlias = (
    SessionConnected | SessionReconnecting | SessionReconnected | SessionDisconnected
)
"""Changes of the state of a session."""

HandlerEvent: TypeAlias = ReceivedEvent | SessionChange | SessionTurn | SessionFailure
"""Argument of a handler."""


class SessionHandlers(ServerEventHandlers):
    """Base class for an object with handlers of a session.

    Override any methods, with plain or coroutine methods: one for each server event
    (`on_response_done`, ...), one for all of them (`on_server_event`), and those below.
    The others do nothing.
    """

    def on_connected(self, event: SessionConnected) -> HandlerResult:
        """Handle the beginning of the session."""

    def on_reconnecting(self, event: SessionReconnecting) -> HandlerResult:
        """Handle a lost connection or a failed attempt, before the next attempt."""

    def on_reconnected(self, event: SessionReconnected) -> HandlerResult:
        """Handle the replacement of a lost connection."""

    def on_disconnected(self, event: SessionDisconnected) -> HandlerResult:
        """Handle the end of the session."""

    def on_turn(self, event: SessionTurn) -> HandlerResult:
        """Handle a change of a turn of the conversation, after the event behind it."""

    def on_error(self, event: SessionFailure) -> HandlerResult:
        """Handle a failure of the connection or a handler, or dropped events."""


class SessionFunctions(ServerEventFunctions, total=False):
    """Handler functions, by the method names of `SessionHandlers`."""

    on_connected: Callable[[SessionConnected], object]
    """Handle the beginning of the session."""

    on_reconnecting: Callable[[SessionReconnecting], object]
    """Handle a lost connection or a failed attempt, before the next attempt."""

    on_reconnected: Callable[[SessionReconnected], object]
    """Handle the replacement of a lost connection."""

    on_disconnected: Callable[[SessionDisconnected], object]
    """Handle the end of the session."""

    on_turn: Callable[[SessionTurn], object]
    """Handle a change of a turn of the conversation, after the event behind it."""

    on_error: Callable[[SessionFailure], object]
    """Handle a failure of the connection or a handler, or dropped events."""


Handler: TypeAlias = Callable[[HandlerEvent], object]
"""Handler of any event."""

NamedHandlers: TypeAlias = tuple[tuple[str, Handler], ...]
"""Handlers with their names."""

EVERY_EVENT = "on_server_event"
ERROR = "on_error"

_SPECIFIC: Mapping[type, str] = {
    SessionConnected: "on_connected",
    SessionReconnecting: "on_reconnecting",
    SessionReconnected: "on_reconnected",
    SessionDisconnected: "on_disconnected",
    SessionTurn: "on_turn",
    SessionFailure: ERROR,
    **{SERVER_EVENTS[wire]: name for wire, name in HANDLER_NAMES.items()},
}
_NAMES = (EVERY_EVENT, *_SPECIFIC.values())
_OWN = frozenset({*get_args(SessionChange), SessionTurn, SessionFailure})


class HandlerTable:
    """Handlers of one subscription, by type of event.

    Args:
        handlers: An object with handler methods, or functions by name.

    Raises:
        TypeError: A name is unknown, a handler is not callable, or the object overrides
            no handler.

    Attributes:
        on_error: The handler of failures, if any.
        handles_turns: Whether there is a handler of turns.
    """

    def __init__(self, handlers: ServerEventHandlers | Mapping[str, object]) -> None:
        found = (
            _from_functions(handlers)
            if isinstance(handlers, Mapping)
            else _from_object(handlers)
        )
        self.on_error: Handler | None = found.get(ERROR)
        self.handles_turns: bool = _SPECIFIC[SessionTurn] in found
        # For events of unknown types and invalid events.
        self._other = _pick(found, EVERY_EVENT)
        self._calls = {
            kind: _pick(found, name)
            if kind in _OWN
            else _pick(found, EVERY_EVENT, name)
            for kind, name in _SPECIFIC.items()
        }

    def find(self, event: HandlerEvent) -> NamedHandlers:
        """Return the handlers to call, in order: `on_server_event` first."""
        return self._calls.get(type(event), self._other)


def _pick(found: Mapping[str, Handler], *names: str) -> NamedHandlers:
    return tuple((name, found[name]) for name in names if name in found)


def _from_functions(functions: Mapping[str, object]) -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    for name, function in functions.items():
        if name not in _NAMES:
            hint = did_you_mean(snake_case(name), _NAMES)
            raise TypeError(f"unknown handler {name!r}{hint}")
        if not callable(function):
            kind = type(function).__name__
            raise TypeError(f"{name} must be a function, not {kind}")
        found[name] = function
    if not found:
        raise TypeError("no handlers given")
    return found


def _from_object(handlers: object) -> dict[str, Handler]:
    if isinstance(handlers, type):
        raise TypeError(
            f"handlers must be an object, not the class {handlers.__name__}"
        )
    found: dict[str, Handler] = {}
    for name in _NAMES:
        handler = getattr(handlers, name, None)
        # Methods of the base class do nothing and need no call.
        inherited = getattr(handler, "__func__", None) is getattr(SessionHandlers, name)
        if callable(handler) and not inherited:
            found[name] = handler
    if not found:
        raise TypeError(
            f"{type(handlers).__name__} has no handler: derive from SessionHandlers "
            "and override a method such as on_response_done"
        )
    return found
