"""WebSocket close codes and reasons (RFC 6455, section 7.4)."""

from __future__ import annotations

NORMAL = 1000
NO_CODE = 1005
"""Stands for a close frame without a code."""
ABNORMAL = 1006
"""Stands for an end without a close frame."""
TOO_LARGE = 1009

RESERVED_CODES = frozenset({1004, NO_CODE, ABNORMAL, 1015})
"""Reserved codes, which no close frame may carry."""

# The longest reason that fits into a close frame.
_MAX_REASON_BYTES = 123


def check_close_code(code: int) -> None:
    """Check a close code to send.

    Raises:
        ValueError: The code must not be sent.
    """
    if code in RESERVED_CODES or not (NORMAL <= code <= 1014 or 3000 <= code <= 4999):
        raise ValueError(
            f"close code {code!r} must not be sent: use 1000 to 1014 or 3000 to 4999, "
            "except the reserved 1004, 1005 and 1006"
        )


def answer_code(code: int) -> int:
    """Return the code of the answer to a close: the same, if it may be sent."""
    return NORMAL if code in RESERVED_CODES else code


def cut_reason(reason: str) -> str:
    """Return a reason, cut to what a close frame can hold."""
    return reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
