"""A session: a connection with handlers, audio turns and a state."""

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
from voicelive._session.runner import (
    NORMAL,
    ConnectionOpener,
    ConnectionState,
    SessionRunner,
)
from voicelive.turns import TurnKeeper
from voicelive_protocol import (
    ClientMessage,
    ReceivedEvent,
    RequestSession,
    ServerEventHandlers,
)


class VoiceLiveSession(AsyncWithOnly, SessionMethods):
    """A session with the service, for handlers, for iteration, or for both.

    ```python
    async with client.create_session("gpt-realtime") as session:
        session.subscribe(on_response_audio_delta=lambda event: play(event.delta))
        await session.send_audio(samples)
        async for event in session:
            ...
    ```

    `VoiceLiveClient` makes it. Entering the context connects, leaving it disposes of
    the session. Every client event is a method here as it is at a connection
    (`session.response.create()`), besides the methods for what is needed most.

    **Handlers.** One task reads events and hands them to every subscription, which has
    a queue and, while there is something in it, a task of its own. So a subscription
    gets events one after another, in their order; it never keeps another one, or the
    reading, from going on, and what must not wait belongs into a subscription of its
    own. An event that finds 4,096 others waiting (`event_queue_size`) is dropped for
    this subscription, and its `on_error` is told how many were (`EventsDropped`).
    What a handler raises goes to the `on_error` of its subscription, without one to
    those of the others, and without any to the log; the next event follows as usual.
    A handler that blocks the event loop blocks everything, as everywhere in asyncio.

    **Iteration** has a buffer beside that. Without handlers it holds 100 events, and
    then the service has to wait, as with a connection. With handlers nothing waits:
    nobody having iterated yet, the latest 100 events are kept, and then as many as
    `event_queue_size`; the oldest are dropped, which the iteration raises as
    `EventsDropped` and can go on after.

    **Configuration.** The service refuses everything that comes before an accepted
    `session.update`, and closes the connection after a few attempts. So `connect()`
    sends one, with the configuration or empty. All else that is sent waits for
    `session.updated`: the call takes as long, up to 1,024 of them, more raise
    `SendQueueFull`. If the service refuses the settings, calls raise
    `ConfigurationFailed` with its error, until `update_session` was called again.

    **Reconnecting.** With the option `reconnect` a lost connection does not end the
    session: `on_reconnecting` comes before each attempt, then `on_reconnected`, and
    `session.created` of the new session. What is sent meanwhile waits for it.

    **The end.** When the connection ends otherwise than by `disconnect()` or code 1000,
    `on_error` is told why and the iteration raises it; `on_disconnected` comes in any
    case. After that, or after `disconnect()`, `connect()` begins a new session, with
    the same subscriptions and nothing else of the old one.

    Args:
        open_connection: Returns the context manager that opens a connection; called
            once per `connect()`.
        configuration: What to send with `session.update` when the session has begun;
            without its `model`, which the connection has chosen. By default, an empty
            one is sent.
        limits: Sizes and times.
    """

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
            self._look_again,
        )
        self._attach_resources(self)

    # --- state -------------------------------------------------------------------

    @property
    def connection_state(self) -> ConnectionState:
        """Whether there is a connection."""
        return ConnectionState.DISCONNECTED if self._run is None else self._run.state

    @property
    def is_connected(self) -> bool:
        """Whether the session has begun and has a connection, now."""
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
        """The id that the service gave the latest session; None before it has."""
        return None if self._connection is None else self._connection.session_id

    @property
    def turns(self) -> TurnKeeper:
        """Keeps the turns of the latest connection; needs the option `keep_turns`.

        Raises:
            RuntimeError: The session has no such option, or `connect()` was not called
                yet.
        """
        if self._connection is None:
            raise _not_connected()
        if not isinstance(self._connection, TurnKeeper):
            raise RuntimeError("the session keeps no turns: it needs keep_turns=True")
        return self._connection

    # --- connecting --------------------------------------------------------------

    async def connect(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109, closing is not part of it
    ) -> None:
        """Connect, and wait until the service has begun the session.

        If that fails, or is cancelled, nothing is left of the attempt and it can be
        repeated. Handlers are told of the events meanwhile, but not of the failure.

        Args:
            timeout: Seconds for all of it, 0 for no limit; by default the session's
                `connection_timeout`.

        Raises:
            ConnectionFailed: There is no connection; its subclasses for a credential
                that is not accepted and for a time that is over.
            SessionRejected: The service has refused the session.
            ConnectionClosed: The connection ended before the session began.
            RuntimeError: The session is connected, or was disposed of.
        """
        if self._disposed:
            raise RuntimeError("the session was disposed of: create another one")
        if self._run is not None and not self._run.over:
            raise RuntimeError("the session is connected: call disconnect() first")
        self._run = SessionRunner(self, self._dispatcher, self._limits.event_queue_size)
        limit = self._limits.connection_timeout if timeout is None else timeout or None
        await self._run.start(self._open_connection, limit, self._configure)

    async def disconnect(self) -> None:
        """Close the connection and let handlers finish.

        They are told of the events that have come, and of the end. After
        `handler_timeout` (5 seconds) those that still run are cancelled. No task is
        left behind; called by a handler, this does not wait for handlers.
        """
        await self.close()

    async def close(self, *, code: int = NORMAL, reason: str = "") -> None:
        """Disconnect with another close code than 1000, as `VoiceLiveConnection.close`.

        Args:
            code: Close code for the service: 1000 to 1014 or 3000 to 4999.
            reason: Text for the service, cut at 123 bytes.

        Raises:
            ValueError: The code is none that may be sent.
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

    async def dispose(self) -> None:
        """Disconnect for good: subscriptions are closed, `connect()` raises."""
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
        """Have events handled from now on, before or after `connect()`.

        Args:
            handlers: An object whose class derives from `SessionHandlers`.
            **functions: Instead of an object, functions by the names of its methods:
                `subscribe(on_response_done=print)`. Plain or coroutine functions.

        Returns:
            The subscription, to be closed when events are no longer wanted.

        Raises:
            TypeError: Neither or both are given, or there is no handler of that name.
            RuntimeError: The session was disposed of.
        """
        if (handlers is None) == (not functions):
            raise TypeError("subscribe() takes either an object or functions by name")
        if self._disposed:
            raise RuntimeError("the session was disposed of")
        table = HandlerTable(functions if handlers is None else handlers)
        return self._dispatcher.subscribe(table)

    async def recv(self) -> ReceivedEvent:
        """Receive the next event that was not iterated over; see the class.

        Cancelling loses no event.

        Raises:
            ConnectionClosed: The connection has ended, normally or not.
            ReceiveTimeout: Nothing came within `receive_timeout`.
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
        """Send an event, when the session is configured; the same as `send_event`."""
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
        # The service accepts nothing else before, so an empty one is sent as well.
        configuration = self._configuration
        with contextlib.suppress(ConnectionClosed):  # handlers and iteration tell
            await self.update_session(
                RequestSession() if configuration is None else configuration
            )

    def _look_again(self) -> None:
        if self._run is not None:
            self._run.inbox.look_again()


def _not_connected() -> RuntimeError:
    return RuntimeError("the session is not connected: call connect() first")


def _without_model(configuration: RequestSession | None) -> RequestSession | None:
    if configuration is None:
        return None
    # A later change of the caller's does not count; the model cannot be set twice.
    configuration = copy.copy(configuration)
    configuration.model = UNSET
    return configuration
