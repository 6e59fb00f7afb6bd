"""Validation of close codes to send (RFC 6455, section 7.4)."""

from __future__ import annotations

from voicelive_core.close_codes import CloseCode, can_be_sent


def check_close_code(code: int) -> None:
    """Check a close code to send.

    Raises:
        ValueError: The code must not be sent.
    """
    if not can_be_sent(code):
        raise ValueError(
            f"close code {code} must not be sent: use 1000 to 1014 or 3000 to "
            "4999, except the reserved 1004, 1005 and 1006"
        )


def answer_code(code: int) -> int:
    """Return the code of the answer to a close: the same, if it may be sent."""
    return code if can_be_sent(code) else CloseCode.NORMAL
