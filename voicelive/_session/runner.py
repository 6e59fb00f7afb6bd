"""Task of a session: opens the connection, reads events and dispatches them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import TYPE_CHECKING

from voicelive._connection.clock import loop_time
from voicelive._connection.protocol import ConnectionProtocol, with_state
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
    SessionTurn,
)
from voicelive._session.stack import ReconnectListener
from voicelive.conversation import Conversation
from voicelive.conversation._changes import ChangeReader
from voicelive.resilience import ReconnectingConnection, ReconnectReport
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import ServerEventType, peek

# The runner passes the session that creates it to handlers.
if TYPE_CHECKING:
    from voicelive._session.session import VoiceLiveSession

# How long an abandoned attempt may take to close.
_GRACE_SECONDS = 1.0

ConnectionOpener = Callable[
    [ReconnectListener], AbstractAsyncContextManager[ConnectionProtocol]
]
"""Returns the context manager that opens a connection.

The connection calls the listener when it reconnects.
"""


class ConnectionState(Enum):
    """State of the connection of a session."""

    DISCONNECTED = "disconnected"
    """There is no connection."""

    CONNECTING = "connecting"
    """`connect()` is in progress."""

    CONNECTED = "connected"
    """The service has begun the session."""

    RECONNECTING = "reconnecting"
    """The connection was lost and is being replaced (option `reconnect`)."""

    DISCONNECTING = "disconnecting"
    """`disconnect()` is in progress."""


class SessionRunner:
    """Task that opens one connection of a session and dispatches its events.

    Args:
        session: The session.
        conversation: Account of the conversation.
        dispatcher: Dispatches events to the handlers.
        queue_size: Limit of the queue for an iteration while there are handlers.

    Attributes:
        state: State of the connection.
        connection: The connection; None before it is open.
        renewable: The connection that reconnects, below its wrappers; None before it is
            open, and without the option `reconnect`.
        inbox: Queue of events for an iteration.
        ended_normally: Whether the connection has ended without an error.
    """

    def __init__(
        self,
        session: VoiceLiveSession,
        conversation: Conversation,
        dispatcher: Dispatcher,
        queue_size: int,
    ) -> None:
        self.state = ConnectionState.CONNECTING
        self.connection: ConnectionProtocol | None = None
        self.renewable: ReconnectingConnection | None = None
        self.ended_normally = False
        self.inbox = EventQueue(
            queue_size,
            has_handlers=lambda: dispatcher.listening,
            closing=lambda: self.state is ConnectionState.DISCONNECTING,
        )
        self._session = session
        self._conversation = conversation
        # Reads the changes for `on_turn`, while there is such a handler.
        self._turns: ChangeReader | None = None
        self._dispatcher = dispatcher
        self._began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self._attempt_failed: VoiceLiveError | None = None
        self._will_reconnect = False

    @property
    def over(self) -> bool:
        """Whether the task has ended."""
        return self._task is not None and self._task.done()

    async def start(
        self,
        open_connection: ConnectionOpener,
        limit: float | None,
        configure: Callable[[], Awaitable[None]],
    ) -> None:
        """Wait until the session has begun; see `VoiceLiveSession.connect`.

        Args:
            open_connection: Returns the context manager that opens the connection.
            limit: Timeout for all of it, in seconds; None for no limit.
            configure: Called when the session has begun.
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
            await self._abort(self._task)
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
            ValueError: The code must not be sent; nothing has changed.
        """
        task = self._task
        if task is None or task.done():
            return
        before, self.state = self.state, ConnectionState.DISCONNECTING
        self.inbox.reconsider()
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
        """Cancel the task without waiting for it."""
        if self._task is not None:
            self._task.cancel()

    def will_reconnect(self) -> None:
        """Handle that a lost connection is going to be replaced."""
        self._will_reconnect = True

    def opened(self, connection: ReconnectingConnection) -> None:
        """Handle the connection that reconnects, when it is open."""
        self.renewable = connection

    def reconnecting(self, error: VoiceLiveError, attempt: int, delay: float) -> None:
        """Handle the next attempt to connect."""
        self._attempt_failed = error
        if self.state is ConnectionState.CONNECTED:
            self.state = ConnectionState.RECONNECTING
        self._dispatcher.publish(
            SessionReconnecting(self._session, error, attempt, delay)
        )

    def reconnected(self, report: ReconnectReport) -> None:
        """Handle a new connection."""
        if self.state is ConnectionState.RECONNECTING:
            self.state = ConnectionState.CONNECTED
        self._dispatcher.publish(SessionReconnected(self._session, report))

    async def _abort(self, task: asyncio.Task[None]) -> None:
        """End an attempt to connect, or a connection that was just opened."""
        if self.state in (ConnectionState.CONNECTED, ConnectionState.RECONNECTING):
            await self.close(CloseCode.NORMAL, "")
        for _ in range(2):
            if not task.done():
                # The first cancellation closes, the second one drops the socket.
                task.cancel()
                await asyncio.wait({task}, timeout=_GRACE_SECONDS)
        await asyncio.wait({task})
        await self._dispatcher.settle()

    async def _run(self, open_connection: ConnectionOpener) -> None:
        try:
            async with open_connection(self) as opened:
                self.connection = connection = with_state(opened)
                self._conversation.begin(connection.state)
                end = await self._read(connection)
        except asyncio.CancelledError:
            # Do not notify handlers: that would start tasks during cancellation.
            self._finish(
                ConnectionFailed("connecting was cancelled", retryable=False),
                notify=False,
            )
            raise
        except Exception as error:
            end = error
        self._finish(end)

    async def _read(self, connection: ConnectionProtocol) -> Exception:
        """Dispatch events until the connection ends; return the reason."""
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
            if self._dispatcher.handles_turns:
                self._publish_turns()
            await self.inbox.put(event)
            if peek(event).type == ServerEventType.ERROR and self._is_refused(
                connection
            ):
                # There will be no session; the connection has the reason.
                await connection.close()
            count += 1
            if count % YIELD_EVERY == 0 or self._dispatcher.crowded:
                await asyncio.sleep(0)

    def _publish_turns(self) -> None:
        """Dispatch the changes of turns since the last call."""
        if self._turns is None:
            self._turns = self._conversation.reader(from_start=False)
        for change in self._turns.take():
            self._dispatcher.publish(
                SessionTurn(self._session, change.kind, change.turn)
            )

    def _is_refused(self, connection: ConnectionProtocol) -> bool:
        """Return whether an `error` event means that there will be no session.

        A reconnecting connection decides that itself.
        """
        return not connection.ready and not self._will_reconnect

    def _begin(self) -> None:
        self.state = ConnectionState.CONNECTED
        if not self._began.done():
            self._began.set_result(None)
        self._dispatcher.publish(SessionConnected(self._session))

    def _finish(self, end: Exception, *, notify: bool = True) -> None:
        state, self.state = self.state, ConnectionState.DISCONNECTED
        code = end.code if isinstance(end, ConnectionClosed) else None
        self.ended_normally = state is ConnectionState.DISCONNECTING or (
            code == CloseCode.NORMAL and not isinstance(end, SessionRejected)
        )
        self._conversation.end(loop_time())
        self.inbox.finish(end)
        if not self._began.done():
            self._began.set_exception(end)  # for start(), which raises it
        elif state is not ConnectionState.CONNECTING and notify:
            self._notify_end(code, end)

    def _notify_end(self, code: int | None, end: Exception) -> None:
        if self._dispatcher.handles_turns:
            self._publish_turns()
        error = None if self.ended_normally else end
        if error is not None:
            self._dispatcher.report(SessionFailure(error))
        reason = end.reason if isinstance(end, ConnectionClosed) else str(end)
        self._dispatcher.publish(
            SessionDisconnected(self._session, code, reason, self.ended_normally, error)
        )
