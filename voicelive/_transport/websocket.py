"""WebSocket of aiohttp: opening, sending, closing and its resources."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import aiohttp
from aiohttp.client_proto import ResponseHandler

from voicelive._errors import ConnectionTimeout
from voicelive._transport.handshake import (
    HandshakeMiddleware,
    HandshakeRefused,
    concise_cause,
    unreachable,
)
from voicelive._transport.options import TransportOptions
from voicelive._transport.proxy import proxy_for, shown_proxy
from voicelive._transport.url import without_query

WebSocket = aiohttp.ClientWebSocketResponse[Literal[False]]
"""WebSocket of aiohttp that returns text messages as bytes."""

# Polling interval of a full write buffer.
_POLL_SECONDS = 0.01
# Polling interval of the write guard.
_GUARD_SECONDS = 0.1
# High-water mark of the write buffer in asyncio and uvloop.
_HIGH_WATER_BYTES = 64 * 1024
# Largest frame header, mask included.
_MAX_HEADER_BYTES = 14


class _WriteGuard:
    """Watchdog that aborts a socket that cannot be written, after the WebSocket ended.

    aiohttp only closes the transport, which waits until its buffer is written, and so
    would blocked senders. The guard runs while the buffer is full.

    Args:
        ws: The WebSocket.
        handler: Protocol object of the WebSocket.
        transport: Transport of the WebSocket.
        grace: How long writing may take after the end, in seconds.
    """

    def __init__(
        self,
        ws: WebSocket,
        handler: ResponseHandler,
        transport: asyncio.Transport,
        grace: float,
    ) -> None:
        self._ws = ws
        self._handler = handler
        self._transport = transport
        self._grace = grace
        self._timer: asyncio.TimerHandle | None = None
        self._closed_at: float | None = None

    def watch(self) -> None:
        """Start the watchdog, unless it is running."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_GUARD_SECONDS, self._check)

    def stop(self) -> None:
        """Stop the watchdog."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if not self._handler.writing_paused:
            return
        if self._ws.closed:
            now = asyncio.get_running_loop().time()
            self._closed_at = now if self._closed_at is None else self._closed_at
            unanswered = isinstance(self._ws.exception(), aiohttp.ServerTimeoutError)
            if unanswered or now - self._closed_at >= self._grace:
                self._transport.abort()
                return
        elif self._transport.is_closing():
            return  # closed by the network
        self.watch()


@dataclass(frozen=True, slots=True)
class Socket:
    """Open WebSocket with its HTTP session, protocol and transport.

    Attributes:
        ws: The WebSocket, for sending and receiving frames.
    """

    ws: WebSocket
    _session: aiohttp.ClientSession
    _handler: ResponseHandler
    _transport: asyncio.Transport
    _guard: _WriteGuard

    async def send(self, frame: bytes, kind: aiohttp.WSMsgType) -> None:
        """Send a frame, and wait while the write buffer is full.

        Raises:
            aiohttp.ClientError: The socket is gone; or an `OSError`.
        """
        buffered = self._transport.get_write_buffer_size()
        if buffered + len(frame) + _MAX_HEADER_BYTES <= _HIGH_WATER_BYTES:
            await self.ws.send_frame(frame, kind)
            return
        self._guard.watch()
        try:
            await self.ws.send_frame(frame, kind)
        except asyncio.CancelledError:
            if really_cancelled():
                raise
            # The frame is written; only the waiting was interrupted.
            while self._handler.writing_paused:
                if self._transport.is_closing():
                    raise aiohttp.ClientConnectionResetError("closed") from None
                await asyncio.sleep(_POLL_SECONDS)
        if self._transport.is_closing() and self._handler.writing_paused:
            raise aiohttp.ClientConnectionResetError("closed")

    async def answer_close(self, code: int, reason: bytes = b"") -> None:
        """Answer the close of the peer and close the transport.

        `close` of aiohttp would wait for another close if the first had no code.
        """
        frame = struct.pack("!H", code) + reason
        # Raises if it was answered before, or if the socket is gone.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self.send(frame, aiohttp.WSMsgType.CLOSE)
        self._transport.close()

    async def close(
        self, code: int, reason: bytes, *, limit: float, answering: bool
    ) -> None:
        """Close the WebSocket and release all resources.

        Args:
            code: Close code to send, unless a close was sent before.
            reason: At most 123 bytes of UTF-8.
            limit: Timeout in seconds, after which the socket is dropped.
            answering: Whether the peer has closed; otherwise its answer is awaited.
        """
        try:
            async with asyncio.timeout(limit):
                if answering:
                    await self.answer_close(code, reason)
                # After an answer, or without a socket, this only cleans up.
                await self.ws.close(code=code, message=reason)
                await self._wait_closed()
        except TimeoutError:
            pass  # the peer does not answer, or does not read
        except asyncio.CancelledError:
            if really_cancelled():
                raise
        finally:
            # A transport that is only closed would wait for the peer to read the
            # rest; one that has closed must not be used any more.
            self._guard.stop()
            if self._closed_future() is not None:
                self._transport.abort()
            await self._session.close()
            await self._wait_closed()
            # Without a socket this never waits; it releases what an interrupted close
            # above did not.
            await self.ws.close()

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


def _close_within(seconds: float) -> aiohttp.ClientWSTimeout:
    # pyright does not see the fields of this attrs class.
    return aiohttp.ClientWSTimeout(ws_close=seconds)  # pyright: ignore[reportCallIssue]


def _retrieve_exception(future: asyncio.Future[None]) -> None:
    # asyncio logs exceptions that were never retrieved.
    if not future.cancelled():
        future.exception()


async def open_socket(
    url: str, headers: Mapping[str, str], options: TransportOptions
) -> Socket:
    """Connect and do the WebSocket handshake.

    Raises:
        ConnectionFailed: The handshake failed; subclasses for a rejected credential, a
            proxy failure and a timeout.
        ValueError: aiohttp rejects one of the `vendor_options`.
    """
    proxy = proxy_for(url, options.proxy, trust_env=options.trust_env)
    handshake = HandshakeMiddleware(
        without_query(url), None if proxy is None else shown_proxy(proxy)
    )
    session = aiohttp.ClientSession(
        # `handshake_timeout` covers the handshake as a whole.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        middlewares=(handshake,),
    )
    try:
        ws = await _shake_hands(session, handshake, url, headers, proxy, options)
    except BaseException:
        await session.close()
        raise
    assert handshake.handler is not None
    assert handshake.transport is not None
    guard = _WriteGuard(
        ws, handshake.handler, handshake.transport, options.close_timeout
    )
    return Socket(ws, session, handshake.handler, handshake.transport, guard)


async def _shake_hands(
    session: aiohttp.ClientSession,
    handshake: HandshakeMiddleware,
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
                # The connection records the code before it answers a close.
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
        if handshake.answered or not options.vendor:
            raise unreachable(address, error) from None
        given = ", ".join(options.vendor)
        raise ValueError(
            f"aiohttp refuses connection_options['vendor_options'] ({given}): {error}"
        ) from None
