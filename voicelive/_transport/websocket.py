"""A WebSocket and everything that must be released with it."""

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
from voicelive._transport.handshake import Gate, Refused, concise_cause, unreachable
from voicelive._transport.options import TransportOptions
from voicelive._transport.proxy import proxy_for, shown_proxy
from voicelive._transport.url import without_query

Frames = aiohttp.ClientWebSocketResponse[Literal[False]]
"""aiohttp's WebSocket, with text left as the bytes that came."""

# Between two looks at a socket that has no room.
_LOOK_AGAIN_SECONDS = 0.01
# The same for an end of the WebSocket meanwhile.
_GUARD_SECONDS = 0.1
# A transport that holds this many bytes has room for more: asyncio and uvloop pause
# above 64 KiB.
_ROOM = 64 * 1024
# Of a frame, mask included.
_LARGEST_HEADER = 14


class _WriteGuard:
    """Aborts a socket whose peer does not read, once the WebSocket has ended.

    aiohttp only closes the transport then, which waits until everything is written;
    whatever waits for room would wait for as long. The guard runs while there is no
    room.

    Args:
        ws: The WebSocket.
        handler: The protocol object under it.
        transport: Its transport.
        grace: How long after the end the rest may take to be written, in seconds.
    """

    def __init__(
        self,
        ws: Frames,
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
        """Begin to look on, unless the guard does so already."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_GUARD_SECONDS, self._look)

    def stop(self) -> None:
        """Look on no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
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
            return  # the network has ended it
        self.watch()


@dataclass(frozen=True, slots=True)
class Socket:
    """An open WebSocket with the HTTP session, protocol and transport under it.

    Attributes:
        ws: For sending and receiving frames.
    """

    ws: Frames
    _session: aiohttp.ClientSession
    _handler: ResponseHandler
    _transport: asyncio.Transport
    _guard: _WriteGuard

    async def send(self, frame: bytes, kind: aiohttp.WSMsgType) -> None:
        """Send a frame, and wait while too much is waiting to be sent.

        Raises:
            aiohttp.ClientError: The socket is gone; or the `OSError` that says so.
        """
        waiting = self._transport.get_write_buffer_size()
        if waiting + len(frame) + _LARGEST_HEADER <= _ROOM:
            await self.ws.send_frame(frame, kind)
            return
        self._guard.watch()
        try:
            await self.ws.send_frame(frame, kind)
        except asyncio.CancelledError:
            if really_cancelled():
                raise
            # The frame is written; only the wait goes on.
            while self._handler.writing_paused:
                if self._transport.is_closing():
                    raise aiohttp.ClientConnectionResetError("closed") from None
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        if self._transport.is_closing() and self._handler.writing_paused:
            raise aiohttp.ClientConnectionResetError("closed")

    async def answer_close(self, code: int, reason: bytes = b"") -> None:
        """Answer the close of the peer and hang up; nothing more can come.

        aiohttp's own `close` would wait for another close if the first had no code.
        """
        frame = struct.pack("!H", code) + reason
        # Fails if it was answered before, or if the socket is gone.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self.send(frame, aiohttp.WSMsgType.CLOSE)
        self._transport.close()

    async def close(
        self, code: int, reason: bytes, *, limit: float, answering: bool
    ) -> None:
        """Say goodbye and release everything; nothing is left to do a second time.

        Args:
            code: Close code to send, unless a close was sent before.
            reason: At most 123 bytes of UTF-8.
            limit: Seconds after which the socket is dropped, whatever the peer does.
            answering: Whether the peer has closed; otherwise its answer is awaited.
        """
        try:
            async with asyncio.timeout(limit):
                if answering:
                    await self.answer_close(code, reason)
                # After an answer, or without a socket, this only cleans up.
                await self.ws.close(code=code, message=reason)
                await self._gone()
        except TimeoutError:
            pass  # the peer does not answer, or does not read
        except asyncio.CancelledError:
            if really_cancelled():
                raise
        finally:
            # A transport that only closes would wait for the peer to read the rest;
            # one that has closed must not be touched any more.
            self._guard.stop()
            if self._still_there() is not None:
                self._transport.abort()
            await self._session.close()
            await self._gone()
            # Without a socket this never waits. It lets go of what it could not let go
            # of above when that was interrupted.
            await self.ws.close()

    async def _gone(self) -> None:
        """Wait until the event loop has let go of the socket."""
        closed = self._still_there()
        if closed is not None:
            closed.add_done_callback(_look_at)
            await asyncio.wait((closed,))

    def _still_there(self) -> asyncio.Future[None] | None:
        """What is done when the event loop lets go of the socket; None if it has."""
        closed = self._handler.closed
        return None if closed is None or closed.done() else closed


def really_cancelled() -> bool:
    """Whether somebody cancelled the current task, when it gets a CancelledError.

    aiohttp lets everything that sends wait for one future. Cancelling one of the
    waiting tasks cancels that future, and with it all others that wait for room, and
    those that come later until there is room.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _close_within(seconds: float) -> aiohttp.ClientWSTimeout:
    # pyright does not see the fields of this attrs class.
    return aiohttp.ClientWSTimeout(ws_close=seconds)  # pyright: ignore[reportCallIssue]


def _look_at(future: asyncio.Future[None]) -> None:
    # An exception that nobody looks at is reported when the future is collected.
    if not future.cancelled():
        future.exception()


async def open_socket(
    url: str, headers: Mapping[str, str], options: TransportOptions
) -> Socket:
    """Connect and shake hands.

    Raises:
        ConnectionFailed: There is no WebSocket there; its subclasses for a credential
            that is not accepted, a proxy that refuses, and a handshake that takes too
            long.
        ValueError: aiohttp refuses one of the `vendor_options`.
    """
    proxy = proxy_for(url, options.proxy, trust_env=options.trust_env)
    gate = Gate(without_query(url), None if proxy is None else shown_proxy(proxy))
    session = aiohttp.ClientSession(
        # One limit holds for the handshake as a whole, and none after it.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        middlewares=(gate,),
    )
    try:
        ws = await _shake_hands(session, gate, url, headers, proxy, options)
    except BaseException:
        await session.close()
        raise
    assert gate.handler is not None
    assert gate.transport is not None
    guard = _WriteGuard(ws, gate.handler, gate.transport, options.close_timeout)
    return Socket(ws, session, gate.handler, gate.transport, guard)


async def _shake_hands(
    session: aiohttp.ClientSession,
    gate: Gate,
    url: str,
    headers: Mapping[str, str],
    proxy: str | None,
    options: TransportOptions,
) -> Frames:
    address = without_query(url)
    try:
        async with asyncio.timeout(options.handshake_timeout):
            ws: Frames = await session.ws_connect(
                url,
                headers=headers,
                proxy=proxy,
                timeout=_close_within(options.close_timeout),
                # The connection notes the code before it answers a close.
                autoclose=False,
                decode_text=False,
                **options.ws_connect_arguments(),
            )
            return ws
    except Refused as error:
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
        if gate.answered or not options.vendor:
            raise unreachable(address, error) from None
        given = ", ".join(options.vendor)
        raise ValueError(
            f"aiohttp refuses connection_options['vendor_options'] ({given}): {error}"
        ) from None
