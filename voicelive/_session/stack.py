"""What a session puts over its connection."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from msgspec import UNSET

from voicelive._connection.connect import connect
from voicelive._connection.protocol import ConnectionProtocol
from voicelive._errors import VoiceLiveError
from voicelive._session.configuration import ConfiguringConnection
from voicelive.resilience import ReconnectPolicy, ReconnectReport, stay_connected
from voicelive.resilience._policy import notify
from voicelive.turns import PlaybackClock, ToolSet, TurnKeeper
from voicelive_protocol import RequestSession


class ReconnectWatch(Protocol):
    """Is told when a connection is replaced by another one."""

    def will_reconnect(self) -> None:
        """There is a policy for that."""
        ...

    def reconnecting(self, error: VoiceLiveError, attempt: int, delay: float) -> None:
        """As `ReconnectPolicy.on_reconnecting`."""
        ...

    def reconnected(self, report: ReconnectReport) -> None:
        """As `ReconnectPolicy.on_reconnected`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What is put over a connection, as in `VoiceLiveSessionOptions`.

    Attributes:
        reconnect: When to reconnect, None for never.
        keep_turns: Whether there is a `TurnKeeper`.
        tools: Functions that the model can call.
        playback: Counts what the listener has heard.
        refuse_unknown_calls: Whether functions that the model invents are answered with
            an error; see `TurnKeeper`.

    Raises:
        TypeError: One of them is something else.
    """

    reconnect: ReconnectPolicy | None = None
    keep_turns: bool = False
    tools: ToolSet | None = None
    playback: PlaybackClock | None = None
    refuse_unknown_calls: bool = True

    def __post_init__(self) -> None:
        for name, kind in (
            ("reconnect", ReconnectPolicy),
            ("tools", ToolSet),
            ("playback", PlaybackClock),
        ):
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"{name} takes a {kind.__name__}, not {value!r}")

    def connect(
        self, arguments: dict[str, Any], watch: ReconnectWatch | None = None
    ) -> AbstractAsyncContextManager[ConnectionProtocol]:
        """Make the context manager that connects, with all layers.

        Args:
            arguments: Those of `connect`.
            watch: Who is told of reconnects, before the callbacks of the policy.

        Raises:
            TypeError: As `connect`.
            ValueError: As `connect`.
        """
        opened: AbstractAsyncContextManager[ConnectionProtocol]
        if self.reconnect is None:
            opened = connect(**arguments)
        else:
            policy = self.reconnect
            if watch is not None:
                watch.will_reconnect()
                policy = _watched(policy, watch)
            opened = stay_connected(policy=policy, **arguments)
        configuring = _configuring(opened)
        return self._keeping_turns(configuring) if self._keeps_turns else configuring

    def configure(self, configuration: RequestSession | None) -> RequestSession | None:
        """Offer the tools to the model, unless the configuration has tools itself."""
        if self.tools is None:
            return configuration
        offered = self.tools.definitions
        if configuration is None:
            return RequestSession(tools=offered)
        if configuration.tools is UNSET:
            configuration = copy.copy(configuration)
            configuration.tools = offered
        return configuration

    @property
    def _keeps_turns(self) -> bool:
        return self.keep_turns or self.tools is not None or self.playback is not None

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


def _watched(policy: ReconnectPolicy, watch: ReconnectWatch) -> ReconnectPolicy:
    """The policy, with one more who is told."""

    async def reconnecting(error: VoiceLiveError, attempt: int, delay: float) -> None:
        watch.reconnecting(error, attempt, delay)
        await notify(policy.on_reconnecting, error, attempt, delay)

    async def reconnected(report: ReconnectReport) -> None:
        watch.reconnected(report)
        await notify(policy.on_reconnected, report)

    return replace(policy, on_reconnecting=reconnecting, on_reconnected=reconnected)
