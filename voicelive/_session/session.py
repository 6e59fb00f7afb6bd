"""Session: a connection with handlers, iteration and reconnecting."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, Unpack

from msgspec import UNSET

from voicelive._connection.opening import AsyncWithOnly
from voicelive._connection.protocol import ConnectionProtocol
from voicelive._errors import ConnectionClosed
from voicelive._session.dispatcher import Dispatcher, VoiceLiveSubscription
from voicelive._session.handlers import HandlerTable, SessionFunctions
from voicelive._session.methods import SessionMethods
from voicelive._session.options import SessionLimits
from voicelive._session.runner import ConnectionOpener, ConnectionState, SessionRunner
from voicelive.conversation import Conversation
from voicelive.resilience import ReconnectReport
from voicelive.turns import TurnKeeper
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import (
    ClientMessage,
    ReceivedEvent,
    RequestSession,
    ServerEventHandlers,
)


class VoiceLiveSession(AsyncWithOnly, SessionMethods):
    """Session with the service, for handlers, for iteration, or for both.

    ```python
    async with client.create_session("gpt-realtime") as session:
        session.subscribe(on_response_audio_delta=lambda event: play(event.delta))
        await session.send_audio(samples)
        async for event in session:
            ...
    ```

    Created by `VoiceLiveClient`. Entering the context connects, leaving it disposes of
    the session. Every client event is a method, as on a connection
    (`session.response.create()`), and the most frequent ones have shortcuts.

    **Handlers.** One task reads events and queues them for every subscription; each
    subscription handles its queue in a task of its own, in order. A slow subscription
    delays neither others nor the reading. When 4,096 events are queued
    (`event_queue_size`), further ones are dropped for this subscription, and its
    `on_error` receives their number (`EventsDropped`). An exception of a handler goes
    to the `on_error` of its subscription, else to those of the others, else to the log;
    the next event follows as usual. A handler that blocks the event loop blocks
    everything, as always in asyncio.

    **Iteration** has a separate buffer. Without handlers it holds 100 events; then back
    pressure stops the service, as with a connection. With handlers there is no back
    pressure: the latest 100 events are kept until iteration starts, then up to
    `event_queue_size`. The oldest are dropped; the iteration raises `EventsDropped` for
    them and can continue.

    **Configuration.** The service refuses everything before an accepted
    `session.update`, and closes the connection after a few attempts. So `connect()`
    sends one, with the configuration or empty. Other calls that send wait for
    `session.updated`, up to 1,024 of them; more raise `SendQueueFull`. If the service
    refuses the settings, they raise `ConfigurationFailed` with its error until
    `update_session` is called again.

    **Reconnecting.** With the option `reconnect` a lost connection does not end the
    session: handlers receive `on_reconnecting` before each attempt, then
    `on_reconnected` and `session.created` of the new session. Calls that send wait
    meanwhile.

    **The end.** When the connection ends other than by `disconnect()` or code 1000,
    `on_error` receives the reason and the iteration raises it; `on_disconnected` is
    always called. After that `connect()` begins a new session, with the same
    subscriptions and no other state of the old one.

    Args:
        open_connection: Returns the context manager that opens a connection; called
            once per `connect()`.
        configuration: Settings to send with `session.update` when the session has
            begun, without `model`, which the connection determines. Empty by default.
        limits: Timeouts and queue sizes.

    Attributes:
        conversation: Account of the conversation: turns, usage, changes, exports. Each
            `connect()` after the first begins another one; the old one stays readable.
    """

    conversation: Conversation

    _usage = "async with client.create_session(...) as session: ..."

    def __init__(
        self,
        open_connection: ConnectionOpener,
        *,
        configuration: RequestSession | None = None,
        limits: SessionLimits | None = None,
    ) -> None:
        self._open_connection = open_connection
        self._configuration = _without_model(configuration)
        self._limits = limits or SessionLimits()
        self._run: SessionRunner | None = None
        self._disposed = False
        self._dispatcher = Dispatcher(
            self._limits.event_queue_size,
            self._limits.handler_timeout,
            self._reconsider,
        )
        self._attach_resources(self)
        self._new_conversation()

    # --- state -------------------------------------------------------------------

    @property
    def connection_state(self) -> ConnectionState:
        """State of the connection."""
        return ConnectionState.DISCONNECTED if self._run is None else self._run.state

    @property
    def is_connected(self) -> bool:
        """Whether the session has begun and is connected."""
        return self.connection_state is ConnectionState.CONNECTED

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received on the latest connection."""
        return self._connection is not None and self._connection.ready

    @property
    def closed(self) -> bool:
        """Whether the latest connection has ended."""
        return self._connection is not None and self._connection.closed

    @property
    def session_id(self) -> str | None:
        """The id of the latest session; None until it is ready."""
        return None if self._connection is None else self._connection.session_id

    @property
    def turns(self) -> TurnKeeper:
        """The `TurnKeeper` of the latest connection; needs the option `keep_turns`.

        Raises:
            RuntimeError: The option is off, or `connect()` was not called yet.
        """
        if self._connection is None:
            raise _not_connected()
        if not isinstance(self._connection, TurnKeeper):
            raise RuntimeError("the session has no TurnKeeper: pass keep_turns=True")
        return self._connection

    # --- connecting --------------------------------------------------------------

    async def connect(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109, closing is not part of it
    ) -> None:
        """Connect, and wait until the service has begun the session.

        After a failure or cancellation `connect()` can be called again. Handlers
        receive the events meanwhile, but not the failure.

        Args:
            timeout: Timeout in seconds, 0 for no limit; by default the
                `connection_timeout` of the session.

        Raises:
            ConnectionFailed: The connection could not be opened; subclasses for a
                rejected credential and for a timeout.
            SessionRejected: The service has refused the session.
            ConnectionClosed: The connection ended before the session began.
            RuntimeError: The session is connected, or was disposed of.
        """
        if self._disposed:
            raise RuntimeError("the session was disposed of: create another one")
        if self._run is not None and not self._run.over:
            raise RuntimeError("the session is connected: call disconnect() first")
        if self._run is not None:
            # Each connection has an account; references to an old one stay valid.
            self._new_conversation()
        self._run = SessionRunner(
            self, self.conversation, self._dispatcher, self._limits.event_queue_size
        )
        limit = self._limits.connection_timeout if timeout is None else timeout or None
        await self._run.start(self._open_connection, limit, self._configure)

    async def disconnect(self) -> None:
        """Close the connection and let handlers finish.

        Handlers receive the queued events and the end. Those still running after
        `handler_timeout` (5 seconds) are cancelled. No task remains. Called from a
        handler, this does not wait for handlers.
        """
        await self.close()

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """Disconnect with a given close code, like `VoiceLiveConnection.close`.

        Args:
            code: Close code for the service: 1000 to 1014 or 3000 to 4999.
            reason: Text for the service, cut at 123 bytes.

        Raises:
            ValueError: The code must not be sent.
        """
        run = self._run
        try:
            if run is not None:
                await run.close(code, reason)
            await self._dispatcher.settle()
        except asyncio.CancelledError:
            if run is not None:
                run.abandon()
            self._dispatcher.abandon()
            raise

    async def renew(self, *, reason: str = "") -> ReconnectReport:
        """Move to a new connection at the next pause, before the session expires.

        Needs the option `reconnect`. See `ReconnectingConnection.renew`. Handlers
        receive `on_reconnected`, then `session.created` of the new session.

        Args:
            reason: Text for the report, the log and the service; "" by default.

        Returns:
            The report, when the session is restored.

        Raises:
            ConnectionClosed: The connection has ended, or ends meanwhile;
                `ReconnectFailed` if no new one could be opened.
            RuntimeError: The option is off, or `connect()` has not opened a connection.
            TypeError: The reason is not a string.
        """
        if self._run is None or self._run.connection is None:
            raise _not_connected()
        if self._run.renewable is None:
            raise RuntimeError(
                "the session does not reconnect: pass reconnect=ReconnectPolicy()"
            )
        return await self._run.renewable.renew(reason=reason)

    async def dispose(self) -> None:
        """Disconnect permanently: close subscriptions and refuse `connect()`."""
        self._disposed = True
        try:
            await self.disconnect()
        finally:
            self._dispatcher.close()

    async def __aenter__(self) -> Self:
        if self._run is None or self._run.over:
            await self.connect()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.dispose()

    # --- receiving ---------------------------------------------------------------

    def subscribe(
        self,
        handlers: ServerEventHandlers | None = None,
        /,
        **functions: Unpack[SessionFunctions],
    ) -> VoiceLiveSubscription:
        """Add handlers for events from now on, before or after `connect()`.

        Args:
            handlers: An object whose class derives from `SessionHandlers`.
            **functions: Instead of an object, functions named like its methods:
                `subscribe(on_response_done=print)`. Plain or coroutine functions.

        Returns:
            The subscription; close it to stop the handlers.

        Raises:
            TypeError: Neither or both are given, or no handler has that name.
            RuntimeError: The session was disposed of.
        """
        if (handlers is None) == (not functions):
            raise TypeError("subscribe() takes either an object or functions by name")
        if self._disposed:
            raise RuntimeError("the session was disposed of")
        table = HandlerTable(functions if handlers is None else handlers)
        return self._dispatcher.subscribe(table)

    async def recv(self) -> ReceivedEvent:
        """Receive the next event of the iteration; see the class.

        Cancelling loses no event.

        Raises:
            ConnectionClosed: The connection has ended, normally or not.
            ReceiveTimeout: No event arrived within `receive_timeout`.
            EventsDropped: Events are missing before the next one.
            RuntimeError: Another task is receiving, or `connect()` was never called.
        """
        if self._run is None:
            raise _not_connected()
        return await self._run.inbox.get()

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        return self

    async def __anext__(self) -> ReceivedEvent:
        try:
            return await self.recv()
        except ConnectionClosed:
            if self._run is not None and self._run.ended_normally:
                raise StopAsyncIteration from None
            raise

    # --- sending -----------------------------------------------------------------

    async def send(self, event: ClientMessage) -> None:
        """Send an event once the session is configured; same as `send_event`."""
        if self._connection is None:
            raise _not_connected()
        await self._connection.send(event)

    def __repr__(self) -> str:
        state = "disposed" if self._disposed else self.connection_state.value
        return f"<{type(self).__name__} session_id={self.session_id!r} {state}>"

    @property
    def _connection(self) -> ConnectionProtocol | None:
        return None if self._run is None else self._run.connection

    async def _configure(self) -> None:
        # Sent even if empty: the service accepts nothing else before.
        configuration = self._configuration
        with contextlib.suppress(ConnectionClosed):  # handlers report it
            await self.update_session(
                RequestSession() if configuration is None else configuration
            )

    def _new_conversation(self) -> None:
        self.conversation = Conversation.before_connection(self)  # pyright: ignore[reportIncompatibleVariableOverride]

    def _reconsider(self) -> None:
        if self._run is not None:
            self._run.inbox.reconsider()


def _not_connected() -> RuntimeError:
    return RuntimeError("the session is not connected: call connect() first")


def _without_model(configuration: RequestSession | None) -> RequestSession | None:
    if configuration is None:
        return None
    # Copied, so that later changes do not count; the model cannot be set twice.
    configuration = copy.copy(configuration)
    configuration.model = UNSET
    return configuration
