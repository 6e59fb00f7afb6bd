"""Stack of wrappers around the connection of a session."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from msgspec import UNSET

from voicelive._connection.connect import open_connection
from voicelive._connection.protocol import ConnectionProtocol
from voicelive._connection.request import ConnectRequest
from voicelive._errors import VoiceLiveError
from voicelive._session.configuration import ConfiguringConnection
from voicelive.resilience import (
    ReconnectingConnection,
    ReconnectPolicy,
    ReconnectReport,
)
from voicelive.resilience._policy import notify
from voicelive.resilience._reconnecting import reconnecting
from voicelive.turns import PlaybackClock, SilenceWatch, ToolSet, TurnKeeper
from voicelive_protocol import RequestSession


class ReconnectListener(Protocol):
    """Callbacks for the replacement of a lost connection."""

    def will_reconnect(self) -> None:
        """Handle that a lost connection is going to be replaced."""
        ...

    def opened(self, connection: ReconnectingConnection) -> None:
        """Handle the connection that reconnects, when it is open."""
        ...

    def reconnecting(self, error: VoiceLiveError, attempt: int, delay: float) -> None:
        """Handle the next attempt; see `ReconnectPolicy.on_reconnecting`."""
        ...

    def reconnected(self, report: ReconnectReport) -> None:
        """Handle a new connection; see `ReconnectPolicy.on_reconnected`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStack:
    """Builder of the connection of a session, with its wrappers.

    Attributes:
        reconnect: Policy for reconnecting; None for no reconnecting.
        keep_turns: Whether to add a `TurnKeeper`; implied by `tools`, `playback` and
            `silence`.
        tools: Functions that the model can call.
        playback: Clock of the audio that was played.
        silence: Reprompts a silent user, then hangs up.
        refuse_unknown_calls: Whether to answer calls of unknown functions with an
            error; see `TurnKeeper`.

    Raises:
        TypeError: An attribute has the wrong type.
    """

    reconnect: ReconnectPolicy | None = None
    keep_turns: bool = False
    tools: ToolSet | None = None
    playback: PlaybackClock | None = None
    silence: SilenceWatch | None = None
    refuse_unknown_calls: bool = True

    def __post_init__(self) -> None:
        for name, kind in (
            ("reconnect", ReconnectPolicy),
            ("tools", ToolSet),
            ("playback", PlaybackClock),
            ("silence", SilenceWatch),
        ):
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"{name} takes a {kind.__name__}, not {value!r}")

    def connect(
        self, request: ConnectRequest, listener: ReconnectListener
    ) -> AbstractAsyncContextManager[ConnectionProtocol]:
        """Return the context manager that opens the wrapped connection.

        Args:
            request: Parameters of the connection.
            listener: Callbacks to call before those of the policy.
        """
        opened: AbstractAsyncContextManager[ConnectionProtocol]
        if self.reconnect is None:
            opened = open_connection(request)
        else:
            listener.will_reconnect()
            opened = _reconnecting(request, self.reconnect, listener)
        configuring = _configuring(opened)
        return self._keeping_turns(configuring) if self._keeps_turns else configuring

    def configure(self, configuration: RequestSession | None) -> RequestSession | None:
        """Return the configuration, with the tools added unless it sets its own."""
        if self.tools is None:
            return configuration
        definitions = self.tools.definitions
        if configuration is None:
            return RequestSession(tools=definitions)
        if configuration.tools is UNSET:
            configuration = copy.copy(configuration)
            configuration.tools = definitions
        return configuration

    @property
    def _keeps_turns(self) -> bool:
        needs = (self.tools, self.playback, self.silence)
        return self.keep_turns or any(need is not None for need in needs)

    @asynccontextmanager
    async def _keeping_turns(
        self, opened: AbstractAsyncContextManager[ConnectionProtocol]
    ) -> AsyncIterator[ConnectionProtocol]:
        async with (
            opened as connection,
            TurnKeeper(
                connection,
                tools=self.tools,
                playback=self.playback,
                silence=self.silence,
                refuse_unknown_calls=self.refuse_unknown_calls,
            ) as keeper,
        ):
            yield keeper


@asynccontextmanager
async def _configuring(
    opened: AbstractAsyncContextManager[ConnectionProtocol],
) -> AsyncIterator[ConnectionProtocol]:
    async with opened as connection:
        yield ConfiguringConnection(connection)


@asynccontextmanager
async def _reconnecting(
    request: ConnectRequest, policy: ReconnectPolicy, listener: ReconnectListener
) -> AsyncIterator[ConnectionProtocol]:
    async with reconnecting(request, _with_listener(policy, listener)) as connection:
        listener.opened(connection)
        yield connection


def _with_listener(
    policy: ReconnectPolicy, listener: ReconnectListener
) -> ReconnectPolicy:
    """Return the policy with callbacks that also call the listener."""

    async def announce(error: VoiceLiveError, attempt: int, delay: float) -> None:
        listener.reconnecting(error, attempt, delay)
        await notify(policy.on_reconnecting, error, attempt, delay)

    async def report_back(report: ReconnectReport) -> None:
        listener.reconnected(report)
        await notify(policy.on_reconnected, report)

    return replace(policy, on_reconnecting=announce, on_reconnected=report_back)
