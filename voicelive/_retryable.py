"""Classification of failures as retryable or permanent.

Retryable means that a new connection may succeed, whichever side was at fault.
"""

from __future__ import annotations

from typing import Protocol

from voicelive_core.close_codes import CloseCode

_SERVER_ERROR = "server_error"

LONGEST_RETRY_AFTER_SECONDS = 86_400.0
"""Upper limit of `Retry-After`; longer waits count as a day."""

# Statuses below 500 for which the same request may succeed later.
_RETRYABLE_STATUSES = frozenset({408, 425, 429})
# Not implemented, HTTP version not supported: permanent, though above 500.
_PERMANENT_STATUSES = frozenset({501, 505})

# The cause is not the session: maximum duration, network failure, restart, overload, or
# an unreachable backend.
_RETRYABLE_CLOSES = frozenset(
    {
        CloseCode.GOING_AWAY,
        CloseCode.ABNORMAL,
        CloseCode.SERVICE_RESTART,
        CloseCode.TRY_AGAIN_LATER,
        CloseCode.BAD_GATEWAY,
    }
)
# Registered by IANA for all protocols: the credential or the right is missing.
_UNAUTHORIZED = 3000
_FORBIDDEN = 3003
# The service refuses the client or its messages, so a new connection would fail the
# same way. 1000 is not a failure.
_PERMANENT_CLOSES = frozenset(
    {
        CloseCode.NORMAL,
        CloseCode.PROTOCOL_ERROR,
        CloseCode.UNSUPPORTED_DATA,
        CloseCode.INVALID_DATA,
        CloseCode.POLICY_VIOLATION,
        CloseCode.TOO_LARGE,
        CloseCode.MANDATORY_EXTENSION,
        CloseCode.TLS_HANDSHAKE,
        _UNAUTHORIZED,
        _FORBIDDEN,
    }
)
# Unambiguous codes: frames, TLS, the credential.
_DEFINITE_CLOSES = _PERMANENT_CLOSES - {
    CloseCode.NORMAL,
    CloseCode.POLICY_VIOLATION,
}


class ErrorFields(Protocol):
    """The relevant fields of an `error` event."""

    type: str | None
    code: str | None


def status_is_retryable(status: int | None) -> bool:
    """Return whether another handshake may succeed.

    Args:
        status: HTTP status of the answer; None if there was no answer.
    """
    if status is None or status in _RETRYABLE_STATUSES:
        return True
    return status >= 500 and status not in _PERMANENT_STATUSES


def error_is_retryable(error: ErrorFields) -> bool:
    """Return whether a retry may succeed after an `error` event.

    The error catalogue decides for some codes; other errors are retryable if the
    service is at fault.
    """
    decided = _decided(error)
    return _SERVER_ERROR in (error.type, error.code) if decided is None else decided


def close_is_retryable(code: int, error: ErrorFields | None) -> bool:
    """Return whether a new connection may succeed after one that ended.

    An `error` directly before the close takes precedence over the code: 1008 follows
    both retryable and permanent errors. Errors about a single request are ignored.

    Args:
        code: The close code; 1005 for none, 1006 for an end without a close.
        error: The last event before the end, if it was an `error`.
    """
    decided = None if error is None else _decided(error)
    if decided is not None:
        return decided
    if code in _RETRYABLE_CLOSES:
        return True
    if code in _DEFINITE_CLOSES:
        return False
    if error is not None and not _is_about_a_request(error):
        return error_is_retryable(error)
    return code not in _PERMANENT_CLOSES


def _decided(error: ErrorFields) -> bool | None:
    # Imported here, so that the errors load without the protocol.
    from voicelive_protocol import RETRYABLE_ERRORS

    return RETRYABLE_ERRORS.get(str(error.code))


def _is_about_a_request(error: ErrorFields) -> bool:
    """Return whether the code is a known one that does not end a session."""
    from voicelive_protocol import ErrorCode

    return any(error.code == known for known in ErrorCode)
