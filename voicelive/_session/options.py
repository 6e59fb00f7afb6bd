"""Options of clients and sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict, get_type_hints

from voicelive._session.handlers import SessionFunctions
from voicelive._session.stack import ConnectionStack
from voicelive._suggest import did_you_mean
from voicelive._transport.options import WebsocketConnectionOptions
from voicelive.resilience import ReconnectPolicy
from voicelive.turns import PlaybackClock, ToolSet
from voicelive_protocol import ServerEventHandlers


class VoiceLiveSessionOptions(TypedDict, total=False):
    """Options of a session, all with a default. Times are in seconds.

    An unknown key raises `TypeError`, a value out of range `ValueError`.
    """

    api_version: str
    """Version of the API; by default that of the client."""

    connection_timeout: float | None
    """Longest time that `connect()` may take, from getting a token until the service
    has begun the session; 30 by default, None or 0 for no limit. The handshake has a
    limit of its own as well (`connection_options['handshake_timeout']`)."""

    handler_timeout: float
    """How long handlers may still run when the session is disconnected or their
    subscription closed; 5 by default. Then they are cancelled."""

    event_queue_size: int
    """How many events may wait for the handlers of one subscription, and for an
    iteration besides handlers; 4,096 by default, which are some minutes of audio and at
    most some 50 MB. More are dropped: see `VoiceLiveSession`."""

    connection_options: WebsocketConnectionOptions
    """Timeouts and limits of the connection."""

    headers: Mapping[str, Any]
    """Further headers of the handshake. They replace those of the client; None leaves
    one out."""

    query: Mapping[str, Any]
    """Further query parameters. They replace those of the client; None leaves one out,
    a list repeats it."""

    credential_scopes: str | Sequence[str]
    """Scopes to ask a token for; `https://ai.azure.com/.default` by default."""

    reconnect: ReconnectPolicy | None
    """Stay connected by this policy when the connection is lost, as `stay_connected`
    does; by default the session ends then. Handlers hear of it (`on_reconnecting`,
    `on_reconnected`), as do the callbacks of the policy. The first connection is made
    in several attempts too, within `connection_timeout`."""

    keep_turns: bool
    """Whether a `TurnKeeper` lets requests for responses wait for their turn; on with
    `tools` or `playback`, else off by default. `VoiceLiveSession.turns` is it."""

    tools: ToolSet | None
    """Functions that the model can call. They are called, and the response goes on
    with what they return. Unless the configuration has `tools`, these are offered."""

    refuse_unknown_calls: bool
    """Whether a function that is neither in `tools` nor among the tools of the session
    is answered with an error when the model calls it; on by default. Off, such calls
    are in `session.turns.pending_calls`."""

    playback: PlaybackClock | None
    """Counts what the listener has heard, so that an interrupted answer is cut there.
    It belongs to one session at a time."""


class CreateSessionOptions(VoiceLiveSessionOptions, total=False):
    """Options of `VoiceLiveClient.create_session`."""


class StartSessionOptions(CreateSessionOptions, total=False):
    """Options of `VoiceLiveClient.start_session`."""

    handlers: ServerEventHandlers | SessionFunctions
    """What to subscribe before the session is connected: an object with handler
    methods, or a dict of functions by name. Nothing by default."""


class VoiceLiveClientOptions(TypedDict, total=False):
    """Options of `VoiceLiveClient`, all with a default."""

    api_version: str
    """Version of the API for sessions that do not ask for another one."""

    default_session_options: VoiceLiveSessionOptions
    """Options for sessions that do not set them otherwise. Nested values such as
    `connection_options` are replaced as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Sizes and times of a session, as in `VoiceLiveSessionOptions`.

    Attributes:
        connection_timeout: Seconds that connecting may take, None for no limit.
        handler_timeout: Seconds that handlers have at the end.
        event_queue_size: How many events may wait for handlers.

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
    """Options from several places, the last of which counts.

    Args:
        kind: The `TypedDict` that says which there are.
        layers: Options, each of these kinds or a part of it.

    Raises:
        TypeError: There is no such option.
    """
    merged: dict[str, Any] = {}
    known = get_type_hints(kind)
    for layer in layers:
        for name, value in layer.items():
            if name not in known:
                names = ", ".join(known)
                raise TypeError(
                    f"there is no option {name!r}, only {names}"
                    + did_you_mean(name, known)
                )
            merged[name] = value
    return merged


def limits_of(options: dict[str, Any]) -> SessionLimits:
    """Take the sizes and times of the session out of its options.

    Raises:
        ValueError: One of them is out of range.
    """
    given = _taken(options, SessionLimits)
    if "connection_timeout" in given:
        given["connection_timeout"] = given["connection_timeout"] or None
    return SessionLimits(**given)


def stack_of(options: dict[str, Any]) -> ConnectionStack:
    """Take what goes over the connection out of the options of a session.

    Raises:
        TypeError: One of them is of another kind.
    """
    return ConnectionStack(**_taken(options, ConnectionStack))


def _taken(options: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    """Take the options out that are fields of a dataclass."""
    names = [field.name for field in fields(kind)]
    return {name: options.pop(name) for name in names if name in options}
