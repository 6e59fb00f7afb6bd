"""WebSocket connection: messages, back pressure, ping and pong, closing handshake."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WebSocketError, WebSocketReader, WSCloseCode, WSMsgType

from voicelive_core.close_codes import CloseCode, can_be_sent
from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.websocket.frames import (
    PONG,
    close_frame,
    frame_header,
)
from voicelive_mockserver.websocket.validator import FrameValidator
from voicelive_mockserver.websocket.write_batcher import WriteBatcher

logger = redacting_logger(__name__)

PAUSE_BYTES = 4 * 1024 * 1024
"""Stop reading while this much data is unsent."""

_MAX_MESSAGE_BYTES = 21 << 20  # 15 MiB of audio in base64, and a little JSON

_SLICE_BYTES = 16 * 1024
"""Parse this much at a time: a single read may contain thousands of messages."""

_TURN_SECONDS = 0.005
"""Yield to other connections after this much work for one client."""

_CLOSE_SECONDS = 1.5
"""Timeout of the closing handshake."""

_LINGER_SECONDS = 0.5
"""Time to read and discard input after a protocol error; see `fail`."""

_POLL_SECONDS = 0.02


class Delegate(Protocol):
    """The consumer of a WebSocket."""

    def receive(self, payload: bytes, is_text: bool) -> bool:
        """Process a message.

        Args:
            payload: The payload; UTF-8 if it is text.
            is_text: Whether it is a text message, not a binary one.

        Returns:
            Whether to pause reading.
        """
        ...

    def is_behind(self) -> bool:
        """Return whether reading should remain paused."""
        ...

    def ended(self, code: int | None) -> None:
        """Handle the end of the connection.

        Args:
            code: The close code of the side that closed first; `None` if the
                connection was lost.
        """
        ...


class _Messages(WebSocketDataQueue):
    """Replacement of aiohttp's queue that delivers messages immediately."""

    def __init__(
        self,
        socket: WebSocket,
        loop: asyncio.AbstractEventLoop,
        take: Callable[[Any, int], None],
    ) -> None:
        super().__init__(socket, 1 << 20, loop=loop)  # type: ignore[arg-type]
        self._fail = socket.fail
        self.feed_data = take  # type: ignore[assignment, method-assign]

    def set_exception(self, exc: BaseException, exc_cause: Any = None) -> None:
        self._fail(exc)


class WebSocket(asyncio.BufferedProtocol):
    """An upgraded connection, as the protocol of its transport.

    All data written in one iteration of the event loop is sent with one system call.

    Args:
        transport: The transport.
        batcher: The read buffer and write batching of the server.
    """

    __slots__ = (
        "_batcher",
        "_code",
        "_deadline",
        "_deferred",
        "_delegate",
        "_gone",
        "_is_closing",
        "_is_gone",
        "_is_holding",
        "_loop",
        "_reader",
        "_rest",
        "_timer",
        "_transport",
        "_unsent",
        "_unsent_bytes",
        "_validator",
        "answers_pings",
    )

    def __init__(self, transport: asyncio.Transport, batcher: WriteBatcher) -> None:
        self.answers_pings = True
        """Whether pings are answered."""
        self._transport = transport
        self._batcher = batcher
        self._loop = asyncio.get_running_loop()
        self._delegate: Delegate | None = None
        # None when input is discarded.
        self._reader: WebSocketReader | None = WebSocketReader(
            _Messages(self, self._loop, self._take),
            _MAX_MESSAGE_BYTES,
            compress=False,
            decode_text=False,
        )
        self._validator = FrameValidator()
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._code: int | None = None
        self._is_closing = False
        self._is_gone = False
        self._deadline = 0.0
        # Deferred input: messages, and unparsed bytes.
        self._is_holding = False
        self._deferred: deque[Any] = deque()
        self._rest = b""
        self._timer: asyncio.TimerHandle | None = None
        self._gone: asyncio.Future[None] | None = None

    def use(self, delegate: Delegate) -> None:
        """Set the delegate; must be called before data arrives."""
        self._delegate = delegate

    @property
    def is_closing(self) -> bool:
        """Whether the connection is closing or closed."""
        return self._is_closing or self._transport.is_closing()

    @property
    def backlog(self) -> int:
        """The number of bytes that are written but not sent."""
        return self._unsent_bytes + self._transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        """Queue data to be sent in this iteration of the event loop.

        Args:
            data: Complete frames.
        """
        if self._is_closing:
            return
        if not self._unsent:
            self._batcher.flush_soon(self)
        self._unsent.append(data)
        self._unsent_bytes += len(data)

    def flush(self) -> None:
        """Send the queued data."""
        unsent = self._unsent
        if not unsent:
            return
        self._unsent = []
        self._unsent_bytes = 0
        if not self._transport.is_closing():
            self._transport.write(unsent[0] if len(unsent) == 1 else b"".join(unsent))

    def close(self, code: int | None, reason: str = "") -> None:
        """Start the closing handshake, with a timeout.

        No further messages are delivered. No effect if the connection is closing.

        Args:
            code: The close code; `None` for a close frame without a code.
            reason: The close reason, truncated if too long.
        """
        if self.is_closing:
            return
        if self._code is None:
            self._code = CloseCode.NO_STATUS if code is None else code
        self.write(close_frame(code, reason))
        self.flush()
        self._is_closing = True
        self._cut_off_after(_CLOSE_SECONDS)

    async def wait_closed(self) -> None:
        """Wait until the connection is closed."""
        if self._is_gone:
            return
        if self._gone is None:
            self._gone = self._loop.create_future()
        await asyncio.shield(self._gone)

    def drop(self) -> None:
        """Flush, then drop the connection without a close frame."""
        self.flush()
        self._transport.close()
        self._cut_off_after(_CLOSE_SECONDS)

    def fail(self, problem: BaseException) -> None:
        """Close because of an exception and discard further input.

        Args:
            problem: The exception raised while a message was read or processed.
        """
        self._reader = None
        if isinstance(problem, WebSocketError):
            self.close(problem.code, str(problem))
        else:
            logger.error("a session failed", exc_info=problem)
            self.close(CloseCode.INTERNAL_ERROR, "The service has failed.")
        # Closing a socket with unread input resets the connection, and data on its way
        # to the client is lost. So half-close, and discard input for a while.
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._cut_off_after(_LINGER_SECONDS)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the shared read buffer."""
        return self._batcher.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Process received data."""
        self.feed(bytes(self._batcher.buffer[:nbytes]))

    def feed(self, data: bytes) -> None:
        """Process received data, limited by the time slice of a client.

        Args:
            data: The data.
        """
        reader = self._reader
        if reader is None:
            return
        self._deadline = monotonic() + _TURN_SECONDS
        if self._is_holding or len(data) > _SLICE_BYTES:
            self._rest += data
            if not self._is_holding:
                self._process_deferred()
            return
        self._parse(reader, data)
        if self._is_holding:
            self._hold()
        else:
            self._end_if_invalid()

    def connection_lost(self, exc: Exception | None) -> None:
        """Notify the delegate and release all resources."""
        if self._timer is not None:
            self._timer.cancel()
        self._is_gone = self._is_closing = True
        self._deferred.clear()
        self._unsent.clear()
        self._rest = b""
        # Break the reference cycle with the reader.
        self._reader = None
        delegate, self._delegate = self._delegate, None
        try:
            if delegate is not None:
                delegate.ended(self._code)
        finally:
            if self._gone is not None:
                self._gone.set_result(None)

    def _take(self, message: Any, _size: int) -> None:
        """Process a message from the reader, or defer it."""
        if self._is_holding:
            self._deferred.append(message)
            return
        kind = message[0]
        if kind is WSMsgType.TEXT:
            if self._is_closing or self._delegate is None:
                return
            text: bytes = message[1]
            if not text.isascii():
                _check_text(text)
            waits = self._delegate.receive(text, True)
        elif kind is WSMsgType.BINARY:
            if self._is_closing or self._delegate is None:
                return
            waits = self._delegate.receive(message[1], False)
        elif kind is WSMsgType.PING:
            if self._is_closing or not self.answers_pings:
                return
            self.write(frame_header(PONG, len(message[1])) + message[1])
            waits = self.backlog > PAUSE_BYTES
        elif kind is WSMsgType.CLOSE:
            self._end(message[1])
            return
        else:
            return
        if waits or monotonic() > self._deadline:
            self._is_holding = True

    def _end(self, code: int) -> None:
        """Answer the close frame of the client, unless it is an answer itself."""
        if not self._is_closing:
            if code and not can_be_sent(code):
                text = f"A close frame must not have the code {code}."
                raise WebSocketError(WSCloseCode.PROTOCOL_ERROR, text)
            self.close(code or None)
        self._reader = None
        self._transport.close()

    def _hold(self) -> None:
        """Pause reading until the deferred input is processed."""
        self._transport.pause_reading()
        self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        """Process the deferred input, unless the delegate is still behind."""
        if self._reader is None:
            return
        if not self._is_closing and (
            self.backlog > PAUSE_BYTES
            or (self._delegate is not None and self._delegate.is_behind())
        ):
            # Poll: there is no event for the end of this state.
            self._loop.call_later(_POLL_SECONDS, self._resume)
            return
        self._is_holding = False
        self._deadline = monotonic() + _TURN_SECONDS
        self._process_deferred()
        if not self._is_holding and not self._transport.is_closing():
            self._transport.resume_reading()

    def _process_deferred(self) -> None:
        deferred = self._deferred
        try:
            while deferred and not self._is_holding:
                self._take(deferred.popleft(), 0)
        except Exception as problem:
            self.fail(problem)
        while self._rest and not self._is_holding and self._reader is not None:
            part, self._rest = self._rest[:_SLICE_BYTES], self._rest[_SLICE_BYTES:]
            self._parse(self._reader, part)
        if self._is_holding:
            self._hold()
        else:
            self._end_if_invalid()

    def _parse(self, reader: WebSocketReader, data: bytes) -> None:
        valid = self._validator.check(data)
        reader.feed_data(data if valid == len(data) else data[:valid])

    def _end_if_invalid(self) -> None:
        """Close after a protocol violation, once all input before it is processed."""
        problem = self._validator.problem
        if problem is not None and self._reader is not None:
            self.fail(WebSocketError(WSCloseCode.PROTOCOL_ERROR, problem))

    def _cut_off_after(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._transport.abort)


def _check_text(payload: bytes) -> None:
    """Reject a text message that is not UTF-8."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        text = "A text message must be UTF-8."
        raise WebSocketError(WSCloseCode.INVALID_TEXT, text) from None
