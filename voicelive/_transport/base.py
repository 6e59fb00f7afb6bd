"""Interface of a transport: one open WebSocket, as a connection uses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from voicelive._transport.options import TransportOptions


class Transport(Protocol):
    """One open WebSocket.

    After the end `send` and `receive` raise `ConnectionClosed`:

    - the plain `ConnectionClosed` after a close of the service, with its code (1005 for
      a close without one) and reason;
    - `ConnectionLost` (1006) for an end without a close, and after `close`;
    - `MessageTooLarge` or `ProtocolError` for a message that cannot be read.

    Cancelling a call loses no message.
    """

    async def send(self, frame: bytes, /) -> None:
        """Send a text message whole, in the order of the calls.

        Waits while the buffer is full, but not longer than the connection lives.

        Args:
            frame: Text in UTF-8.

        Raises:
            ConnectionClosed: The connection has ended, or ends meanwhile.
        """
        ...

    async def receive(self) -> bytes:
        """Receive the next text or binary message.

        Messages before the end are delivered first. Unread messages are bounded in
        size; then back pressure stops the service.

        Raises:
            ConnectionClosed: The connection has ended.
            RuntimeError: Another task is receiving.
        """
        ...

    async def acknowledge_close(self) -> None:
        """Answer a close of the service, unless that was done or there was none.

        Called after `receive` has raised; see `autoclose` in the options.
        """
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close the WebSocket and release all resources; drop unread messages.

        May be called again, and after any end. Waits for the answer of the service up
        to `close_timeout`; cancelling drops the socket at once.

        Args:
            code: Close code, unless a close was sent before.
            reason: At most 123 bytes in UTF-8.
        """
        ...


@dataclass(frozen=True, slots=True)
class Handshake:
    """Request to open a WebSocket.

    Attributes:
        url: URL with query parameters, which may contain a secret.
        headers: HTTP headers, with the credential.
        options: Timeouts and limits.
    """

    url: str
    headers: Mapping[str, str]
    options: TransportOptions

    def __repr__(self) -> str:
        # Without secrets.
        return f"{type(self).__name__}({self.url.partition('?')[0]!r})"


TransportFactory: TypeAlias = Callable[[Handshake], Awaitable[Transport]]
"""Opens a WebSocket; called for each attempt to connect.

Raises `ConnectionFailed` if there is none.
"""
