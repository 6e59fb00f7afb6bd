"""End of a connection: close codes, and how a socket error maps to them."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from voicelive._errors import (
    ConnectionClosed,
    ConnectionLost,
    MessageTooLarge,
    ProtocolError,
    SessionRejected,
)
from voicelive_protocol import ServerEventErrorDetails

NORMAL = 1000
NO_CODE = 1005
ABNORMAL = 1006
# Reserved codes, which no close frame may carry.
RESERVED_CODES = frozenset({1004, NO_CODE, ABNORMAL, 1015})

# The longest reason that fits into a close frame.
_MAX_REASON_BYTES = 123


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """How a connection ended.

    Attributes:
        kind: The exception to raise.
        code: Close code; 1005 for a close without one, 1006 for an end without a close.
        reason: Close reason, or what broke the connection.
        error: Details of the `error` event that preceded the end.
        by_us: Whether `close()` ended it.
    """

    kind: type[ConnectionClosed]
    code: int
    reason: str
    error: ServerEventErrorDetails | None = None
    by_us: bool = False

    @property
    def normal(self) -> bool:
        """Whether it ends an iteration without an exception."""
        return self.by_us or (
            self.code == NORMAL and not issubclass(self.kind, SessionRejected)
        )

    def exception(self) -> ConnectionClosed:
        """Return a new exception for this end."""
        return self.kind(self.code, self.reason, self.error)


def check_close_code(code: int) -> None:
    """Check a close code to send.

    Raises:
        ValueError: The code must not be sent.
    """
    if code in RESERVED_CODES or not (NORMAL <= code <= 1014 or 3000 <= code <= 4999):
        raise ValueError(f"close code {code!r} is not one that may be sent")


def reason_bytes(reason: str) -> bytes:
    """Return a reason in UTF-8, cut to what a close frame can hold."""
    return reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore").encode()


def end_of_error(error: BaseException) -> ConnectionEnd:
    """Return the end that an error of the WebSocket causes."""
    if isinstance(error, aiohttp.WebSocketError):
        reason = str(error.args[1])
        if error.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            reason += " (connection_options['max_msg_size'])"
            return ConnectionEnd(MessageTooLarge, error.code, reason)
        return ConnectionEnd(ProtocolError, error.code, reason)
    if isinstance(error, aiohttp.ServerTimeoutError):
        return ConnectionEnd(ConnectionLost, ABNORMAL, str(error))
    return ConnectionEnd(ProtocolError, aiohttp.WSCloseCode.PROTOCOL_ERROR, str(error))


def end_without_close(error: BaseException | None) -> ConnectionEnd:
    """Return the end of a socket that was lost without a close frame.

    Args:
        error: The exception of the WebSocket, if it has one.
    """
    reason = "the connection broke without a close"
    if isinstance(error, aiohttp.ServerTimeoutError):
        reason = str(error)
    return ConnectionEnd(ConnectionLost, ABNORMAL, reason)
