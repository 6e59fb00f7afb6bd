"""An open connection to the service."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import WSMsgType

from voicelive._connection.encode import describe, to_frame
from voicelive._connection.instrumentation import Observer
from voicelive._errors import (
    ConnectionClosed,
    ConnectionLost,
    MessageTooLarge,
    ProtocolError,
    ReceiveTimeout,
    SessionRejected,
    kind_of_close,
)
from voicelive._transport.options import TransportOptions
from voicelive._transport.websocket import Socket, really_cancelled
from voicelive_protocol import (
    ClientMessage,
    ConnectionResources,
    ReceivedEvent,
    ServerEventError,
    ServerEventErrorDetails,
    ServerEventType,
    decode_server_event,
    peek,
)
from voicelive_protocol._redaction import redacting_logger

if TYPE_CHECKING:
    from aiohttp.http import WSMessageNoDecodeText

_LOG = redacting_logger("voicelive")

NORMAL = 1000
_NO_CODE = 1005
_LOST = 1006
# Reserved codes, which stand for what happened where no code came.
_UNSENDABLE = frozenset({1004, _NO_CODE, _LOST, 1015})

# What the log says of an end, by whether it was ours.
_HOW = {True: "closing", False: "the connection has ended"}

# A close frame has room for this much text.
_REASON_BYTES = 123

# For so long, a service that has refused a session is given the time to close.
_REFUSED_SECONDS = 0.5


async def _let_others_run() -> None:
    """Yield to the event loop before an error that the next call raises again."""
    await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class _End:
    """How the connection ended; the first cause stays."""

    kind: type[ConnectionClosed]
    code: int
    reason: str
    error: ServerEventErrorDetails | None = None
    by_us: bool = False

    @property
    def normal(self) -> bool:
        return self.by_us or (
            self.code == NORMAL and not issubclass(self.kind, SessionRejected)
        )

    def exception(self) -> ConnectionClosed:
        return self.kind(self.code, self.reason, self.error)


class VoiceLiveConnection(ConnectionResources):
    """Sends client events and receives server events.

    `connect` makes it. Every client event is a method: `conversation.item.create` is
    `connection.conversation.item.create(...)`.

    **Receiving.** Read events in one task, with `async for` or `recv()`. Each message
    becomes an event, and none of them ends the connection:

    - JSON in a text or binary message is the typed event;
    - an event of an unknown type is an `UnknownServerEvent`;
    - an event that does not fit its type, a message that is no JSON or no UTF-8, and an
      empty message are an `InvalidServerEvent`.

    The connection ends with an exception that has code and reason:

    - a close with code 1000, or `close()` here: `ConnectionClosed` from `recv()`, while
      `async for` just ends;
    - a close with another code, or without one (1005): `ConnectionClosed`;
    - the end of the socket without a close, or an unanswered ping: `ConnectionLost`;
    - a message above `max_msg_size`: `MessageTooLarge`; a broken frame:
      `ProtocolError`;
    - any close after `error` came in place of `session.created`: `SessionRejected`.

    Events that came before the end are delivered first, except after an unanswered
    ping and after `close()`. Cancelling a receive loses no event. While nobody reads,
    about 512 KiB are kept and then the service has to wait.

    After the end every call raises again, and lets other tasks run first, so that a
    loop that ignores the error does not stop the event loop.

    **Sending** may happen in any number of tasks; each event is sent whole, in the
    order of the calls.

    **The first message** has to be a `session.update`. Until the service has accepted
    one, it refuses everything else with `invalid_session_update_message`, and closes
    the connection with the fifth attempt; so send the rest after `session.updated`.

    **The session.** The service refuses an unknown model, profile or agent only after
    the connection is open: an `error` event comes in place of `session.created`, and
    the connection closes. `ready` tells whether the session has begun, and
    `wait_until_ready()` waits for it.
    """

    def __init__(
        self,
        socket: Socket,
        options: TransportOptions,
        observer: Observer | None = None,
    ) -> None:
        self._socket = socket
        self._observer = observer
        self._ws = socket.ws
        self._autoclose = options.autoclose
        self._receive_timeout = options.receive_timeout
        self._close_timeout = options.close_timeout
        self._ready = False
        self._session_id: str | None = None
        self._refusal: ServerEventErrorDetails | None = None
        self._last_frame = b""
        # Frames that wait_until_ready() read ahead: the few before the session begins.
        self._unread: deque[bytes] = deque()
        self._end: _End | None = None
        self._closed_by_peer = False
        self._closing = asyncio.Lock()
        self._attach_resources(self)

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received: the session works."""
        return self._ready

    @property
    def session_id(self) -> str | None:
        """The id that the service gave the session; None until it is ready."""
        return self._session_id

    @property
    def closed(self) -> bool:
        """Whether the connection is known to have ended.

        An end that the service or the network caused is known when it was received.
        """
        return self._end is not None

    async def recv(self) -> ReceivedEvent:
        """Receive the next event.

        Cancelling loses no event.

        Raises:
            ConnectionClosed: The connection has ended, normally or not.
            ReceiveTimeout: Nothing came within `receive_timeout`.
            RuntimeError: Another task is receiving.
        """
        observer = self._observer
        began = 0 if observer is None else time.time_ns()
        frame = self._unread.popleft() if self._unread else await self._read_frame()
        event = decode_server_event(frame)
        if not self._ready:
            self._notice(event)
        if observer is not None:
            observer.received(event, frame, began)
        if _LOG.isEnabledFor(logging.DEBUG):
            kind = event.type or "an unreadable event"
            _LOG.debug("received %s, %d bytes", kind, len(frame))
        return event

    async def recv_bytes(self) -> bytes:
        """Receive the next message as it came, normally JSON text in UTF-8.

        Raises and can be cancelled like `recv`.
        """
        observer = self._observer
        began = 0 if observer is None else time.time_ns()
        frame = self._unread.popleft() if self._unread else await self._read_frame()
        if not self._ready:
            self._notice(decode_server_event(frame))
        if observer is not None:
            observer.received(decode_server_event(frame), frame, began)
        _LOG.debug("received a message, %d bytes", len(frame))
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
        """Wait until the service has begun the session, or has refused it.

        Never needed, but the simplest way to learn of a wrong model or agent. The
        events read meanwhile, `session.created` included, are kept for `recv()`.
        Cancelling is safe.

        Raises:
            SessionRejected: The service sent `error` instead. The connection is closed
                then, by the service or soon after; the event is kept for `recv()`.
            ConnectionClosed: The connection has ended.
            ReceiveTimeout: Nothing came within `receive_timeout`.
            RuntimeError: Another task is receiving.
        """
        while not self._ready:
            if self._refusal is not None:
                await self._see_it_closed()
            frame = await self._read_frame()
            self._unread.append(frame)
            self._notice(decode_server_event(frame))

    async def _see_it_closed(self) -> None:
        """Close what was refused, but let the service go first: its code says more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REFUSED_SECONDS):
                while True:
                    self._unread.append(await self._read_frame())
        await self.close()

    async def send(self, event: ClientMessage) -> None:
        """Send an event.

        It is either sent or an error is raised. Sent means handed to the operating
        system or, if that cannot take it at once, waiting in order; while too much is
        waiting the call takes as long as the service needs to read, or until the
        connection ends, at the latest when a ping is not answered (`heartbeat`).
        Whether an event arrived, only an answer tells.

        Args:
            event: A client event; a mapping, whose values may be models; or JSON text,
                which is sent as it is.

        Raises:
            ConnectionClosed: The connection has ended, or ends meanwhile.
            TypeError: The event is none of these, or a field has no JSON form; nothing
                was sent and the connection goes on.
            ValueError: Likewise, if it contains itself or text is not valid Unicode.
        """
        frame = to_frame(event)
        if self._end is not None:
            await _let_others_run()
            raise self._end.exception()
        try:
            if self._observer is None:
                await self._socket.send(frame, WSMsgType.TEXT)
            else:
                with self._observer.sending(event, frame):
                    await self._socket.send(frame, WSMsgType.TEXT)
        except (aiohttp.ClientError, OSError) as error:
            # Events that came before the end, and its code, may still be unread, so
            # this is not yet the end for a receiver.
            end = self._end or _End(ConnectionLost, _LOST, self._why_lost())
            await _let_others_run()
            raise end.exception() from error
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("sent %s, %d bytes", describe(event), len(frame))

    async def close(self, *, code: int = NORMAL, reason: str = "") -> None:
        """Close the connection and release all that belongs to it.

        Waits for the answer of the service, but no longer than `close_timeout`. Events
        that were not received yet are dropped. Further calls, also from other tasks,
        wait for the first. When cancelled, the socket is dropped at once.

        Args:
            code: Close code for the service: 1000 to 1014 or 3000 to 4999.
            reason: Text for the service, cut at 123 bytes.

        Raises:
            ValueError: The code is none that may be sent.
        """
        if code in _UNSENDABLE or not (NORMAL <= code <= 1014 or 3000 <= code <= 4999):
            raise ValueError(f"close code {code!r} is not one that may be sent")
        self._finish(ConnectionClosed, code, reason, by_us=True)
        if self._observer is None:
            await self._release(code, reason)
        else:
            with self._observer.closing():
                await self._release(code, reason)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open" if self.ready else "not ready"
        return f"<{type(self).__name__} session_id={self.session_id!r} {state}>"

    async def _release(self, code: int, reason: str) -> None:
        async with self._closing:
            text = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
            await self._socket.close(
                code,
                text.encode(),
                limit=self._close_timeout,
                answering=self._closed_by_peer,
            )

    async def _read_frame(self) -> bytes:
        """Read the next message from the socket."""
        while self._end is None:
            message = await self._receive()
            kind = message.type
            if kind is WSMsgType.TEXT or kind is WSMsgType.BINARY:
                frame: bytes = message.data
                self._last_frame = frame
                return frame
            if kind is WSMsgType.CLOSE:
                await self._closed_by_service(message.data or _NO_CODE, message.extra)
            elif kind is WSMsgType.ERROR:
                self._broken(message.data)
            elif kind is WSMsgType.CLOSING or kind is WSMsgType.CLOSED:
                # Known by now if it was close() of ours.
                self._finish(ConnectionLost, _LOST, self._why_lost())
            # Else a ping or pong, which come here only with autoping off.
        await _let_others_run()
        raise self._end.exception()

    async def _receive(self) -> WSMessageNoDecodeText:
        while True:
            try:
                if self._receive_timeout is None:
                    return await self._ws.receive()
                async with asyncio.timeout(self._receive_timeout):
                    return await self._ws.receive()
            except TimeoutError:
                raise ReceiveTimeout(
                    f"no event within {self._receive_timeout:g} s "
                    "(connection_options['receive_timeout'])"
                ) from None
            except asyncio.CancelledError:
                if really_cancelled():
                    raise
                # It was only the answer to a ping, which is written.
            except (aiohttp.ClientError, OSError):
                # A ping could not be answered, as the socket is gone. What came after
                # the ping is still to be read, the close at the latest.
                continue
            except RuntimeError:
                await _let_others_run()
                raise RuntimeError(
                    "another task is receiving: read the events of a connection in "
                    "one task"
                ) from None

    def _notice(self, event: ReceivedEvent) -> None:
        """Notice how the session begins."""
        seen = peek(event)
        if seen.type == ServerEventType.SESSION_CREATED:
            # The session has begun, also if the rest of the event cannot be read.
            self._ready = True
            self._session_id = seen.text("session", "id")
            _LOG.debug("the session is %s", self._session_id)
        elif isinstance(event, ServerEventError) and self._refusal is None:
            self._refusal = event.error

    async def _closed_by_service(self, code: int, reason: str | None) -> None:
        # First of all, so that it is known even if the rest is cancelled.
        self._finish(kind_of_close(code), code, reason or "")
        self._closed_by_peer = True
        if self._autoclose:
            # Hardly ever waits, but could if the service has stopped reading.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._close_timeout):
                    answer = NORMAL if code in _UNSENDABLE else code
                    await self._socket.answer_close(answer)

    def _broken(self, error: BaseException) -> None:
        if isinstance(error, aiohttp.WebSocketError):
            reason, kind = str(error.args[1]), ProtocolError
            if error.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
                reason += " (connection_options['max_msg_size'])"
                kind = MessageTooLarge
            self._finish(kind, error.code, reason)
        elif isinstance(error, aiohttp.ServerTimeoutError):
            self._finish(ConnectionLost, _LOST, str(error))
        else:
            self._finish(ProtocolError, aiohttp.WSCloseCode.PROTOCOL_ERROR, str(error))

    def _why_lost(self) -> str:
        error = self._ws.exception()
        if isinstance(error, aiohttp.ServerTimeoutError):
            return str(error)
        return "the connection broke without a close"

    def _finish(
        self,
        kind: type[ConnectionClosed],
        code: int,
        reason: str,
        *,
        by_us: bool = False,
    ) -> None:
        """Note the end of the connection, unless it is known already."""
        if self._end is not None:
            return
        error = None
        if not self._ready and self._refusal is not None:
            kind, error = SessionRejected, self._refusal
        elif self._last_frame:
            last = decode_server_event(self._last_frame)
            error = last.error if isinstance(last, ServerEventError) else None
        self._end = end = _End(kind, code, reason, error, by_us)
        _LOG.debug("%s with code %d: %s", _HOW[by_us], code, reason or "no reason")
        if self._observer is not None:
            if not end.normal or kind is SessionRejected:
                self._observer.failed(end.exception())
            if not by_us:
                self._observer.ended()
