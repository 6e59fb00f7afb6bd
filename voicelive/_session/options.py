"""Options of clients and sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict, get_type_hints

from voicelive._session.handlers import SessionFunctions
from voicelive._session.stack import ConnectionStack
from voicelive._transport.base import TransportFactory
from voicelive._transport.options import WebsocketConnectionOptions
from voicelive.resilience import ReconnectPolicy
from voicelive.turns import PlaybackClock, SilenceWatch, ToolSet
from voicelive_core.suggest import did_you_mean, snake_case
from voicelive_protocol import ServerEventHandlers


class VoiceLiveSessionOptions(TypedDict, total=False):
    """Options of a session, all with a default. Times are in seconds.

    An unknown key raises `TypeError`, a value out of range `ValueError`.
    """

    api_version: str
    """API version; by default that of the client."""

    connection_timeout: float | None
    """Timeout of `connect()`, from getting a token until the service has begun the
    session; 30 by default, None or 0 for no limit. The handshake has its own timeout
    as well (`connection_options['handshake_timeout']`)."""

    handler_timeout: float
    """Time for handlers to finish after the session is disconnected or their
    subscription closed; 5 by default. Then they are cancelled."""

    event_queue_size: int
    """Queue size of each subscription, and of the iteration while there are handlers;
    4,096 by default, which is some minutes of audio and at most about 50 MB. Further
    events are dropped: see `VoiceLiveSession`."""

    connection_options: WebsocketConnectionOptions
    """Timeouts and limits of the connection."""

    headers: Mapping[str, Any]
    """Further headers of the handshake. They override those of the client; None omits
    one."""

    query: Mapping[str, Any]
    """Further query parameters. They override those of the client; None omits a
    parameter, a list repeats it."""

    credential_scopes: str | Sequence[str]
    """Scopes of the token; `https://ai.azure.com/.default` by default."""

    transport: TransportFactory | None
    """Opens the WebSocket of each connection, instead of aiohttp; for tests a
    `voicelive.testing.MemoryTransport`."""

    reconnect: ReconnectPolicy | None
    """Policy for reconnecting after a lost connection, as with `stay_connected`; by
    default the session ends. Handlers (`on_reconnecting`, `on_reconnected`) and the
    callbacks of the policy are called. The policy also applies to the first connection,
    within `connection_timeout`."""

    keep_turns: bool
    """Whether to add a `TurnKeeper`, which queues requests for responses; on with
    `tools`, `playback` or `silence`, else off by default. See
    `VoiceLiveSession.turns`."""

    tools: ToolSet | None
    """Functions that the model can call. They are run, and the response continues with
    their results. They are declared to the model unless the configuration has
    `tools`."""

    refuse_unknown_calls: bool
    """Whether to answer a call with an error when the function is neither in `tools`
    nor among the tools of the session; on by default. If off, such calls are in
    `session.turns.pending_calls`."""

    playback: PlaybackClock | None
    """Clock of the audio that was played, so that an interrupted response is truncated
    there. It belongs to one session at a time."""

    silence: SilenceWatch | None
    """Reprompts a silent user, then hangs up."""


class CreateSessionOptions(VoiceLiveSessionOptions, total=False):
    """Options of `VoiceLiveClient.create_session`."""


class StartSessionOptions(CreateSessionOptions, total=False):
    """Options of `VoiceLiveClient.start_session`."""

    handlers: ServerEventHandlers | SessionFunctions
    """Handlers to subscribe before the session is connected: an object with handler
    methods, or a dict of functions by name. None by default."""


class VoiceLiveClientOptions(TypedDict, total=False):
    """Options of `VoiceLiveClient`, all with a default."""

    api_version: str
    """Default API version of sessions."""

    default_session_options: VoiceLiveSessionOptions
    """Default options of sessions. Nested values such as `connection_options` are
    replaced as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Timeouts and queue sizes of a session, as in `VoiceLiveSessionOptions`.

    Attributes:
        connection_timeout: Timeout of connecting, in seconds; None for no limit.
        handler_timeout: How long handlers may run at the end, in seconds.
        event_queue_size: Number of events that can be queued for handlers.

    Raises:
        ValueError: A value is out of range.
    """

    connection_timeout: float | None = 30.0
    handler_timeout: float = 5.0
    event_queue_size: int = 4096

    def __post_init__(self) -> None:
        for name in ("connection_timeout", "handler_timeout"):
            value: object = getattr(self, name)
            if value is not None and not _is_time(value):
                raise ValueError(f"{name} must be 0 or more seconds, not {value!r}")
        if self.event_queue_size < 1:
            raise ValueError(
                f"event_queue_size must be 1 or more, not {self.event_queue_size!r}"
            )


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and value >= 0 and math.isfinite(value)


def merge(kind: Any, *layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge options; later ones override earlier ones.

    Args:
        kind: The `TypedDict` that declares the options.
        layers: The options to merge.

    Raises:
        TypeError: An option is unknown.
    """
    merged: dict[str, Any] = {}
    known = get_type_hints(kind)
    for layer in layers:
        for name, value in layer.items():
            if name not in known:
                names = ", ".join(known)
                raise TypeError(
                    f"unknown option {name!r}; the options are {names}"
                    + did_you_mean(snake_case(name), known)
                )
            merged[name] = value
    return merged


def limits_of(options: dict[str, Any]) -> SessionLimits:
    """Remove the limits from the options of a session and return them.

    Raises:
        ValueError: A limit is out of range.
    """
    given = _taken(options, SessionLimits)
    if "connection_timeout" in given:
        given["connection_timeout"] = given["connection_timeout"] or None
    return SessionLimits(**given)


def stack_of(options: dict[str, Any]) -> ConnectionStack:
    """Remove the options of the connection stack and return the stack.

    Raises:
        TypeError: An option has the wrong type.
    """
    return ConnectionStack(**_taken(options, ConnectionStack))


def _taken(options: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    """Remove and return the options that are fields of a dataclass."""
    names = [field.name for field in fields(kind)]
    return {name: options.pop(name) for name in names if name in options}
