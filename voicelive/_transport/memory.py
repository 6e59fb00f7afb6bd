"""Transport in memory, for tests without a socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, TypeAlias

from voicelive._errors import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    MessageTooLarge,
)
from voicelive._transport.base import Handshake
from voicelive._transport.close_codes import answer_code
from voicelive._transport.options import DEFAULT_MAX_MSG_SIZE
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import Event, encode, parse

ServerMessage: TypeAlias = Event | Mapping[str, Any] | str | bytes
"""Server event as a model or a mapping, or any text, valid JSON or not."""

_BUFFER_BYTES = 512 * 1024
_BROKEN = "the connection broke without a close"


class _Pipe:
    """One direction: a bounded queue of messages, and then its end.

    Args:
        limit_bytes: Size of unread messages from which on senders wait.

    Attributes:
        end: Exception for the reader after the last message; None before the end.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.end: ConnectionClosed | None = None
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._messages: deque[bytes] = deque()
        self._reader: asyncio.Future[None] | None = None
        # Keeps the order of senders.
        self._sending = asyncio.Lock()
        self._changed = asyncio.Event()
        self._discards = False

    async def put(self, message: bytes) -> None:
        """Add a message, or wait until there is room or the end.

        Raises:
            ConnectionClosed: The end.
        """
        async with self._sending:
            while self._is_full(len(message)):
                self._changed.clear()
                await self._changed.wait()
            if self.end is not None:
                raise _copy(self.end)
            if not self._discards:
                self._messages.append(message)
                self._size_bytes += len(message)
                self._wake_reader()

    async def get(self) -> bytes:
        """Remove the next message, or wait for it; cancelling loses none.

        Raises:
            ConnectionClosed: The end.
            RuntimeError: Another task is receiving.
        """
        if self._reader is not None:
            raise RuntimeError("another task is receiving")
        while not self._messages:
            if self.end is not None:
                raise _copy(self.end)
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        message = self._messages.popleft()
        self._size_bytes -= len(message)
        self._changed.set()
        return message

    def finish(self, end: ConnectionClosed, *, drop: bool = False) -> None:
        """End the direction, after its messages; only the first end counts.

        Args:
            end: Exception for reader and senders.
            drop: Whether to drop unread messages.
        """
        if self.end is None:
            self.end = end
        if drop:
            self._messages.clear()
            self._size_bytes = 0
        self._changed.set()
        self._wake_reader()

    def discard(self) -> None:
        """Drop messages from now on, so that senders do not wait."""
        self._discards = True
        self._changed.set()

    def _is_full(self, size_bytes: int) -> bool:
        return (
            bool(self._messages)
            and self._size_bytes + size_bytes > self._limit_bytes
            and self.end is None
            and not self._discards
        )

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


class MemoryService:
    """The end of the service of a `MemoryTransport`, which a test controls.

    Messages may be sent before the client connects.
    """

    def __init__(self, to_client: _Pipe, to_service: _Pipe) -> None:
        self._to_client = to_client
        self._to_service = to_service

    @property
    def closed(self) -> ConnectionClosed | None:
        """Code and reason of the client's close or answer; None before."""
        return self._to_service.end

    async def send(self, message: ServerMessage) -> None:
        """Send a message to the client.

        Waits while 512 KiB are unread.

        Args:
            message: An event as a model or a mapping, or any text or bytes.

        Raises:
            ConnectionClosed: One side has closed.
            TypeError: The message is none of these.
        """
        await self._to_client.put(_frame(message))

    async def receive(self) -> dict[str, Any]:
        """Receive the next event of the client, as a mapping.

        Raises:
            ConnectionClosed: The client has closed, with its code and reason.
            ValueError: The client sent something else; see `receive_bytes`.
        """
        event = parse(await self.receive_bytes())
        if not isinstance(event, dict):
            raise ValueError(f"the client sent no JSON object: {event!r}")
        return event

    async def receive_bytes(self) -> bytes:
        """Receive the next message of the client, unchanged.

        Raises:
            ConnectionClosed: The client has closed, with its code and reason.
        """
        return await self._to_service.get()

    async def close(
        self, code: int | None = CloseCode.NORMAL, reason: str = ""
    ) -> None:
        """Close, after the messages that were sent.

        Args:
            code: Close code; None for a close without one.
            reason: Close reason.
        """
        # Messages that cross a close are lost, as on a network.
        self._to_service.discard()
        code = CloseCode.NO_STATUS if code is None else code
        self._to_client.finish(ConnectionClosed(code, reason))

    def abort(self, reason: str = _BROKEN) -> None:
        """Break the connection without a close, after the messages that were sent.

        Args:
            reason: Reason in the `ConnectionLost` of the client.
        """
        lost = ConnectionLost(CloseCode.ABNORMAL, reason)
        self._to_client.finish(lost)
        self._to_service.finish(lost)


class MemoryTransport:
    """Transport whose other end is an object in memory, for tests without a socket.

    One connection; for several attempts pass `connect` a function that returns one for
    each.

    ```python
    transport = MemoryTransport()
    await transport.service.send({"type": "session.created", "session": {"id": "1"}})
    async with connect(
        credential="key", endpoint="https://test", transport=transport
    ) as connection:
        await connection.session.update(session=RequestSession())
        sent = await transport.service.receive()
    ```

    Args:
        buffer_bytes: Size of unread messages in each direction from which on senders
            wait; 512 KiB by default, as on a socket.
    """

    def __init__(self, *, buffer_bytes: int = _BUFFER_BYTES) -> None:
        self._to_client = _Pipe(buffer_bytes)
        self._to_service = _Pipe(buffer_bytes)
        self._service = MemoryService(self._to_client, self._to_service)
        self._handshake: Handshake | None = None
        self._max_bytes = DEFAULT_MAX_MSG_SIZE

    async def __call__(self, handshake: Handshake, /) -> MemoryTransport:
        """Accept the handshake of a client, once.

        Raises:
            ConnectionFailed: There was one before.
        """
        if self._handshake is not None:
            raise ConnectionFailed(
                "a MemoryTransport is one connection: for several attempts pass "
                "`transport` a function that returns one for each",
                retryable=False,
            )
        self._handshake = handshake
        self._max_bytes = handshake.options.max_msg_size
        return self

    @property
    def service(self) -> MemoryService:
        """The end of the service."""
        return self._service

    @property
    def handshake(self) -> Handshake:
        """URL and headers of the client.

        Raises:
            RuntimeError: The client has not connected.
        """
        if self._handshake is None:
            raise RuntimeError("the client has not connected")
        return self._handshake

    # --- the end of the client ---------------------------------------------------

    async def send(self, frame: bytes, /) -> None:
        """Send a text message; see `Transport`."""
        await self._to_service.put(frame)

    async def receive(self) -> bytes:
        """Receive the next message; see `Transport`."""
        frame = await self._to_client.get()
        # The limit itself is too large, as for aiohttp.
        if self._max_bytes and len(frame) >= self._max_bytes:
            reason = f"Message size {len(frame)} exceeds limit {self._max_bytes}"
            self._finish(CloseCode.TOO_LARGE, reason)
            raise MessageTooLarge(
                CloseCode.TOO_LARGE, f"{reason} (connection_options['max_msg_size'])"
            )
        return frame

    async def acknowledge_close(self) -> None:
        """Answer a close of the service; see `Transport`."""
        end = self._to_client.end
        if end is not None:
            self._to_service.finish(ConnectionClosed(answer_code(end.code), ""))

    async def close(self, code: int, reason: str) -> None:
        """Close the connection; see `Transport`."""
        self._finish(code, reason)

    def _finish(self, code: int, reason: str) -> None:
        self._to_service.finish(ConnectionClosed(code, reason))
        self._to_client.finish(ConnectionLost(CloseCode.ABNORMAL, _BROKEN), drop=True)


def _frame(message: ServerMessage) -> bytes:
    if isinstance(message, str):
        return message.encode(errors="surrogatepass")
    if isinstance(message, bytes):
        return message
    if isinstance(message, Event | Mapping):
        return encode(message)
    raise TypeError(
        "a message is a server event, a mapping, text or bytes, not "
        f"{type(message).__name__}"
    )


def _copy(end: ConnectionClosed) -> ConnectionClosed:
    """Return a new exception, without the traceback of the last one."""
    return type(end)(end.code, end.reason, end.error)
