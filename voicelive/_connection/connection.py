"""Open connection: sending, receiving, closing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from contextlib import AbstractContextManager
from dataclasses import replace

from voicelive._connection.clock import wall_time_ns
from voicelive._connection.encode import describe, to_frame
from voicelive._connection.ending import ConnectionEnd
from voicelive._connection.instrumentation import Observer
from voicelive._connection.receiving import receive_within, second_reader, yield_to_loop
from voicelive._connection.state import (
    TRACKED_CLASSES,
    UNTRACKED_SENT_CLASSES,
    SessionState,
)
from voicelive._connection.tracked_send import tracked_send
from voicelive._errors import ConnectionClosed, SessionRejected
from voicelive._transport.base import Transport
from voicelive._transport.close_codes import check_close_code
from voicelive._transport.options import TransportOptions
from voicelive_core.close_codes import CloseCode, cut_reason
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    ClientMessage,
    ConnectionResources,
    ReceivedEvent,
    ServerEventError,
    decode_server_event,
)

logger = redacting_logger(__name__)

# How long to wait for the service to close a session that it has refused.
_REFUSAL_CLOSE_SECONDS = 0.5


class VoiceLiveConnection(ConnectionResources):
    """Connection that sends client events and receives server events.

    Created by `connect`. Every client event is a method: `conversation.item.create` is
    `connection.conversation.item.create(...)`.

    **Receiving.** Read events in one task, with `async for` or `recv()`. Each message
    becomes an event, and no message content ends the connection:

    - JSON in a text or binary message becomes the typed event;
    - an event of an unknown type becomes an `UnknownServerEvent`;
    - an event that does not fit its type, invalid JSON or UTF-8, and an empty message
      become an `InvalidServerEvent`.

    The connection ends with an exception that has code and reason:

    - a close with code 1000, or `close()` on this side: `ConnectionClosed` from
      `recv()`, while `async for` just ends;
    - a close with another code, or without one (1005): `ConnectionClosed`;
    - the end of the socket without a close, or an unanswered ping: `ConnectionLost`;
    - a message above `max_msg_size`: `MessageTooLarge`; an invalid frame:
      `ProtocolError`;
    - any close after `error` in place of `session.created`: `SessionRejected`.

    Events received before the end are delivered first, except after an unanswered ping
    and after `close()`. Cancelling a receive loses no event. Without a reader about
    512 KiB are buffered; then back pressure stops the service.

    After the end every call raises again, and yields to the event loop first, so that a
    loop that ignores the error does not block other tasks.

    **Sending** is possible from any number of tasks; each event is sent whole, in the
    order of the calls.

    **The first message** must be a `session.update`. Until the service has accepted
    one, it refuses everything else with `invalid_session_update_message`, and closes
    the connection at the fifth attempt; send the rest after `session.updated`.

    **The session.** The service refuses an unknown model, profile or agent only after
    the connection is open: it sends an `error` event in place of `session.created` and
    closes. `ready` tells whether the session has begun, and `wait_until_ready()` waits
    for it.
    """

    def __init__(
        self,
        transport: Transport,
        options: TransportOptions,
        observer: Observer | None = None,
    ) -> None:
        self._transport = transport
        self._observer = observer
        # Bound once, for each event.
        self._send_frame = transport.send
        self._receive = transport.receive
        self._time = asyncio.get_running_loop().time
        self._receive_timeout = options.receive_timeout
        if self._receive_timeout is not None:
            self._receive = self._receive_in_time
        self._autoclose = options.autoclose
        self._state = SessionState()
        self._last_frame = b""
        # Messages that wait_until_ready() has read ahead, for recv().
        self._unread: deque[tuple[bytes, ReceivedEvent]] = deque()
        self._end: ConnectionEnd | None = None
        self._closing = asyncio.Lock()
        self._attach_resources(self)

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received."""
        return self._state.ready

    @property
    def session_id(self) -> str | None:
        """The id of the session; None until it is ready."""
        return self._state.session_id

    @property
    def state(self) -> SessionState:
        """State of the session after the last event that was sent or received.

        For wrappers of connections; not part of the public interface.
        """
        return self._state

    @property
    def closed(self) -> bool:
        """Whether the connection is known to have ended.

        An end that the service or the network caused is known once it was received.
        """
        return self._end is not None

    async def recv(self) -> ReceivedEvent:
        """Receive the next event.

        Cancelling loses no event.

        Raises:
            ConnectionClosed: The connection has ended, normally or not.
            ReceiveTimeout: No event arrived within `receive_timeout`.
            RuntimeError: Another task is receiving.
        """
        observer = self._observer
        began = 0 if observer is None else wall_time_ns()
        if self._unread:
            frame, event = self._unread.popleft()
        else:
            frame = await self._read_frame()
            event = decode_server_event(frame)
            # Spares most events a call.
            if type(event) in TRACKED_CLASSES:
                self._state.received(event)
            follower = self._state.follower
            if follower is not None and not follower.absorbed(event):
                follower.received(event, self._time())
        if observer is not None:
            observer.received(event, frame, began)
        if logger.isEnabledFor(logging.DEBUG):
            kind = event.type or "an unreadable event"
            logger.debug("received %s, %d bytes", kind, len(frame))
        return event

    async def recv_bytes(self) -> bytes:
        """Receive the next message as raw bytes, normally JSON text in UTF-8.

        Raises and can be cancelled like `recv`.
        """
        observer = self._observer
        began = 0 if observer is None else wall_time_ns()
        if self._unread:
            frame, event = self._unread.popleft()
            if observer is not None:
                observer.received(event, frame, began)
        else:
            frame = await self._read_frame()
            if observer is None and self._state.follower is None:
                self._state.received_frame(frame)
            else:
                event = decode_server_event(frame)
                self._state.received(event)
                follower = self._state.follower
                if follower is not None and not follower.absorbed(event):
                    follower.received(event, self._time())
                if observer is not None:
                    observer.received(event, frame, began)
        logger.debug("received a message, %d bytes", len(frame))
        return frame

    def __aiter__(self) -> VoiceLiveConnection:
        return self

    async def __anext__(self) -> ReceivedEvent:
        try:
            return await self.recv()
        except ConnectionClosed:
            if self._end is not None and self._end.normal:
                raise StopAsyncIteration from None
            raise

    async def wait_until_ready(self) -> None:
        """Wait until the service has begun or refused the session.

        Optional, but the simplest way to detect a wrong model or agent. Events read
        meanwhile, `session.created` included, are kept for `recv()`. Cancelling is
        safe.

        Raises:
            SessionRejected: The service sent `error` instead. The connection is closed
                by then; the event is kept for `recv()`.
            ConnectionClosed: The connection has ended.
            ReceiveTimeout: No event arrived within `receive_timeout`.
            RuntimeError: Another task is receiving.
        """
        while not self._state.ready:
            if self._state.refusal is not None:
                await self._close_refused()
            await self._read_ahead()

    async def _close_refused(self) -> None:
        """Close after the service has, if it does in time: its code has the reason."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REFUSAL_CLOSE_SECONDS):
                while True:
                    await self._read_ahead()
        await self.close()

    async def _read_ahead(self) -> None:
        """Read a message and keep it for `recv`."""
        frame = await self._read_frame()
        event = decode_server_event(frame)
        self._unread.append((frame, event))
        self._state.received(event)
        follower = self._state.follower
        if follower is not None and not follower.absorbed(event):
            follower.received(event, self._time())

    async def send(self, event: ClientMessage) -> None:
        """Send an event.

        Returns once the event is handed to the operating system or, if that cannot take
        it at once, buffered in order. While the buffer is full the call waits for the
        service to read, or for the end of the connection: at the latest an unanswered
        ping (`heartbeat`). Only an answer tells whether an event has arrived.

        Args:
            event: A client event; a mapping, whose values may be models; or JSON text,
                which is sent unchanged.

        Raises:
            ConnectionClosed: The connection has ended, or ends meanwhile.
            TypeError: The event is none of these, or a field has no JSON form. Nothing
                was sent and the connection stays usable.
            ValueError: Likewise, if it contains itself or text is not valid Unicode.
        """
        frame = to_frame(event)
        if self._end is not None:
            await yield_to_loop()
            raise self._end.exception()
        try:
            if type(event) in UNTRACKED_SENT_CLASSES and self._observer is None:
                # Most events are audio: spare them the context managers.
                if self._state.follower is not None:
                    self._state.follower.sending(event, None, self._time())
                await self._send_frame(frame)
            else:
                with tracked_send(self, event, frame), self._observed(event, frame):
                    await self._send_frame(frame)
        except ConnectionClosed as error:
            # Received events and a close code may still be unread, so the receiver
            # does not see this end yet.
            end = self._end or ConnectionEnd.of(error)
            await yield_to_loop()
            raise end.exception() from error.__cause__
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("sent %s, %d bytes", describe(event), len(frame))

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """Close the connection and release its resources.

        Waits up to `close_timeout` for the close of the service. Unread events are
        dropped. Concurrent calls wait for the first one. When cancelled, the socket is
        dropped at once.

        Args:
            code: Close code for the service: 1000 to 1014 or 3000 to 4999.
            reason: Text for the service, cut at 123 bytes.

        Raises:
            ValueError: The code must not be sent.
        """
        check_close_code(code)
        self._finish(ConnectionEnd(ConnectionClosed, code, reason, by_us=True))
        if self._observer is None:
            await self._release(code, reason)
        else:
            with self._observer.closing():
                await self._release(code, reason)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open" if self.ready else "not ready"
        return f"<{type(self).__name__} session_id={self.session_id!r} {state}>"

    def _observed(
        self, event: ClientMessage, frame: bytes
    ) -> AbstractContextManager[object]:
        if self._observer is None:
            return contextlib.nullcontext()
        return self._observer.sending(event, frame)

    async def _release(self, code: int, reason: str) -> None:
        async with self._closing:
            await self._transport.close(code, cut_reason(reason))

    async def _read_frame(self) -> bytes:
        """Read the next message from the transport."""
        end = self._end
        if end is None:
            try:
                frame = await self._receive()
            except ConnectionClosed as error:
                # First, so that cancelling the acknowledgement does not lose the end.
                end = self._finish(ConnectionEnd.of(error))
                if self._autoclose:
                    await self._transport.acknowledge_close()
            except RuntimeError:
                await yield_to_loop()
                raise second_reader() from None
            else:
                self._last_frame = frame
                return frame
        await yield_to_loop()
        raise end.exception()

    async def _receive_in_time(self) -> bytes:
        """Receive a message within `receive_timeout`."""
        return await receive_within(self._receive_timeout, self._transport.receive())

    def _finish(self, end: ConnectionEnd) -> ConnectionEnd:
        """Record the end of the connection and return it; only the first one counts."""
        if self._end is not None:
            return self._end
        if not self._state.ready and self._state.refusal is not None:
            end = replace(end, kind=SessionRejected, error=self._state.refusal)
        elif self._last_frame:
            last = decode_server_event(self._last_frame)
            if isinstance(last, ServerEventError):
                end = replace(end, error=last.error)
        self._end = end
        if self._state.follower is not None:
            self._state.follower.connection_ended(self._time())
        state = "closing" if end.by_us else "the connection has ended"
        logger.debug("%s with code %d: %s", state, end.code, end.reason or "no reason")
        if self._observer is not None:
            if not end.normal or end.kind is SessionRejected:
                self._observer.failed(end.exception())
            if not end.by_us:
                self._observer.ended()
        return end
