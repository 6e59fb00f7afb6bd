"""What can go wrong with a connection.

```
VoiceLiveError
└── ConnectionError            also builtins.ConnectionError
    ├── ConnectionFailed       connect() got no WebSocket: no network, or an HTTP answer
    │   ├── AuthenticationError    the key or token was not accepted (HTTP 401, 403)
    │   ├── ProxyError             the proxy cannot be reached, or refuses the tunnel
    │   └── ConnectionTimeout      handshake_timeout passed; also builtins.TimeoutError
    ├── ReceiveTimeout         receive_timeout passed, the connection is still open;
    │                          also builtins.TimeoutError
    └── ConnectionClosed       an open connection has ended: code and reason
        ├── ConnectionLost         without a close frame: network, unanswered ping
        ├── ProtocolError          one side cannot read what the other sends
        │   └── MessageTooLarge        a message above max_msg_size came
        └── SessionRejected        the service sent `error` instead of `session.created`
VoiceLiveError
├── ConfigurationFailed        the service refused the settings of a session, so
│                              nothing else can be sent (`VoiceLiveSession`)
└── EventsDropped              somebody reads too slowly (`VoiceLiveSession`)
```

Every error has a `code`, says whether it is `retryable`, and after how many seconds
(`retry_after`), where the service asks for that. `__cause__` is what caused it, if that
was another exception.

Wrong arguments raise `TypeError` or `ValueError`, and what a credential raises in
`get_token` comes through as it is. Errors of the session that leave it usable are no
exceptions but `error` events.
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
    # Here, so that `voicelive --help` does not load the protocol.
    from voicelive_protocol._redaction import printable

    return printable(text)


class VoiceLiveError(Exception):
    """Base of all errors that this package defines.

    Attributes:
        retryable: Whether the same may work the next time. A new connection is a new
            session: see `docs/client.md` for what it does not have of the old one.
        retry_after: Seconds that the service asks to wait before the next attempt;
            None if it does not say.
    """

    retryable: bool = False
    retry_after: float | None = None

    @property
    def code(self) -> int | str | None:
        """A number or name for programs: HTTP status or close code; None without."""
        return None


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

    Args:
        message: What happened.
        status: See above.
        body: See above.
        retry_after: See above.
        retryable: Whether another attempt may succeed; by default the status tells,
            and without an answer it may.
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
        """The HTTP status; None when there was no answer."""
        return self.status


class AuthenticationError(ConnectionFailed):
    """The service did not accept the API key or token (HTTP 401 or 403)."""


class ProxyError(ConnectionFailed):
    """The proxy cannot be reached, or refuses the tunnel to the service.

    `status` and `code` are those of the proxy's answer; 407 means that it asks for a
    user name and password, which belong into its URL. The message never has them.
    """


class ConnectionTimeout(ConnectionFailed, builtins.TimeoutError):
    """The handshake took longer than `handshake_timeout`."""


class ReceiveTimeout(ConnectionError, builtins.TimeoutError):
    """No event came within `receive_timeout`.

    The connection is open and nothing is lost: `recv()` can be called again.
    """

    retryable = True


class ConnectionClosed(ConnectionError):
    """The connection has ended.

    Attributes:
        reason: What the side that closed said about it, often "".
        error: Content of the `error` event that came last before the end, which mostly
            tells why the service closed; None if the last event was another one.

    Args:
        code: WebSocket close code.
        reason: See above.
        error: See above.
    """

    def __init__(
        self, code: int, reason: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        self._code = code
        self.reason = reason
        self.error = error
        self.retryable: bool = close_is_retryable(code, error)
        super().__init__(self._message())

    @property
    def code(self) -> int:
        """The WebSocket close code.

        1000 is the normal one, 1001 the end of the longest session the service allows;
        1005 stands for a close without a code and 1006 for an end without a close.
        """
        return self._code

    def _message(self) -> str:
        parts = [f"connection closed with code {self.code}"]
        if self.reason:
            parts.append(_printable(self.reason))
        if self.error is not None and self.error.message != self.reason:
            said = self.error.message or self.error
            parts.append(f"the service said: {_printable(str(said))}")
        if self.error is not None and self.error.code == _NEVER_CONFIGURED:
            parts.append(
                "the first message has to be a session.update that the service "
                "accepts, and everything else waits for session.updated"
            )
        return ": ".join(parts)

    def __reduce__(self) -> tuple[type[ConnectionClosed], tuple[object, ...]]:
        # The arguments differ from the message that exceptions are rebuilt from.
        return type(self), (self.code, self.reason, self.error)


class ConnectionLost(ConnectionClosed):
    """The connection broke without a close frame; `code` is 1006."""


class ProtocolError(ConnectionClosed):
    """One side cannot read what the other sends.

    `code` is 1002 or 1007 for a broken frame. The same codes, 1003 and 1009 from the
    service mean that it cannot read what it was sent, or that it was too large.
    """


class MessageTooLarge(ProtocolError):
    """The service sent a message above `max_msg_size`; the client closed with 1009.

    It can be retried: a new connection works as long as no such message comes, or with
    a larger `connection_options['max_msg_size']`.
    """

    def __init__(
        self, code: int, reason: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(code, reason, error)
        self.retryable: bool = True


class SessionRejected(ConnectionClosed):
    """The service opened the WebSocket, but refused the session.

    It does so for an unknown model, profile or agent: `error` says which. `code` and
    `reason` are those of the close that followed; `error.code` names the refusal.
    """

    def __init__(
        self, code: int, reason: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(code, reason, error)
        if error is not None:
            # The close that follows says less.
            self.retryable: bool = error_is_retryable(error)

    def _message(self) -> str:
        said = self.reason if self.error is None else self.error.message or self.error
        return f"the service rejected the session: {_printable(str(said))}"


_CLOSES_OF_PROTOCOL_ERRORS = frozenset({1002, 1003, 1007, 1009})


def kind_of_close(code: int) -> type[ConnectionClosed]:
    """The class for a close that the service sent."""
    return ProtocolError if code in _CLOSES_OF_PROTOCOL_ERRORS else ConnectionClosed


class ConfigurationFailed(VoiceLiveError):
    """The session is not configured, so nothing else can be sent.

    The service refuses every other message until it has accepted a `session.update`.
    Another `session.update` may mend it.

    Attributes:
        error: Content of the `error` event; None if the service has not answered.

    Args:
        message: What happened.
        error: See above.
    """

    def __init__(
        self, message: str, error: ServerEventErrorDetails | None = None
    ) -> None:
        super().__init__(message)
        self.error = error

    @property
    def code(self) -> str | None:
        """The code of the error, if it has one."""
        return None if self.error is None else self.error.code

    def __reduce__(self) -> tuple[type[ConfigurationFailed], tuple[object, ...]]:
        return type(self), (self.args[0], self.error)


class EventsDropped(VoiceLiveError):
    """Events came faster than they were taken, and the queue for them was full.

    The session goes on; what is missing was before the next event.

    Attributes:
        count: How many events are missing.
    """

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events dropped: they were not taken fast enough")
        self.count = count

    def __reduce__(self) -> tuple[type[EventsDropped], tuple[int]]:
        return type(self), (self.count,)
