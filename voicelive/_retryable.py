"""Which failures another attempt may mend: the one place that knows.

For reconnecting it is the question whether a new connection may help, not whether the
old one was at fault.
"""

from __future__ import annotations

from typing import Protocol

LONGEST_RETRY_AFTER_SECONDS = 86_400.0
"""Longest wait that a peer can ask for; more than a day counts as a day."""

# The request was in order, and the same one may be answered better the next time.
_STATUSES = frozenset({408, 425, 429})
# Not implemented, HTTP version not supported: they will not be the next time either.
_LASTING_STATUSES = frozenset({501, 505})

# The end says nothing about the session itself: the longest time is over, the network
# broke, the service restarts, is overloaded, or cannot reach what is behind it.
_PASSING_CLOSES = frozenset({1001, 1006, 1012, 1013, 1014})
# Something we send is refused, or we are: the next connection would do the same. 1000
# is no failure.
_LASTING_CLOSES = frozenset(
    {1000, 1002, 1003, 1007, 1008, 1009, 1010, 1015, 3000, 3003}
)
# Those of them that say what the close is about, whatever error came before it.
_CLEAR_CLOSES = _LASTING_CLOSES - {1000}


class ErrorDetails(Protocol):
    """What is looked at of an `error` event."""

    type: str | None
    code: str | None


def status_is_retryable(status: int | None) -> bool:
    """Whether another handshake may be answered better.

    Args:
        status: HTTP status of the answer; None when there was none.
    """
    if status is None or status in _STATUSES:
        return True
    return status >= 500 and status not in _LASTING_STATUSES


def error_is_retryable(error: ErrorDetails) -> bool:
    """Whether what an `error` event refuses may work the next time.

    Some codes tell; for the others it matters who is at fault, us or the service.
    """
    # Only here, where there is an event: errors are to load without the protocol.
    from voicelive_protocol import ErrorCode

    match error.code:
        case (
            ErrorCode.MESSAGE_CREATION_FAILED
            | ErrorCode.RATE_LIMIT_EXCEEDED
            | ErrorCode.SESSION_EXPIRED
        ):
            return True
        case (
            ErrorCode.AGENT_INITIALIZATION_FAILED
            | ErrorCode.BYOM_REALTIME_CONNECTION_ERROR
            | ErrorCode.INVALID_MODEL
            | ErrorCode.INVALID_PROFILE
        ):
            return False
        case _:
            return error.type == "server_error"


def close_is_retryable(code: int, error: ErrorDetails | None) -> bool:
    """Whether a new connection may do better than the one that ended.

    Args:
        code: The close code, with 1005 for none and 1006 for an end without a close.
        error: The last event before the end, if that was an `error`.
    """
    if code in _PASSING_CLOSES:
        return True
    if code in _CLEAR_CLOSES:
        return False
    if error is not None:
        return error_is_retryable(error)
    return code not in _LASTING_CLOSES
