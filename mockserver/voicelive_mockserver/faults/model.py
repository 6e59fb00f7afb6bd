"""Everything that can be made to go wrong, as data.

There are four kinds: of the handshake, at one point of a connection, in single events,
and of whole responses. Times are seconds of real time, whatever the speed of the
server: somebody is meant to notice them. All numbers are bounded, so that a fault
costs neither memory nor time without limit.
"""

from typing import Any, Literal

from msgspec import Struct, ValidationError, convert
from msgspec.structs import fields as fields_of

from voicelive_mockserver.engine.error_catalogue import CATALOGUE
from voicelive_mockserver.suggest import check_known
from voicelive_mockserver.websocket import is_close_code
from voicelive_protocol import CLIENT_EVENTS, SERVER_EVENTS

_LONGEST_SECONDS = 86_400
"""A day: the longest time of a fault."""

_LONGEST_RETRY_SECONDS = 1e9
"""The longest `Retry-After`: a test may want an absurd one, which HTTP can express."""

_HIGHEST_NUMBER = 1_000_000_000
"""The highest number of connections, events or responses that a fault counts to."""

_MOST_COPIES = 100
_MOST_OVERTAKING = 1000


class Fault(Struct, kw_only=True, forbid_unknown_fields=True):
    """Something that goes wrong.

    Attributes:
        connection: Which connections it concerns, counted from 1 since the fault was
            set up, refused ones included: a number or several; absent for all.
        probability: How likely it is, from 0 to 1, each time it could happen. What
            chance decides depends on the seed of the server alone.
    """

    connection: int | list[int] | None = None
    probability: float = 1.0

    def __post_init__(self) -> None:
        for field in fields_of(type(self)):
            _check_type(field.name, getattr(self, field.name), field.type)
        _check_range("probability", self.probability, 0, 1)
        numbers = self.connection
        for number in numbers if isinstance(numbers, list) else [numbers]:
            _check_range("connection", number, 1, _HIGHEST_NUMBER)

    def concerns(self, connection: int) -> bool:
        """Tell whether a connection is concerned.

        Args:
            connection: Its number, counted from 1.
        """
        if isinstance(self.connection, list):
            return connection in self.connection
        return self.connection in (None, connection)

    @property
    def is_random(self) -> bool:
        """Whether chance has a part in it."""
        return 0 < self.probability < 1


class Refuse(Fault, tag="refuse"):
    """The handshake is refused.

    Attributes:
        status: The HTTP status, such as 401, 403, 404, 429 or 503.
        message: The text of the error; absent for one that fits the status.
        retry_after: What the `Retry-After` header says, in seconds; absent for no
            such header.
        seconds: How long the answer takes.
    """

    status: int = 503
    message: str | None = None
    retry_after: float | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_range("status", self.status, 300, 599)
        _check_range("retry_after", self.retry_after, 0, _LONGEST_RETRY_SECONDS)
        _check_time("seconds", self.seconds)


class SlowHandshake(Fault, tag="slow_handshake"):
    """The handshake takes long, and succeeds.

    Attributes:
        seconds: How long.
    """

    seconds: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_time("seconds", self.seconds)


class RateLimit(Fault, tag="rate_limit"):
    """Connections beyond a number are refused with 429 and a `Retry-After` header.

    Attributes:
        limit: How many connections are let in within the window.
        window: The length of the window in seconds; the service counts by the minute.
    """

    limit: int = 30
    window: float = 60.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_range("limit", self.limit, 0, _HIGHEST_NUMBER)
        _check_time("window", self.window)


class PointFault(Fault, kw_only=True):
    """Something that happens at one point of a connection.

    Without `after`, it happens after the first event that counts; with a probability,
    chance decides anew at each further event until it happens.

    Attributes:
        after: After how many events it happens; 0 is before the first.
        event: Only server events of this type count; absent for any.
        client_event: Not server events count but client events of this type.
        seconds: How long after that point it happens; alone, how long after the
            connection was made.
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
        _check_range("after", self.after, 0, _HIGHEST_NUMBER)
        _check_time("seconds", self.seconds)

    @property
    def count(self) -> int:
        """How many events must have been before it happens."""
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

    code: int = 1011
    reason: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_close_code(self.code):
            raise ValueError(f"code: {self.code} cannot be sent as a close code")
        if len(self.reason.encode()) > 123:
            raise ValueError("reason: longer than 123 bytes")


class Drop(PointFault, tag="drop"):
    """The TCP connection is lost, without a close frame.

    Attributes:
        mid_frame: Whether that happens within the next frame, of which the first half
            still arrives.
    """

    mid_frame: bool = False


class Stall(PointFault, tag="stall"):
    """The server stops sending, while the connection stays open.

    Attributes:
        duration: For how many seconds; what should have been sent follows then.
            Absent for ever.
    """

    duration: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_time("duration", self.duration)


class IgnorePings(PointFault, tag="ignore_pings"):
    """The server answers no WebSocket pings any more, and goes on otherwise.

    To a client that pings, the connection is dead.
    """


class Expire(PointFault, tag="expire"):
    """The session ends as one that has lived for too long, whatever `expires_at` says.

    That is an error `session_expired`, then close code 1001.
    """


class SendError(PointFault, tag="error"):
    """The client is sent an `error` event that it has not caused.

    After an error that is fatal in the service, the connection is closed.

    Attributes:
        error: The name of an error of the service, such as `voice_is_fixed`.
        code: Another code than that error has.
        message: Another text than that error has.
    """

    error: str = "internal_error"
    code: str | None = None
    message: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("error", self.error, CATALOGUE)


class Inject(PointFault, tag="inject"):
    """The client is sent an event from nowhere.

    Attributes:
        data: The event; an `event_id` is added when it has none. Absent for an event
            of an unknown type.
        text: A frame as it stands, instead of an event.
    """

    data: dict[str, Any] | None = None
    text: str | None = None


class EventFault(Fault, kw_only=True):
    """Something that goes wrong with single server events.

    Attributes:
        event: Only with events of this type; absent for any.
        nth: Only with this one of them, counted from 1; absent for each.
    """

    event: str | None = None
    nth: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("event", self.event, SERVER_EVENTS)
        _check_range("nth", self.nth, 1, _HIGHEST_NUMBER)


class Malformed(EventFault, tag="malformed"):
    """The frame of an event is broken.

    Attributes:
        how: `truncated` (half of the JSON), `not_json`, `not_an_object`, `empty`,
            `binary` (a binary frame instead of text) or `not_utf8`.
    """

    how: Literal[
        "truncated", "not_json", "not_an_object", "empty", "binary", "not_utf8"
    ] = "truncated"


class ExtraFields(EventFault, tag="extra_fields"):
    """An event has fields that nobody knows.

    Attributes:
        fields: What they are; they replace fields of the same name. Absent for one
            that is made up.
    """

    fields: dict[str, Any] | None = None


class Duplicate(EventFault, tag="duplicate"):
    """An event is sent more than once.

    Attributes:
        copies: How often it is sent again, at most 100 times.
    """

    copies: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_range("copies", self.copies, 1, _MOST_COPIES)


class Reorder(EventFault, tag="reorder"):
    """An event is overtaken by those that follow it.

    Attributes:
        by: By how many, at most 1,000. When they do not come, it is sent after a
            second.
    """

    by: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_range("by", self.by, 1, _MOST_OVERTAKING)


class Omit(EventFault, tag="omit"):
    """An event is not sent."""


class Delay(EventFault, tag="delay"):
    """Events are late; those behind them have to wait.

    Attributes:
        seconds: How late they are.
        jitter: Up to how many seconds chance adds.
    """

    seconds: float = 0.2
    jitter: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_time("seconds", self.seconds)
        _check_time("jitter", self.jitter)

    @property
    def is_random(self) -> bool:
        """Whether chance has a part in it."""
        return self.jitter > 0 or super().is_random


class FailResponse(Fault, tag="fail_response"):
    """A response fails, without any output.

    Attributes:
        error: The name of an error of the service, such as `rate_limit_exceeded`.
        code: Another code than that error has.
        message: Another text than that error has.
        nth: Only this response of a connection, counted from 1; absent for each.
    """

    error: str = "internal_error"
    code: str | None = None
    message: str | None = None
    nth: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("error", self.error, CATALOGUE)
        _check_range("nth", self.nth, 1, _HIGHEST_NUMBER)


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
"""A fault at a point of a session or in its events."""

AnyFault = Refuse | SlowHandshake | RateLimit | SessionFault | FailResponse
"""Any fault, told by its `type` in a file."""


def _check_type(name: str, value: object, kind: Any) -> None:
    """Reject a value of a wrong type, which only decoding would notice by itself."""
    try:
        convert(value, kind)
    except ValidationError as error:
        raise ValueError(f"{name}: {str(error).lower()} ({value!r})") from None


def _check_time(name: str, seconds: float | None) -> None:
    _check_range(name, seconds, 0, _LONGEST_SECONDS)


def _check_range(name: str, value: float | None, least: float, most: float) -> None:
    # Also false for what is not a number.
    if value is not None and not least <= value <= most:
        raise ValueError(f"{name}: expected {least:,g} to {most:,g}, not {value:g}")
