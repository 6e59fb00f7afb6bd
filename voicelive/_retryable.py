"""Classification of failures: can another attempt succeed.

For reconnecting that means a new connection may help, whichever side was at fault.
"""

from __future__ import annotations

from typing import Protocol

_SERVER_ERROR = "server_error"

LONGEST_RETRY_AFTER_SECONDS = 86_400.0
"""Longest wait that a peer can ask for; more than a day counts as a day."""

# The request was in order, and the same one may be answered better the next time.
_STATUSES = frozenset({408, 425, 429})
# Not implemented, HTTP version not supported: they will not be the next time either.
_LASTING_STATUSES = frozenset({501, 505})

# The end says nothing about the session itself: the longest time is over, the network
# broke, the service restarts, is overloaded, or cannot reach what is behind it.
_PASSING_CLOSES = frozenset({1001, 1006, 1012, 1013, 1014})
# Something the client sends is refused, or the client is: the next connection would do
# the same. 1000 is no failure.
_LASTING_CLOSES = frozenset(
    {1000, 1002, 1003, 1007, 1008, 1009, 1010, 1015, 3000, 3003}
)
# Those that say exactly what is wrong: frames, TLS, the credential.
_EXACT_CLOSES = _LASTING_CLOSES - {1000, 1008}


class ErrorDetails(Protocol):
    """What is looked at of an `error` event."""

    type: str | None
    code: str | None


def status_is_retryable(status: int | None) -> bool:
    """Return whether another handshake may be answered better.

    Args:
        status: HTTP status of the answer; None when there was none.
    """
    if status is None or status in _STATUSES:
        return True
    return status >= 500 and status not in _LASTING_STATUSES


def error_is_retryable(error: ErrorDetails) -> bool:
    """Return whether what an `error` event refuses may work the next time.

    Some codes tell (`x-retry` in the schema); for the others it matters which side is
    at fault, the client or the service.
    """
    decided = _decided(error)
    return _SERVER_ERROR in (error.type, error.code) if decided is None else decided


def close_is_retryable(code: int, error: ErrorDetails | None) -> bool:
    """Return whether a new connection may do better than the one that ended.

    The error directly before the close says more than its code: 1008 comes after errors
    of either kind. Errors about a single request end nothing and say nothing here.

    Args:
        code: The close code, with 1005 for none and 1006 for an end without a close.
        error: The last event before the end, if that was an `error`.
    """
    decided = None if error is None else _decided(error)
    if decided is not None:
        return decided
    if code in _PASSING_CLOSES:
        return True
    if code in _EXACT_CLOSES:
        return False
    if error is not None and not _is_about_a_request(error):
        return error_is_retryable(error)
    return code not in _LASTING_CLOSES


def _decided(error: ErrorDetails) -> bool | None:
    # Only where there is an event: errors are to load without the protocol.
    from voicelive_protocol import RETRYABLE_ERRORS

    return RETRYABLE_ERRORS.get(str(error.code))


def _is_about_a_request(error: ErrorDetails) -> bool:
    """Return whether a code is known, and not as one that ends a session."""
    from voicelive_protocol import ErrorCode

    return any(error.code == known for known in ErrorCode)
