"""What a session puts over its connection."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from voicelive._connect import connect
from voicelive._link import Link
from voicelive.resilience import ReconnectPolicy, stay_connected
from voicelive.turns import PlaybackClock, ToolSet, TurnKeeper
from voicelive_protocol import RequestSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What is put over a connection, as in `VoiceLiveSessionOptions`.

    Attributes:
        reconnect: When to reconnect, None for never.
        keep_turns: Whether there is a `TurnKeeper`.
        tools: Functions that the model can call.
        playback: Counts what the listener has heard.

    Raises:
        TypeError: One of them is something else.
    """

    reconnect: ReconnectPolicy | None = None
    keep_turns: bool = False
    tools: ToolSet | None = None
    playback: PlaybackClock | None = None

    def __post_init__(self) -> None:
        for name, kind in (
            ("reconnect", ReconnectPolicy),
            ("tools", ToolSet),
            ("playback", PlaybackClock),
        ):
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"{name} takes a {kind.__name__}, not {value!r}")

    def connect(self, arguments: dict[str, Any]) -> AbstractAsyncContextManager[Link]:
        """Make the context manager that connects, with all layers.

        Args:
            arguments: Those of `connect`.

        Raises:
            TypeError: As `connect`.
            ValueError: As `connect`.
        """
        opened: AbstractAsyncContextManager[Link]
        if self.reconnect is None:
            opened = connect(**arguments)
        else:
            opened = stay_connected(policy=self.reconnect, **arguments)
        return self._keeping_turns(opened) if self._keeps_turns else opened

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
        self, opened: AbstractAsyncContextManager[Link]
    ) -> AsyncIterator[Link]:
        async with (
            opened as link,
            TurnKeeper(link, tools=self.tools, playback=self.playback) as keeper,
        ):
            yield keeper
