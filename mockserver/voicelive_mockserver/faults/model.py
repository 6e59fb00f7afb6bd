"""Faults as data.

There are four kinds: faults of the handshake, of a connection (once, at a given point),
of single events, and of responses. Times are seconds of real time, independent of the
speed of the server, as clients run in real time. All numbers are bounded, to limit
memory and time.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import fields as fields_of

from voicelive_core.close_codes import CloseCode, can_be_sent
from voicelive_mockserver.faults.validation import check_range, check_time, check_type
from voicelive_mockserver.suggest import check_known
from voicelive_protocol import CLIENT_EVENTS, SERVER_EVENTS
from voicelive_protocol.error_catalogue import ERROR_CATALOGUE

_MAX_RETRY_AFTER_SECONDS = 1e9
"""The maximum of `Retry-After`, far above any useful value, for tests of clients."""

_MAX_COUNT = 1_000_000_000
"""The maximum of counters of connections, events and responses."""

_MAX_COPIES = 100
_MAX_REORDER = 1000


class Fault(Struct, kw_only=True, forbid_unknown_fields=True):
    """A fault.

    Attributes:
        connection: The number of the affected connection, or several, counted from 1
            since the fault was added, rejected connections included; absent for all.
        probability: The probability, from 0 to 1, for each opportunity. Random
            decisions depend only on the seed of the server.
    """

    connection: int | list[int] | None = None
    probability: float = 1.0

    def __post_init__(self) -> None:
        for field in fields_of(type(self)):
            check_type(field.name, getattr(self, field.name), field.type)
        check_range("probability", self.probability, 0, 1)
        numbers = self.connection
        for number in numbers if isinstance(numbers, list) else [numbers]:
            check_range("connection", number, 1, _MAX_COUNT)

    def affects(self, connection: int) -> bool:
        """Return whether a connection is affected.

        Args:
            connection: The number of the connection, counted from 1.
        """
        if isinstance(self.connection, list):
            return connection in self.connection
        return self.connection in (None, connection)

    @property
    def is_random(self) -> bool:
        """Whether it depends on random decisions."""
        return 0 < self.probability < 1


class Refuse(Fault, tag="refuse"):
    """The handshake is rejected.

    Attributes:
        status: The HTTP status, such as 401, 403, 404, 429 or 503.
        message: The error message; absent for the default of the status.
        retry_after: The value of the `Retry-After` header, in seconds; absent for no
            header.
        seconds: The delay of the response.
    """

    status: int = 503
    message: str | None = None
    retry_after: float | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("status", self.status, 300, 599)
        check_range("retry_after", self.retry_after, 0, _MAX_RETRY_AFTER_SECONDS)
        check_time("seconds", self.seconds)


class SlowHandshake(Fault, tag="slow_handshake"):
    """The handshake is slow, and succeeds.

    Attributes:
        seconds: The delay of the response.
    """

    seconds: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_time("seconds", self.seconds)


class LimitRate(Fault, tag="rate_limit"):
    """Connections above a limit are rejected with 429 and a `Retry-After` header.

    Attributes:
        limit: The number of connections that are accepted within the window.
        window: The length of the window in seconds; a minute in the real service.
    """

    limit: int = 30
    window: float = 60.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("limit", self.limit, 0, _MAX_COUNT)
        check_time("window", self.window)


class PointFault(Fault, kw_only=True):
    """A fault that happens once, at a point of a connection.

    Without `after`, that is after the first counted event; with a probability, each
    further event is another opportunity until the fault happens.

    Attributes:
        after: The number of events before the fault; 0 is before the first.
        event: The type of the server events to count; absent for any.
        client_event: The type of the client events to count, instead of server events.
        seconds: The delay after that point; alone, the delay after the connection was
            made.
    """

    after: int | None = None
    event: str | None = None
    client_event: str | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("event", self.event, SERVER_EVENTS)
        check_known("client_event", self.client_event, CLIENT_EVENTS)
        if self.event is not None and self.client_event is not None:
            raise ValueError("client_event: give either event or client_event")
        check_range("after", self.after, 0, _MAX_COUNT)
        check_time("seconds", self.seconds)

    @property
    def count(self) -> int:
        """The number of events before the fault."""
        if self.after is not None:
            return self.after
        only_time = self.seconds is not None and (
            self.event is None and self.client_event is None
        )
        return 0 if only_time else 1


class Close(PointFault, tag="close"):
    """The server closes the connection.

    Attributes:
        code: The close code.
        reason: The reason, at most 123 bytes.
    """

    code: int = CloseCode.INTERNAL_ERROR.value
    reason: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not can_be_sent(self.code):
            raise ValueError(f"code: {self.code} cannot be sent as a close code")
        if len(self.reason.encode()) > 123:
            raise ValueError("reason: longer than 123 bytes")


class Drop(PointFault, tag="drop"):
    """The TCP connection is aborted, without a close frame.

    Attributes:
        mid_frame: Whether to send the first half of the next frame before.
    """

    mid_frame: bool = False


class Stall(PointFault, tag="stall"):
    """The server stops sending while the connection stays open.

    Attributes:
        duration: The duration in seconds, after which held frames are sent; absent for
            forever.
    """

    duration: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_time("duration", self.duration)


class IgnorePings(PointFault, tag="ignore_pings"):
    """The server stops answering WebSocket pings, and continues otherwise.

    A client with keepalive pings detects a dead connection.
    """


class Expire(PointFault, tag="expire"):
    """The session expires, independently of `expires_at`.

    The server sends an error `session_expired` and closes with code 1001.
    """


class SendError(PointFault, tag="error"):
    """The server sends an unsolicited `error` event.

    After an error that is fatal in the service, the connection is closed.

    Attributes:
        error: The name of an error of the service, such as `voice_is_fixed`.
        code: A code that replaces that of the error.
        message: A message that replaces that of the error.
    """

    error: str = "internal_error"
    code: str | None = None
    message: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("error", self.error, ERROR_CATALOGUE)


class Inject(PointFault, tag="inject"):
    """The server sends an unsolicited event.

    Attributes:
        data: The event; a missing `event_id` is added. Absent for an event of an
            unknown type.
        text: A raw frame, instead of an event.
    """

    data: dict[str, Any] | None = None
    text: str | None = None


class EventFault(Fault, kw_only=True):
    """A fault of single server events.

    Attributes:
        event: The type of the affected events; absent for any.
        nth: The number of the affected one among them, counted from 1; absent for each.
    """

    event: str | None = None
    nth: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("event", self.event, SERVER_EVENTS)
        check_range("nth", self.nth, 1, _MAX_COUNT)


class Malformed(EventFault, tag="malformed"):
    """The frame of an event is malformed.

    Attributes:
        how: `truncated` (half of the JSON), `not_json`, `not_an_object`, `empty`,
            `binary` (a binary frame instead of text) or `not_utf8`.
    """

    how: Literal[
        "truncated", "not_json", "not_an_object", "empty", "binary", "not_utf8"
    ] = "truncated"


class ExtraFields(EventFault, tag="extra_fields"):
    """An event has unknown fields.

    Attributes:
        fields: The fields, which replace fields of the same name; absent for an
            invented one.
    """

    fields: dict[str, Any] | None = None


class Duplicate(EventFault, tag="duplicate"):
    """An event is sent more than once.

    Attributes:
        copies: The number of additional copies, at most 100.
    """

    copies: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("copies", self.copies, 1, _MAX_COPIES)


class Reorder(EventFault, tag="reorder"):
    """An event is overtaken by those that follow it.

    Attributes:
        by: The number of events sent before it, at most 1,000. If they do not come, it
            is sent after a second.
    """

    by: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("by", self.by, 1, _MAX_REORDER)


class Omit(EventFault, tag="omit"):
    """An event is not sent."""


class Delay(EventFault, tag="delay"):
    """Events are delayed, and those behind them too.

    Attributes:
        seconds: The delay.
        jitter: The maximum of an additional random delay, in seconds.
    """

    seconds: float = 0.2
    jitter: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_time("seconds", self.seconds)
        check_time("jitter", self.jitter)

    @property
    def is_random(self) -> bool:
        """Whether it depends on random decisions."""
        return self.jitter > 0 or super().is_random


class FailResponse(Fault, tag="fail_response"):
    """A response fails, without any output.

    Attributes:
        error: The name of an error of the service, such as `rate_limit_exceeded`.
        code: A code that replaces that of the error.
        message: A message that replaces that of the error.
        nth: The number of the affected response of a connection, counted from 1; absent
            for each.
    """

    error: str = "internal_error"
    code: str | None = None
    message: str | None = None
    nth: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("error", self.error, ERROR_CATALOGUE)
        check_range("nth", self.nth, 1, _MAX_COUNT)


SessionFault = (
    Close
    | Drop
    | Stall
    | IgnorePings
    | Expire
    | SendError
    | Inject
    | Malformed
    | ExtraFields
    | Duplicate
    | Reorder
    | Omit
    | Delay
)
"""A fault of a connection or of its events."""

AnyFault = Refuse | SlowHandshake | LimitRate | SessionFault | FailResponse
"""Any fault, tagged with `type` in files."""
