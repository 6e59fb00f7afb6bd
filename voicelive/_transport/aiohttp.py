"""Transport over a WebSocket of aiohttp."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Mapping
from typing import Literal, TypeAlias

import aiohttp
from aiohttp import WSMsgType

from voicelive._errors import (
    ConnectionClosed,
    ConnectionLost,
    ConnectionTimeout,
    MessageTooLarge,
    ProtocolError,
)
from voicelive._transport.base import Handshake
from voicelive._transport.close_codes import answer_code
from voicelive._transport.handshake import (
    HandshakeMiddleware,
    HandshakeRefused,
    concise_cause,
    unreachable,
)
from voicelive._transport.options import TransportOptions
from voicelive._transport.proxy import proxy_for, shown_proxy
from voicelive._transport.response_handler import ResponseHandler
from voicelive._transport.url import without_query
from voicelive._transport.write_guard import WriteGuard
from voicelive_core.close_codes import CloseCode

WebSocket: TypeAlias = aiohttp.ClientWebSocketResponse[Literal[False]]
"""WebSocket of aiohttp that returns text messages as bytes."""

# Polling interval of a full write buffer.
_POLL_SECONDS = 0.01
# High-water mark of the write buffer in asyncio and uvloop.
_HIGH_WATER_BYTES = 64 * 1024
# Largest frame header, mask included.
_MAX_HEADER_BYTES = 14


class AiohttpTransport:
    """Transport over a WebSocket of aiohttp, with its HTTP session and socket.

    Args:
        ws: The WebSocket.
        session: The HTTP session, used for this WebSocket only.
        handler: Protocol object of the WebSocket.
        socket: Socket transport of the WebSocket.
        close_timeout: Time for closing, in seconds.
    """

    def __init__(
        self,
        ws: WebSocket,
        session: aiohttp.ClientSession,
        handler: ResponseHandler,
        socket: asyncio.Transport,
        close_timeout: float,
    ) -> None:
        self._ws = ws
        self._session = session
        self._handler = handler
        self._socket = socket
        self._close_timeout = close_timeout
        self._guard = WriteGuard(ws, handler, socket, close_timeout)
        # Bound once, for each event.
        self._receive = ws.receive
        self._end: ConnectionClosed | None = None
        self._closed_by_service = False

    async def send(self, frame: bytes, /) -> None:
        """Send a text message, and wait while the write buffer is full."""
        try:
            await self._send(frame, WSMsgType.TEXT)
        except (aiohttp.ClientError, OSError) as error:
            # Received messages and a close code may still be unread.
            raise lost(self._ws.exception()) from error

    async def receive(self) -> bytes:
        """Receive the next text or binary message."""
        while True:
            if self._end is not None:
                raise self._end.with_traceback(None)
            try:
                message = await self._receive()
            except asyncio.CancelledError:
                if really_cancelled():
                    raise
                # Only the answer to a ping was cancelled, and that is written.
                continue
            except (aiohttp.ClientError, OSError):
                # A ping could not be answered, as the socket is gone. Later frames, the
                # close at the latest, are still to be read.
                continue
            kind = message.type
            if kind is WSMsgType.TEXT or kind is WSMsgType.BINARY:
                frame: bytes = message.data
                return frame
            if kind is WSMsgType.CLOSE:
                self._closed_by_service = True
                self._end = ConnectionClosed(
                    message.data or CloseCode.NO_STATUS, message.extra or ""
                )
            elif kind is WSMsgType.ERROR:
                self._end = unreadable(message.data)
            elif kind is WSMsgType.CLOSING or kind is WSMsgType.CLOSED:
                self._end = lost(self._ws.exception())
            # Pings and pongs arrive here only with autoping off.

    async def acknowledge_close(self) -> None:
        """Answer a close of the service."""
        if not self._closed_by_service or self._end is None:
            return
        code = self._end.code
        # Waits only if the service has stopped reading.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._close_timeout):
                await self._answer_close(answer_code(code))

    async def close(self, code: int, reason: str) -> None:
        """Close the WebSocket and release all resources."""
        try:
            async with asyncio.timeout(self._close_timeout):
                if self._closed_by_service:
                    await self._answer_close(code, reason)
                # After an answer, or without a socket, this only cleans up.
                await self._ws.close(code=code, message=reason.encode())
                await self._wait_closed()
        except TimeoutError:
            pass  # the peer does not answer, or does not read
        except asyncio.CancelledError:
            if really_cancelled():
                raise
        finally:
            # A socket that is only closed would wait for the peer to read the rest; one
            # that has closed must not be used any more.
            self._guard.stop()
            if self._closed_future() is not None:
                self._socket.abort()
            await self._session.close()
            await self._wait_closed()
            # Without a socket this never waits; it releases what an interrupted close
            # above did not.
            await self._ws.close()

    async def _send(self, frame: bytes, kind: WSMsgType) -> None:
        buffered = self._socket.get_write_buffer_size()
        if buffered + len(frame) + _MAX_HEADER_BYTES <= _HIGH_WATER_BYTES:
            await self._ws.send_frame(frame, kind)
            return
        self._guard.watch()
        try:
            await self._ws.send_frame(frame, kind)
        except asyncio.CancelledError:
            if really_cancelled():
                raise
            # The frame is written; only the waiting was interrupted.
            while self._handler.writing_paused:
                if self._socket.is_closing():
                    raise aiohttp.ClientConnectionResetError("closed") from None
                await asyncio.sleep(_POLL_SECONDS)
        if self._socket.is_closing() and self._handler.writing_paused:
            raise aiohttp.ClientConnectionResetError("closed")

    async def _answer_close(self, code: int, reason: str = "") -> None:
        """Answer the close of the service and close the socket.

        `close` of aiohttp would wait for another close if the first had no code.
        """
        frame = struct.pack("!H", code) + reason.encode()
        # Raises if it was answered before, or if the socket is gone.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self._send(frame, WSMsgType.CLOSE)
        self._socket.close()

    async def _wait_closed(self) -> None:
        """Wait until the event loop has released the socket."""
        closed = self._closed_future()
        if closed is not None:
            closed.add_done_callback(_retrieve_exception)
            await asyncio.wait((closed,))

    def _closed_future(self) -> asyncio.Future[None] | None:
        """Return the future of the release of the socket; None if it is released."""
        closed = self._handler.closed
        return None if closed is None or closed.done() else closed


def really_cancelled() -> bool:
    """Return whether the current task was cancelled itself, given a CancelledError.

    In aiohttp all blocked senders await one future. Cancelling one of them cancels the
    future, and so all other senders until the write buffer has drained.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def lost(error: BaseException | None) -> ConnectionLost:
    """Return the exception for a socket that was lost without a close frame.

    Args:
        error: The exception of the WebSocket, if it has one.
    """
    reason = "the connection broke without a close"
    if isinstance(error, aiohttp.ServerTimeoutError):
        reason = str(error)
    return ConnectionLost(CloseCode.ABNORMAL, reason)


def unreadable(error: BaseException) -> ConnectionClosed:
    """Return the exception for an error that a WebSocket received as a message."""
    if isinstance(error, aiohttp.WebSocketError):
        reason = str(error.args[1])
        if error.code == CloseCode.TOO_LARGE:
            reason += " (connection_options['max_msg_size'])"
            return MessageTooLarge(error.code, reason)
        return ProtocolError(error.code, reason)
    if isinstance(error, aiohttp.ServerTimeoutError):
        return ConnectionLost(CloseCode.ABNORMAL, str(error))
    return ProtocolError(CloseCode.PROTOCOL_ERROR, str(error))


def _close_within(seconds: float) -> aiohttp.ClientWSTimeout:
    # pyright does not see the fields of this attrs class.
    return aiohttp.ClientWSTimeout(ws_close=seconds)  # pyright: ignore[reportCallIssue]


def _retrieve_exception(future: asyncio.Future[None]) -> None:
    # asyncio logs exceptions that were never retrieved.
    if not future.cancelled():
        future.exception()


async def open_aiohttp(handshake: Handshake, /) -> AiohttpTransport:
    """Connect and do the WebSocket handshake.

    Raises:
        ConnectionFailed: The handshake failed; subclasses for a rejected credential, a
            proxy failure and a timeout.
        ValueError: aiohttp rejects one of the `vendor_options`.
    """
    url, options = handshake.url, handshake.options
    proxy = proxy_for(url, options.proxy, trust_env=options.trust_env)
    middleware = HandshakeMiddleware(
        without_query(url), None if proxy is None else shown_proxy(proxy)
    )
    session = aiohttp.ClientSession(
        # `handshake_timeout` covers the handshake as a whole.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        middlewares=(middleware,),
    )
    try:
        ws = await _shake_hands(
            session, middleware, url, handshake.headers, proxy, options
        )
    except BaseException:
        await session.close()
        raise
    handler, socket = middleware.handler, middleware.transport
    assert handler is not None
    assert socket is not None
    return AiohttpTransport(ws, session, handler, socket, options.close_timeout)


async def _shake_hands(
    session: aiohttp.ClientSession,
    middleware: HandshakeMiddleware,
    url: str,
    headers: Mapping[str, str],
    proxy: str | None,
    options: TransportOptions,
) -> WebSocket:
    address = without_query(url)
    try:
        async with asyncio.timeout(options.handshake_timeout):
            ws: WebSocket = await session.ws_connect(
                url,
                headers=headers,
                proxy=proxy,
                timeout=_close_within(options.close_timeout),
                # The code is recorded a close is answered.
                autoclose=False,
                decode_text=False,
                **options.ws_connect_arguments(),
            )
            return ws
    except HandshakeRefused as error:
        raise error.failure from error.cause
    except (aiohttp.ClientError, UnicodeError) as error:
        raise unreachable(address, error) from concise_cause(error)
    except TimeoutError:
        by = "" if proxy is None else f" by the proxy {shown_proxy(proxy)}"
        raise ConnectionTimeout(
            f"no connection to {address}{by} within {options.handshake_timeout:g} s "
            "(connection_options['handshake_timeout'])"
        ) from None
    except Exception as error:
        if middleware.answered or not options.vendor:
            raise unreachable(address, error) from None
        given = ", ".join(options.vendor)
        raise ValueError(
            f"aiohttp refuses connection_options['vendor_options'] ({given}): {error}"
        ) from None
