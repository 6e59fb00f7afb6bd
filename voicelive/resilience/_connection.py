"""Reconnecting connection: the public interface over supervisor and buffers."""

from __future__ import annotations

import copy

from voicelive._checks import check_function, check_text
from voicelive._connection.clock import loop_time
from voicelive._connection.protocol import end_following
from voicelive._connection.receiving import receive_within, yield_to_loop
from voicelive._connection.state import SessionState
from voicelive._connection.tracked_send import tracked_send
from voicelive._errors import ConnectionClosed
from voicelive.resilience._inbox import Inbox
from voicelive.resilience._outbox import Outbox
from voicelive.resilience._policy import ReconnectPolicy
from voicelive.resilience._renewal import Pause
from voicelive.resilience._report import ReconnectReport
from voicelive.resilience._session_snapshot import SessionTracker
from voicelive.resilience._supervisor import Dial, Supervisor
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import ClientMessage, ConnectionResources, ReceivedEvent


class ReconnectingConnection(ConnectionResources):
    """A connection that reconnects when it is lost.

    `stay_connected` creates it. Use it like a `VoiceLiveConnection`, with these
    differences:

    **Receiving** continues with the events of the next connection, starting with
    `session.created`, which tells code that tracks responses that a new session has
    begun. Acknowledgements of restored settings and items are not delivered. Events are
    read up to 64 ahead; those received before a loss are delivered first. If
    reconnecting fails, `recv()` and `async for` raise `ReconnectFailed`; a loss that a
    new connection cannot fix raises its own error, and a close with code 1000 ends the
    iteration as on a `VoiceLiveConnection`.

    **Sending** while reconnecting:

    - Input audio (`input_audio_buffer.append`, `input_audio.turn.append`) is buffered,
      and `send` returns immediately. Beyond `waiting_audio_ms` the oldest is dropped
      and counted.
    - Other events block their sender until they are sent on the next connection. If
      there will be none, `send` raises the error of `recv`. More than `waiting_events`
      of them raise `SendQueueFull`. Cancelling the sender removes its event.
    - The order of all events is preserved.

    An event whose `send` fails because the connection is lost is queued in the same
    way. `session.update`, `conversation.item.create` and `conversation.item.delete`
    events that were not acknowledged before the loss are sent again; no other event is.
    These three get an `event_id` if they have none, to match acknowledgements.
    """

    def __init__(
        self,
        dial: Dial,
        policy: ReconnectPolicy,
        *,
        receive_timeout: float | None = None,
        kept_by_service: bool = False,
    ) -> None:
        self._receive_timeout = receive_timeout
        # At the position of the application; the supervisor reads ahead.
        self._state = SessionState()
        tracker = SessionTracker(
            policy.history_items, policy.history_bytes, kept_by_service=kept_by_service
        )
        # A task that is blocked in `send` cannot receive at the same time.
        self._inbox = Inbox(lambda: self._outbox.has_waiting_senders)
        self._outbox = Outbox(
            tracker,
            limit=policy.waiting_events,
            limit_ms=policy.waiting_audio_ms,
            on_wait=self._inbox.recheck,
        )
        self._supervisor = Supervisor(
            dial,
            policy,
            tracker,
            self._inbox,
            self._outbox,
            lambda: all(allows() for allows in self._state.pauses),
        )
        self._attach_resources(self)

    @property
    def ready(self) -> bool:
        """Whether there is a connection and its session has begun."""
        return (
            self._supervisor.connection is not None
            and self._supervisor.connection.ready
        )

    @property
    def session_id(self) -> str | None:
        """The id of the session; while reconnecting, that of the previous one."""
        return self._supervisor.session_id

    @property
    def state(self) -> SessionState:
        """State of the session after the last event that was sent or returned.

        For wrappers of connections; not part of the public interface.
        """
        return self._state

    @property
    def closed(self) -> bool:
        """Whether the connection has ended and will not reconnect.

        Received events may still be unread.
        """
        return self._supervisor.ended is not None

    @property
    def reconnecting(self) -> bool:
        """Whether the connection was lost and the next one is not ready."""
        return self._supervisor.connection is None and not self.closed

    @property
    def last_report(self) -> ReconnectReport | None:
        """The report of the last reconnect; None before the first."""
        return self._supervisor.report

    async def start(self) -> None:
        """Open the first connection; `stay_connected` calls this.

        Raises:
            ConnectionFailed: All attempts that the policy allows have failed.
        """
        await self._supervisor.start()

    async def recv(self) -> ReceivedEvent:
        """Receive the next event, of this connection or the next.

        Cancelling loses no event.

        Raises:
            ConnectionClosed: The connection has ended: `ReconnectFailed` if it could
                not be replaced.
            ReceiveTimeout: No event was received within `receive_timeout`, which
                includes reconnects.
            RuntimeError: Another task is receiving.
        """
        try:
            event = await receive_within(self._receive_timeout, self._inbox.take())
        except ConnectionClosed:
            end_following(self._state)
            raise
        self._state.received(event)
        follower = self._state.follower
        if follower is not None and not follower.absorbed(event):
            follower.received(event, loop_time())
        return event

    def __aiter__(self) -> ReconnectingConnection:
        return self

    async def __anext__(self) -> ReceivedEvent:
        try:
            return await self.recv()
        except ConnectionClosed:
            if self._supervisor.ended_normally:
                raise StopAsyncIteration from None
            raise

    async def wait_until_ready(self) -> None:
        """Wait until the first session has begun, or was refused.

        Raises:
            SessionRejected: The service rejected it.
            ConnectionClosed: The connection has ended.
        """
        await self._supervisor.session_started.wait()
        if self._supervisor.ended is not None:
            await yield_to_loop()
            raise copy.copy(self._supervisor.ended)

    async def send(self, event: ClientMessage) -> None:
        """Send an event now, or on the next connection; see the class.

        Args:
            event: As for `VoiceLiveConnection.send`.

        Raises:
            ConnectionClosed: The connection has ended, or ends before the event is
                sent.
            SendQueueFull: Too many events are queued for the next connection.
            TypeError: It is not an event, or a field has no JSON form.
            ValueError: It contains itself, or text is not valid Unicode.
        """
        with tracked_send(self, event):
            await self._outbox.send(event)

    async def renew(
        self, *, reason: str = "", pause: Pause | None = None
    ) -> ReconnectReport:
        """Move to a new connection at the next pause, before the session expires.

        The session is replaced as with `ReconnectPolicy.renew_seconds`: as soon as the
        user is silent, no response is requested or in progress, every sent update and
        item is acknowledged, there is no WebRTC connection, and a `TurnKeeper` on this
        connection is `idle`; but also before `stable_seconds`, and however long that
        takes. It waits for the rate limit of `Backoff.max_per_minute` too. Settings and
        conversation are restored, and sending continues meanwhile.

        Calls at the same time share one renewal and its report. A loss that leads to a
        new connection fulfils the call as well; the report then has its `cause`.
        Cancellation withdraws the request, unless the renewal has begun or another call
        waits for it. There is no timeout: use `asyncio.timeout`.

        Args:
            reason: Text for the report, the log and the service, which gets it as the
                close reason; "" by default. The first of several calls decides.
            pause: Further condition of a pause, checked twice a second; None (the
                default) for none.

        Returns:
            The report, when the session is restored and `on_reconnected` has returned.

        Raises:
            ConnectionClosed: The connection has ended, or ends meanwhile;
                `ReconnectFailed` if no new one could be opened.
            RuntimeError: Called in `on_reconnecting` or `on_reconnected`, which the new
                connection waits for.
            TypeError: An argument has the wrong type.
            Exception: That of `pause`; the connection stays as it is.
        """
        check_text("reason", reason)
        if pause is not None:
            check_function("pause", pause)
        return await self._supervisor.renew(reason, pause)

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """Close the connection, or stop reconnecting, and release all resources.

        Unread events are dropped, and blocked senders raise `ConnectionClosed`. Further
        calls wait for the first. Cancellation drops the socket immediately.

        Args:
            code: Close code for the service: 1000 to 1014 or 3000 to 4999.
            reason: Text for the service, cut at 123 bytes.

        Raises:
            ValueError: The code is not allowed in a close frame.
        """
        await self._supervisor.stop(code, reason)
        end_following(self._state)

    def __repr__(self) -> str:
        state = "open" if self.ready else "not ready"
        if self.closed:
            state = "closed"
        elif self.reconnecting:
            state = "reconnecting"
        return f"<{type(self).__name__} session_id={self.session_id!r} {state}>"
