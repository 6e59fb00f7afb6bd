"""What handlers of a session are told, and the forms they can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, get_args

from voicelive._suggest import did_you_mean
from voicelive_protocol import (
    HANDLER_NAMES,
    SERVER_EVENTS,
    HandlerResult,
    ReceivedEvent,
    ServerEventFunctions,
    ServerEventHandlers,
)

if TYPE_CHECKING:
    from voicelive._errors import VoiceLiveError
    from voicelive._session.session import VoiceLiveSession
    from voicelive.resilience import ReconnectReport


@dataclass(frozen=True, slots=True)
class SessionConnected:
    """A session has begun: `session.created` came, and is the next event.

    Attributes:
        session: The session.
    """

    session: VoiceLiveSession


@dataclass(frozen=True, slots=True)
class SessionDisconnected:
    """A session has ended; no event comes after this.

    Attributes:
        session: The session.
        code: WebSocket close code, 1006 for an end without a close; None if something
            else than the connection failed.
        reason: What the side that closed said about it, often "".
        clean: Whether it ended with code 1000, or because of `disconnect()`.
        error: The error that an iteration over the session raises; None if `clean`.
    """

    session: VoiceLiveSession
    code: int | None
    reason: str
    clean: bool
    error: Exception | None


@dataclass(frozen=True, slots=True)
class SessionReconnecting:
    """A connection is to be made once more, as the option `reconnect` wants it.

    Attributes:
        session: The session.
        error: How the connection was lost, or why the last attempt failed.
        attempt: Number of the attempt that comes, from 1.
        delay: Seconds until then.
    """

    session: VoiceLiveSession
    error: VoiceLiveError
    attempt: int
    delay: float


@dataclass(frozen=True, slots=True)
class SessionReconnected:
    """There is another connection; its `session.created` comes next.

    Attributes:
        session: The session.
        report: What was restored, and what was not.
    """

    session: VoiceLiveSession
    report: ReconnectReport


@dataclass(frozen=True, slots=True)
class SessionFailure:
    """The connection or a handler has failed, or events were dropped.

    What the service refuses is an `error` event (`on_server_error`) and not this.

    Attributes:
        error: What happened, with its traceback: what the handler raised; the end of
            the connection, which `SessionDisconnected` follows; `ReceiveTimeout`; or
            `EventsDropped`.
        handler: Name of the handler that failed; None if none did.
        event: What that handler was told; None if none failed.
    """

    error: BaseException
    handler: str | None = None
    event: ReceivedEvent | SessionChange | None = None


SessionChange: TypeAlias = (
    SessionConnected | SessionReconnecting | SessionReconnected | SessionDisconnected
)
"""What becomes of the connection of a session."""

HandlerEvent: TypeAlias = ReceivedEvent | SessionChange | SessionFailure
"""Everything that a handler can be told."""


class SessionHandlers(ServerEventHandlers):
    """Base for an object that handles what happens to a session.

    Override what you want to hear of, with plain methods or coroutine methods: one for
    each server event (`on_response_done`, ...), one for all of them, and those
    here. Methods left as they are do nothing.
    """

    def on_connected(self, event: SessionConnected) -> HandlerResult:
        """The session has begun."""

    def on_reconnecting(self, event: SessionReconnecting) -> HandlerResult:
        """The connection was lost, or could not be made; another attempt comes."""

    def on_reconnected(self, event: SessionReconnected) -> HandlerResult:
        """Another connection goes on in place of the one that was lost."""

    def on_disconnected(self, event: SessionDisconnected) -> HandlerResult:
        """The session has ended, for whatever reason."""

    def on_error(self, event: SessionFailure) -> HandlerResult:
        """The connection or a handler has failed, or events were dropped."""


class SessionFunctions(ServerEventFunctions, total=False):
    """Functions that handle what happens to a session, by the names of the methods."""

    on_connected: Callable[[SessionConnected], object]
    """The session has begun."""

    on_reconnecting: Callable[[SessionReconnecting], object]
    """The connection was lost, or could not be made; another attempt comes."""

    on_reconnected: Callable[[SessionReconnected], object]
    """Another connection goes on in place of the one that was lost."""

    on_disconnected: Callable[[SessionDisconnected], object]
    """The session has ended, for whatever reason."""

    on_error: Callable[[SessionFailure], object]
    """The connection or a handler has failed, or events were dropped."""


Handler: TypeAlias = Callable[[HandlerEvent], object]
"""A handler, when it does not matter of what."""

Calls: TypeAlias = tuple[tuple[str, Handler], ...]
"""Handlers with their names."""

EVERY_EVENT = "on_server_event"
ERROR = "on_error"

_SPECIFIC: Mapping[type, str] = {
    SessionConnected: "on_connected",
    SessionReconnecting: "on_reconnecting",
    SessionReconnected: "on_reconnected",
    SessionDisconnected: "on_disconnected",
    SessionFailure: ERROR,
    **{SERVER_EVENTS[wire]: name for wire, name in HANDLER_NAMES.items()},
}
_NAMES = (EVERY_EVENT, *_SPECIFIC.values())
_OWN = frozenset({*get_args(SessionChange), SessionFailure})


class HandlerTable:
    """The handlers of one subscription, by what they are told.

    Args:
        handlers: An object with handler methods, or functions by name.

    Raises:
        TypeError: A function has a name that no handler has, or is no function; or the
            object has no handler that does anything.

    Attributes:
        on_error: The handler of failures, if there is one.
    """

    def __init__(self, handlers: ServerEventHandlers | Mapping[str, object]) -> None:
        found = (
            _from_functions(handlers)
            if isinstance(handlers, Mapping)
            else _from_object(handlers)
        )
        self.on_error: Handler | None = found.get(ERROR)
        # For events of types that this version does not know, and unreadable ones.
        self._other = _pick(found, EVERY_EVENT)
        self._calls = {
            kind: _pick(found, name)
            if kind in _OWN
            else _pick(found, EVERY_EVENT, name)
            for kind, name in _SPECIFIC.items()
        }

    def find(self, notice: HandlerEvent) -> Calls:
        """The handlers to call, in order: that of all events is the first."""
        return self._calls.get(type(notice), self._other)


def _pick(found: Mapping[str, Handler], *names: str) -> Calls:
    return tuple((name, found[name]) for name in names if name in found)


def _from_functions(functions: Mapping[str, object]) -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    for name, function in functions.items():
        if name not in _NAMES:
            hint = did_you_mean(name, _NAMES)
            raise TypeError(f"there is no handler {name!r}{hint}")
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
        # What the base has does nothing: not even a call is needed.
        inherited = getattr(handler, "__func__", None) is getattr(SessionHandlers, name)
        if callable(handler) and not inherited:
            found[name] = handler
    if not found:
        raise TypeError(
            f"{type(handlers).__name__} has no handler: derive from SessionHandlers "
            "and override a method such as on_response_done"
        )
    return found
