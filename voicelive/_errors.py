"""Exceptions of the client.

```
VoiceLiveError
└── ConnectionError            also builtins.ConnectionError
    ├── ConnectionFailed       connect() failed: no network, or an HTTP error
    │   ├── AuthenticationError    the key or token was rejected (HTTP 401, 403)
    │   ├── ProxyError             the proxy is unreachable or refuses the tunnel
    │   └── ConnectionTimeout      handshake_timeout passed; also builtins.TimeoutError
    ├── ReceiveTimeout         receive_timeout passed, the connection is still open;
    │                          also builtins.TimeoutError
    └── ConnectionClosed       an open connection has ended, with code and reason
        ├── ConnectionLost         without a close frame: network, unanswered ping
        ├── ProtocolError          one side cannot read the frames of the other
        │   └── MessageTooLarge        a message exceeded max_msg_size
        └── SessionRejected        the service sent `error` instead of `session.created`
VoiceLiveError
├── ConfigurationFailed        the service refused the settings of a session, so
│                              nothing else can be sent (`VoiceLiveSession`)
└── EventsDropped              the consumer is too slow (`VoiceLiveSession`)
```

Every exception has `code`, `retryable`, and `retry_after` (seconds) where the service
asks for a delay. `__cause__` is the underlying exception, if any.

Invalid arguments raise `TypeError` or `ValueError`; exceptions of `get_token` pass
through unchanged. Errors that leave the session usable are `error` events instead.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from voicelive._retryable import (
    close_is_retryable,
    error_is_retryable,
    status_is_retryable,
)

if TYPE_CHECKING:
    from voicelive_protocol import ServerEventErrorDetails


_NEVER_CONFIGURED = "max_config_attempts_exceeded"


def _printable(text: str) -> str:
    # Imported here, so that `voicelive --help` does not load the protocol.
    from voicelive_core.redaction import printable

    return printable(text)


class VoiceLiveError(Exception):
    """Base class of all exceptions of this package.

    Attributes:
        retryable: Whether a retry may succeed. A new connection is a new session:
            `docs/staying-connected.md` lists the state that is lost.
        retry_after: Seconds to wait before the next attempt, if the service asks for
            it.
    """

    retryable: bool = False
    retry_after: float | None = None

    @property
    def code(self) -> int | str | None:
        """HTTP status, close code or error code; None if there is none."""
        return None


class ConnectionError(VoiceLiveError, builtins.ConnectionError):
    """The connection to the service could not be opened, or has ended."""


class ConnectionFailed(ConnectionError):
    """The connection could not be opened.

    Attributes:
        status: HTTP status of the refusal; None if there was no answer.
        body: Body of the refusal, cut at 4,096 bytes; "" if there was no answer.
        retry_after: Seconds to wait before the next attempt, if the service asks for
            it.

    Args:
        message: Error message.
        status: See above.
        body: See above.
        retry_after: See above.
        retryable: Whether another attempt may succeed; derived from the status by
            default, and true without an answer.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: str = "",
        retry_after: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.retry_after = retry_after
        if retryable is None:
            retryable = status_is_retryable(status)
        self.retryable = retryable

    @property
    def code(self) -> int | None:
        """The HTTP status; None if there was no answer."""
        return self.status


class AuthenticationError(ConnectionFailed):
    """The service rejected the API key or token (HTTP 401 or 403)."""


class ProxyError(ConnectionFailed):
    """The proxy is unreachable or refuses the tunnel to the service.

    `status` and `code` are those of the proxy; 407 means that it requires a user name
    and password, which belong in its URL. The message never contains them.
    """


class ConnectionTimeout(ConnectionFailed, builtins.TimeoutError):
    """The handshake took longer than `handshake_timeout`."""


class ReceiveTimeout(ConnectionError, builtins.TimeoutError):
    """No event arrived within `receive_timeout`.

    The connection is still open: `recv()` can be called again.
    """

    retryable = True


class ConnectionClosed(ConnectionError):
    """The connection has ended.

    Attributes:
        reason: Close reason, often "".
        error: Details of the `error` event that directly preceded the end, usually the
            cause; None if the last event was another one.

    Args:
        code: WebSocket close code.
        reason: See above.
        error: See above.
    """

    def __init__(
        self, code: int, reason: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        self._code = int(code)
        self.reason = reason
        self.error = error
        self.retryable: bool = close_is_retryable(code, error)
        super().__init__(self._message())

    @property
    def code(self) -> int:
        """The WebSocket close code.

        1000 is a normal close, 1001 the maximum duration of a session; 1005 stands for
        a close without a code and 1006 for an end without a close.
        """
        return self._code

    def _message(self) -> str:
        parts = [f"connection closed with code {self.code}"]
        if self.reason:
            parts.append(_printable(self.reason))
        if self.error is not None and self.error.message != self.reason:
            details = self.error.message or self.error
            parts.append(f"the service reported: {_printable(str(details))}")
        if self.error is not None and self.error.code == _NEVER_CONFIGURED:
            parts.append(
                "the first message must be a session.update that the service "
                "accepts; send everything else after session.updated"
            )
        return ": ".join(parts)

    def __reduce__(self) -> tuple[type[ConnectionClosed], tuple[object, ...]]:
        # By default exceptions are unpickled with the message as the only argument.
        return type(self), (self.code, self.reason, self.error)


class ConnectionLost(ConnectionClosed):
    """The connection broke without a close frame; `code` is 1006."""


class ProtocolError(ConnectionClosed):
    """One side cannot read the frames of the other.

    `code` is 1002 or 1007 for an invalid frame of the service. These codes, 1003 or
    1009 from the service mean that it cannot read a message or that it was too large.
    """


class MessageTooLarge(ProtocolError):
    """The service sent a message above `max_msg_size`; the client closed with 1009.

    Retryable: a new connection works until the next such message, or with a larger
    `connection_options['max_msg_size']`.
    """

    def __init__(
        self, code: int, reason: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(code, reason, error)
        self.retryable: bool = True


class SessionRejected(ConnectionClosed):
    """The service opened the WebSocket, but refused the session.

    The cause is an unknown model, profile or agent: see `error`. `code` and `reason`
    are those of the close that followed.
    """

    def __init__(
        self, code: int, reason: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(code, reason, error)
        if error is not None:
            # More specific than the close that follows.
            self.retryable: bool = error_is_retryable(error)

    def _message(self) -> str:
        details: object = self.reason
        if self.error is not None:
            details = self.error.message or self.error
        return f"the service rejected the session: {_printable(str(details))}"


_PROTOCOL_ERROR_CODES = frozenset({1002, 1003, 1007, 1009})


def kind_of_close(code: int) -> type[ConnectionClosed]:
    """Return the exception class for a close of the service."""
    return ProtocolError if code in _PROTOCOL_ERROR_CODES else ConnectionClosed


class ConfigurationFailed(VoiceLiveError):
    """The service did not accept the settings of the session.

    Nothing else can be sent until it has accepted another `session.update`.

    Attributes:
        error: Details of the `error` event; None if the service has not answered.

    Args:
        message: Error message.
        error: See above.
    """

    def __init__(
        self, message: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(message)
        self.error = error

    @property
    def code(self) -> str | None:
        """The code of the `error` event, if any."""
        return None if self.error is None else self.error.code

    def __reduce__(self) -> tuple[type[ConfigurationFailed], tuple[object, ...]]:
        return type(self), (self.args[0], self.error)


class EventsDropped(VoiceLiveError):
    """Events were dropped because the consumer was too slow and its queue was full.

    The session continues; the dropped events preceded the next one.

    Attributes:
        count: Number of dropped events.
    """

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events were dropped: the consumer is too slow")
        self.count = count

    def __reduce__(self) -> tuple[type[EventsDropped], tuple[int]]:
        return type(self), (self.count,)
