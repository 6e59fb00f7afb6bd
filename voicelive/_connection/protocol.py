"""Interface of a connection, and base of the wrappers that add to one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Protocol

from voicelive_protocol import ClientMessage, ConnectionResources, ReceivedEvent


class ConnectionProtocol(Protocol):
    """Interface that `VoiceLiveConnection` and its wrappers share.

    A wrapper takes a connection and has the same interface itself, so wrappers can be
    stacked. The methods are documented at `VoiceLiveConnection`.
    """

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received."""
        ...

    @property
    def session_id(self) -> str | None:
        """The id of the session; None until it is ready."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the connection is known to have ended."""
        ...

    async def recv(self) -> ReceivedEvent:
        """Receive the next event; raise `ConnectionClosed` at the end."""
        ...

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        """Iterate over events; a normal close ends the iteration."""
        ...

    async def __anext__(self) -> ReceivedEvent:
        """Receive the next event, or stop after a normal close."""
        ...

    async def send(self, event: ClientMessage) -> None:
        """Send an event."""
        ...

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection."""
        ...


class ConnectionWrapper(ConnectionResources, ABC):
    """Connection that delegates its state to the wrapped one.

    Args:
        connection: The connection to wrap: a `VoiceLiveConnection` or another wrapper.
    """

    def __init__(self, connection: ConnectionProtocol) -> None:
        self._connection = connection
        self._attach_resources(self)

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received."""
        return self._connection.ready

    @property
    def session_id(self) -> str | None:
        """The id of the session; None until it is ready."""
        return self._connection.session_id

    @property
    def closed(self) -> bool:
        """Whether the connection is known to have ended."""
        return self._connection.closed

    @abstractmethod
    async def send(self, event: ClientMessage) -> None:
        """Send an event."""
