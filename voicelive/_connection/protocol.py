"""Interface of a connection, and base of the wrappers that add to one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, cast

from voicelive._connection.clock import loop_time
from voicelive._connection.state import SessionState
from voicelive._connection.tracked_send import tracked_send
from voicelive._errors import ConnectionClosed
from voicelive_core.close_codes import CloseCode
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

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """Close the connection."""
        ...


class StatefulConnection(ConnectionProtocol, Protocol):
    """Connection that tracks the state of its session."""

    @property
    def state(self) -> SessionState:
        """State of the session after the last event that was sent or returned."""
        ...


class ConnectionWrapper(ConnectionResources, ABC):
    """Connection that delegates its state to the wrapped one.

    Args:
        connection: The connection to wrap: a `VoiceLiveConnection`, another wrapper, or
            any object with the same methods.
    """

    def __init__(self, connection: ConnectionProtocol) -> None:
        self._connection = with_state(connection)
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

    @property
    def state(self) -> SessionState:
        """State of the session after the last event that was sent or returned.

        For wrappers of connections; not part of the public interface.
        """
        return self._connection.state

    @abstractmethod
    async def send(self, event: ClientMessage) -> None:
        """Send an event."""


def with_state(connection: ConnectionProtocol) -> StatefulConnection:
    """Return the connection, wrapped if it does not track the state itself."""
    if isinstance(getattr(connection, "state", None), SessionState):
        return cast(StatefulConnection, connection)
    return _TrackingConnection(connection)


def end_following(state: SessionState) -> None:
    """Notify the account of the conversation that the connection has ended."""
    if state.follower is not None:
        state.follower.connection_ended(loop_time())


class _TrackingConnection:
    """Connection of another class, such as one of an application, with a state."""

    def __init__(self, connection: ConnectionProtocol) -> None:
        self._connection = connection
        self.state = SessionState()

    @property
    def ready(self) -> bool:
        return self._connection.ready

    @property
    def session_id(self) -> str | None:
        return self._connection.session_id

    @property
    def closed(self) -> bool:
        return self._connection.closed

    async def recv(self) -> ReceivedEvent:
        return self._track(await self._until_end(self._connection.recv))

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return self._track(await self._until_end(self._connection.__anext__))

    async def _until_end(
        self, receive: Callable[[], Awaitable[ReceivedEvent]]
    ) -> ReceivedEvent:
        try:
            return await receive()
        except (ConnectionClosed, StopAsyncIteration):
            end_following(self.state)
            raise

    def _track(self, event: ReceivedEvent) -> ReceivedEvent:
        self.state.received(event)
        follower = self.state.follower
        if follower is not None and not follower.absorbed(event):
            follower.received(event, loop_time())
        return event

    async def send(self, event: ClientMessage) -> None:
        with tracked_send(self, event):
            await self._connection.send(event)

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        await self._connection.close(code=code, reason=reason)
        end_following(self.state)
