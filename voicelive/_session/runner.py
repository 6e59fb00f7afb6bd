"""One connection of a session, from its opening to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import TYPE_CHECKING

from voicelive._connection.protocol import ConnectionProtocol
from voicelive._errors import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionTimeout,
    ReceiveTimeout,
    SessionRejected,
    VoiceLiveError,
)
from voicelive._session.dispatcher import YIELD_EVERY, Dispatcher
from voicelive._session.event_queue import EventQueue
from voicelive._session.handlers import (
    SessionConnected,
    SessionDisconnected,
    SessionFailure,
    SessionReconnected,
    SessionReconnecting,
)
from voicelive._session.stack import ReconnectListener
from voicelive.resilience import ReconnectReport
from voicelive_protocol import ServerEventType, peek

if TYPE_CHECKING:
    from voicelive._session.session import VoiceLiveSession

NORMAL = 1000

# Seconds that an attempt which is given up has to say goodbye.
_GRACE = 1.0

ConnectionOpener = Callable[
    [ReconnectListener], AbstractAsyncContextManager[ConnectionProtocol]
]
"""Makes the context manager that opens a connection.

It tells the listener of reconnects, if there are any.
"""


class ConnectionState(Enum):
    """Whether a session has a connection."""

    DISCONNECTED = "disconnected"
    """Not yet, or not any more."""

    CONNECTING = "connecting"
    """`connect()` is at it."""

    CONNECTED = "connected"
    """The service has begun the session."""

    RECONNECTING = "reconnecting"
    """The connection was lost, and the option `reconnect` wants another one."""

    DISCONNECTING = "disconnecting"
    """`disconnect()` is at it."""


class SessionRunner:
    """Opens a connection and hands its events out; all of that in one task.

    Args:
        session: Whose connection it is.
        dispatcher: The handlers.
        queue_size: How many events are kept for an iteration besides handlers.

    Attributes:
        state: How far it is.
        connection: The connection; None before it is open.
        inbox: The events for an iteration.
        ended_normally: Whether it has ended, and nothing is wrong about that.
    """

    def __init__(
        self, session: VoiceLiveSession, dispatcher: Dispatcher, queue_size: int
    ) -> None:
        self.state = ConnectionState.CONNECTING
        self.connection: ConnectionProtocol | None = None
        self.ended_normally = False
        self.inbox = EventQueue(
            queue_size,
            has_handlers=lambda: dispatcher.listening,
            closing=lambda: self.state is ConnectionState.DISCONNECTING,
        )
        self._session = session
        self._dispatcher = dispatcher
        self._began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self._attempt_failed: VoiceLiveError | None = None
        self._will_reconnect = False

    @property
    def over(self) -> bool:
        """Whether it has ended, and nothing of it is left."""
        return self._task is not None and self._task.done()

    async def start(
        self,
        open_connection: ConnectionOpener,
        limit: float | None,
        configure: Callable[[], Awaitable[None]],
    ) -> None:
        """Wait until the session has begun; see `VoiceLiveSession.connect`.

        Args:
            open_connection: Makes what opens the connection.
            limit: Seconds for all of it; None for no limit.
            configure: What to do when the session has begun.
        """
        self._task = asyncio.create_task(
            self._run(open_connection), name="voicelive session"
        )
        waiting = asyncio.timeout(limit)
        try:
            async with waiting:
                await self._began
                await configure()
        except BaseException as error:
            await self._give_up(self._task)
            if not isinstance(error, TimeoutError) or not waiting.expired():
                raise
            text = f"the session has not begun within {limit:g} s (connection_timeout)"
            failed = self._attempt_failed
            if failed is not None:
                text += f"; the last attempt has failed: {failed}"
            raise ConnectionTimeout(text) from failed

    async def close(self, code: int, reason: str) -> None:
        """Close the connection and wait until it has ended.

        Raises:
            ValueError: The code is none that may be sent; nothing has changed.
        """
        task = self._task
        if task is None or task.done():
            return
        before, self.state = self.state, ConnectionState.DISCONNECTING
        self.inbox.look_again()
        try:
            if self.connection is None:
                task.cancel()
            else:
                await self.connection.close(code=code, reason=reason)
        except ValueError:
            self.state = before
            raise
        await asyncio.wait({task})

    def abandon(self) -> None:
        """End it without waiting."""
        if self._task is not None:
            self._task.cancel()

    def will_reconnect(self) -> None:
        """The connection replaces connections that are lost."""
        self._will_reconnect = True

    def reconnecting(self, error: VoiceLiveError, attempt: int, delay: float) -> None:
        """There is no connection now; the next attempt comes after some seconds."""
        self._attempt_failed = error
        if self.state is ConnectionState.CONNECTED:
            self.state = ConnectionState.RECONNECTING
        self._dispatcher.publish(
            SessionReconnecting(self._session, error, attempt, delay)
        )

    def reconnected(self, report: ReconnectReport) -> None:
        """There is a connection again."""
        if self.state is ConnectionState.RECONNECTING:
            self.state = ConnectionState.CONNECTED
        self._dispatcher.publish(SessionReconnected(self._session, report))

    async def _give_up(self, task: asyncio.Task[None]) -> None:
        """End an attempt to connect, or a connection that just came about."""
        if self.state in (ConnectionState.CONNECTED, ConnectionState.RECONNECTING):
            await self.close(NORMAL, "")
        for _ in range(2):
            if not task.done():
                # The first time it says goodbye, the second it drops the socket.
                task.cancel()
                await asyncio.wait({task}, timeout=_GRACE)
        await asyncio.wait({task})
        await self._dispatcher.settle()

    async def _run(self, open_connection: ConnectionOpener) -> None:
        try:
            async with open_connection(self) as connection:
                self.connection = connection
                end = await self._read(connection)
        except asyncio.CancelledError:
            # Nobody is told, as that would start tasks when all are to end.
            self._finish(
                ConnectionFailed("the session was given up", retryable=False),
                silently=True,
            )
            raise
        except Exception as error:
            end = error
        self._finish(end)

    async def _read(self, connection: ConnectionProtocol) -> Exception:
        """Hand out events until there are no more; returns why."""
        count = 0
        while True:
            try:
                event = await connection.recv()
            except ReceiveTimeout as error:
                self._dispatcher.report(SessionFailure(error))
                if self.inbox.reading:
                    await self.inbox.put(error)
                continue
            except VoiceLiveError as error:
                return error
            if connection.ready and self.state is ConnectionState.CONNECTING:
                self._begin()
            self._dispatcher.publish(event)
            await self.inbox.put(event)
            if peek(event).type == ServerEventType.ERROR and self._is_refused(
                connection
            ):
                # This is no session, and never will be; the connection knows why.
                await connection.close()
            count += 1
            if count % YIELD_EVERY == 0 or self._dispatcher.crowded:
                await asyncio.sleep(0)

    def _is_refused(self, connection: ConnectionProtocol) -> bool:
        """Whether an `error` event says that there will be no session.

        A connection that reconnects decides that itself, for each of its connections.
        """
        return not connection.ready and not self._will_reconnect

    def _begin(self) -> None:
        self.state = ConnectionState.CONNECTED
        if not self._began.done():
            self._began.set_result(None)
        self._dispatcher.publish(SessionConnected(self._session))

    def _finish(self, end: Exception, *, silently: bool = False) -> None:
        state, self.state = self.state, ConnectionState.DISCONNECTED
        code = end.code if isinstance(end, ConnectionClosed) else None
        self.ended_normally = state is ConnectionState.DISCONNECTING or (
            code == NORMAL and not isinstance(end, SessionRejected)
        )
        self.inbox.finish(end)
        if not self._began.done():
            self._began.set_exception(end)  # for start(), which raises it
        elif state is not ConnectionState.CONNECTING and not silently:
            self._tell_the_end(code, end)

    def _tell_the_end(self, code: int | None, end: Exception) -> None:
        error = None if self.ended_normally else end
        if error is not None:
            self._dispatcher.report(SessionFailure(error))
        reason = end.reason if isinstance(end, ConnectionClosed) else str(end)
        self._dispatcher.publish(
            SessionDisconnected(self._session, code, reason, self.ended_normally, error)
        )
