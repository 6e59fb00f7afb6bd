"""What can go wrong with a connection.

```
VoiceLiveError
└── ConnectionError            also builtins.ConnectionError
    ├── ConnectionFailed       connect() got no WebSocket: no network, or an HTTP answer
    │   ├── AuthenticationError    the key or token was not accepted (HTTP 401, 403)
    │   └── ConnectionTimeout      handshake_timeout passed; also builtins.TimeoutError
    ├── ReceiveTimeout         receive_timeout passed, the connection is still open;
    │                          also builtins.TimeoutError
    └── ConnectionClosed       an open connection has ended: code and reason
        ├── ConnectionLost         without a close frame: network, unanswered ping
        ├── ProtocolError          the service broke a rule of WebSocket, or sent a
        │                          message larger than max_msg_size
        └── SessionRejected        the service sent `error` instead of `session.created`
```

Wrong arguments raise `TypeError` or `ValueError`, and what a credential raises in
`get_token` comes through as it is. Errors of the session that leave it usable are no
exceptions but `error` events.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicelive_protocol import ServerEventErrorDetails


class VoiceLiveError(Exception):
    """Base of all errors that this package defines."""


class ConnectionError(VoiceLiveError, builtins.ConnectionError):
    """The connection to the service could not be made, or has ended."""


class ConnectionFailed(ConnectionError):
    """No connection came about.

    Attributes:
        status: HTTP status, when the service answered with something other than a
            WebSocket; None when there was no answer.
        body: The text of that answer, cut at 4,096 bytes; "" when there was none.
        retry_after: Seconds that the service asks to wait before the next attempt, if
            it does.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.retry_after = retry_after


class AuthenticationError(ConnectionFailed):
    """The service did not accept the API key or token (HTTP 401 or 403)."""


class ConnectionTimeout(ConnectionFailed, builtins.TimeoutError):
    """The handshake took longer than `handshake_timeout`."""


class ReceiveTimeout(ConnectionError, builtins.TimeoutError):
    """No event came within `receive_timeout`.

    The connection is open and nothing is lost: `recv()` can be called again.
    """


class ConnectionClosed(ConnectionError):
    """The connection has ended.

    Attributes:
        code: WebSocket close code. 1000 is the normal one, 1001 the end of the longest
            session the service allows; 1005 stands for a close without a code and 1006
            for an end without a close.
        reason: What the side that closed said about it, often "".
        error: Content of the `error` event that came last before the end, which mostly
            tells why the service closed; None if the last event was another one.
    """

    def __init__(
        self, code: int, reason: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        self.code = code
        self.reason = reason
        self.error = error
        super().__init__(self._message())

    def _message(self) -> str:
        parts = [f"connection closed with code {self.code}"]
        if self.reason:
            parts.append(self.reason)
        if self.error is not None and self.error.message != self.reason:
            parts.append(f"the service said: {self.error.message}")
        return ": ".join(parts)

    def __reduce__(self) -> tuple[type[ConnectionClosed], tuple[object, ...]]:
        # The arguments differ from the message that exceptions are rebuilt from.
        return type(self), (self.code, self.reason, self.error)


class ConnectionLost(ConnectionClosed):
    """The connection broke without a close frame; `code` is 1006."""


class ProtocolError(ConnectionClosed):
    """What the service sent cannot be read as WebSocket messages.

    The client has closed the connection. `code` is 1009 for a message larger than
    `max_msg_size` (see `connect`), 1002 or 1007 for a broken frame.
    """


class SessionRejected(ConnectionClosed):
    """The service opened the WebSocket, but refused the session.

    It does so for an unknown model, profile or agent: `error` says which. `code` and
    `reason` are those of the close that followed.
    """

    def _message(self) -> str:
        said = self.error.message if self.error is not None else self.reason
        return f"the service rejected the session: {said}"
