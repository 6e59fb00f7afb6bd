"""A connection that replaces itself when it is lost."""

from __future__ import annotations

import asyncio
import copy

from voicelive._connection.ending import NORMAL
from voicelive._errors import ConnectionClosed, ReceiveTimeout
from voicelive.resilience._inbox import Inbox
from voicelive.resilience._outbox import Outbox
from voicelive.resilience._policy import ReconnectPolicy
from voicelive.resilience._report import ReconnectReport
from voicelive.resilience._session_snapshot import SessionTracker
from voicelive.resilience._supervisor import Dial, Supervisor
from voicelive_protocol import ClientMessage, ConnectionResources, ReceivedEvent


class ReconnectingConnection(ConnectionResources):
    """Sends and receives events over one connection after the other.

    `stay_connected` makes it. It is used like a `VoiceLiveConnection`; what differs:

    **Receiving** goes on with the events of the next connection, `session.created`
    first, so that whoever follows responses sees that a new session has begun. The
    answers to what was restored are not shown. Events are read as they come, up to 64
    ahead; those that came before a loss are delivered first. When no new connection can
    be made, `recv()` and `async for` raise `ReconnectFailed`; a loss that no new
    connection can mend ends with the error that tells of it, and a close with code 1000
    as on a `VoiceLiveConnection`.

    **Sending** while there is no connection:

    - Input audio (`input_audio_buffer.append`, `input_audio.turn.append`) waits without
      keeping its sender; beyond `waiting_audio_ms` the oldest is dropped and counted.
    - Any other event keeps its sender until it is sent on the next connection, or until
      there will be none and `send` raises what `recv` does. More than `waiting_events`
      of them raise `SendQueueFull`. A sender that is cancelled takes its event along.
    - All keep their order, audio and other events among each other.

    A send that fails since the connection is lost waits in the same way. Events that
    were sent and not answered before the loss are sent again if the new session lacks
    their effect: `session.update`, `conversation.item.create` and
    `conversation.item.delete`. No other event is ever sent again. To tell answers
    apart, these three get an `event_id` when they have none.
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
        tracker = SessionTracker(
            policy.history_items, policy.history_bytes, kept_by_service=kept_by_service
        )
        # A task that waits to send cannot take events at the same time.
        self._inbox = Inbox(lambda: self._outbox.has_waiting_senders)
        self._outbox = Outbox(
            tracker,
            limit=policy.waiting_events,
            limit_ms=policy.waiting_audio_ms,
            on_wait=self._inbox.recheck,
        )
        self._supervisor = Supervisor(dial, policy, tracker, self._inbox, self._outbox)
        self._attach_resources(self)

    @property
    def ready(self) -> bool:
        """Whether there is a connection now, and its session has begun."""
        return (
            self._supervisor.connection is not None
            and self._supervisor.connection.ready
        )

    @property
    def session_id(self) -> str | None:
        """The id of the session; while reconnecting, that of the last one."""
        return self._supervisor.session_id

    @property
    def closed(self) -> bool:
        """Whether the end has come, for good; events from before may be unread."""
        return self._supervisor.ended is not None

    @property
    def reconnecting(self) -> bool:
        """Whether the connection was lost and the next one is not ready yet."""
        return self._supervisor.connection is None and not self.closed

    @property
    def last_report(self) -> ReconnectReport | None:
        """What the last reconnect has restored; None before the first."""
        return self._supervisor.report

    async def start(self) -> None:
        """Make the first connection; `stay_connected` calls it.

        Raises:
            ConnectionFailed: There is none, in as many attempts as the policy allows.
        """
        await self._supervisor.start()

    async def recv(self) -> ReceivedEvent:
        """Receive the next event, of this connection or the next.

        Cancelling loses no event.

        Raises:
            ConnectionClosed: The end, for good: `ReconnectFailed` if no new connection
                could be made.
            ReceiveTimeout: Nothing came within `receive_timeout`, in which a reconnect
                may have been going on.
            RuntimeError: Another task is receiving.
        """
        try:
            async with asyncio.timeout(self._receive_timeout):
                return await self._inbox.take()
        except TimeoutError:
            raise ReceiveTimeout(
                f"no event within {self._receive_timeout:g} s "
                "(connection_options['receive_timeout'])"
            ) from None

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
            SessionRejected: The service refused it.
            ConnectionClosed: The end has come.
        """
        await self._supervisor.session_started.wait()
        if self._supervisor.ended is not None:
            await asyncio.sleep(0)  # as in Inbox.take
            raise copy.copy(self._supervisor.ended)

    async def send(self, event: ClientMessage) -> None:
        """Send an event, now or on the next connection: see the class.

        Args:
            event: As for `VoiceLiveConnection.send`.

        Raises:
            ConnectionClosed: The end has come, or comes while the event waits.
            SendQueueFull: Too many events wait for the next connection.
            TypeError: The event is none, or a field has no JSON form.
            ValueError: It contains itself, or text is not valid Unicode.
        """
        await self._outbox.send(event)

    async def close(self, *, code: int = NORMAL, reason: str = "") -> None:
        """Close the connection, or stop reconnecting, and release everything.

        Events that were not received are dropped, and senders that wait get
        `ConnectionClosed`. Further calls wait for the first. When cancelled, the socket
        is dropped at once.

        Args:
            code: Close code for the service: 1000 to 1014 or 3000 to 4999.
            reason: Text for the service, cut at 123 bytes.

        Raises:
            ValueError: The code is none that may be sent.
        """
        await self._supervisor.stop(code, reason)

    def __repr__(self) -> str:
        state = "open" if self.ready else "not ready"
        if self.closed:
            state = "closed"
        elif self.reconnecting:
            state = "reconnecting"
        return f"<{type(self).__name__} session_id={self.session_id!r} {state}>"
