"""WebSocket close codes and reasons (RFC 6455, section 7.4, and the IANA registry)."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """A registered close code.

    `NO_STATUS`, `ABNORMAL` and `TLS_HANDSHAKE` describe how a connection ended; no
    close frame may carry them.
    """

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS = 1005
    """The close frame has no code."""
    ABNORMAL = 1006
    """The connection ended without a close frame."""
    INVALID_DATA = 1007
    POLICY_VIOLATION = 1008
    TOO_LARGE = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015


# The longest reason that fits into a close frame.
_MAX_REASON_BYTES = 123

_RESERVED = frozenset(
    {CloseCode.NO_STATUS, CloseCode.ABNORMAL, CloseCode.TLS_HANDSHAKE}
)
_SENDABLE = frozenset(CloseCode) - _RESERVED


def can_be_sent(code: int) -> bool:
    """Return whether a close frame may carry a code.

    Of 1000 to 2999 only the registered codes; 3000 to 4999 are free for applications.
    """
    return code in _SENDABLE or 3000 <= code <= 4999


def cut_reason(reason: str, *, errors: str = "strict") -> str:
    """Return a close reason, cut to what a close frame can hold.

    Args:
        reason: The reason.
        errors: How to treat lone surrogates, as in `str.encode`.
    """
    return reason.encode(errors=errors)[:_MAX_REASON_BYTES].decode(errors="ignore")
