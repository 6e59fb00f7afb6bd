"""Session state: a sans-I/O state machine over the sent and received events.

It has no clock and no I/O. Each connection has one, updated with every event that the
connection sends or returns, and its wrappers read it: `TurnKeeper`, `SilenceKeepAlive`
and the wrapper of a client session share the state of the connection below them. A
`ReconnectingConnection` reads ahead of its application, so it has a state of its own,
at the position of the application, and reads that of its current connection.

Most events are audio and do not concern it: they cost one lookup by class.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from voicelive._connection.audio_format import WireFormat, input_format, wire_format
from voicelive._connection.client_events import (
    event_type,
    is_out_of_band,
    read_fields,
    to_dict,
)
from voicelive._connection.event_follower import EventFollower, SentRequest
from voicelive._connection.failure_guard import FailureGuard
from voicelive._connection.pending_requests import TRACKED_TYPES, PendingRequests
from voicelive._connection.reading import field, read_response
from voicelive._connection.responses import (
    RequestedResponse,
    ResponseEnd,
    Responses,
    ResponseStart,
)
from voicelive._connection.turn_detection import (
    TurnDetectionFlags,
    turn_detection_flags,
)
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    ClientEventType,
    ClientMessage,
    InvalidServerEvent,
    Model,
    Peek,
    ReceivedEvent,
    ServerEvent,
    ServerEventError,
    ServerEventErrorDetails,
    ServerEventType,
    decode_server_event,
    peek,
)

logger = redacting_logger(__name__)

ResponseEffect = ResponseStart | ResponseEnd
"""Effect of a received event on the responses."""

# Unix time at the end of the year 9999.
_MAX_TIMESTAMP_SECONDS = 253_402_300_800


def _type_pattern(kind: str) -> re.Pattern[bytes]:
    return re.compile(rb'"type"\s*:\s*"%b"' % re.escape(kind).encode())


# The types of most messages, which need no decoding.
_AUDIO_APPEND = _type_pattern(ClientEventType.INPUT_AUDIO_BUFFER_APPEND.value)
_AUDIO_DELTA = _type_pattern(ServerEventType.RESPONSE_AUDIO_DELTA.value)
_MAX_TYPE_OFFSET = 256


class SessionState:
    """State of a session, from the events that were sent and received.

    Events are read by wire type and identifiers, so an event with invalid fields
    advances the state too. An exception is logged once and does not reach the caller.

    Args:
        input_audio: Input audio format until the service reports it.

    Attributes:
        session_id: Identifier of the session; None until it is ready.
        ready: Whether `session.created` was received.
        refusal: The first error before `session.created`.
        configured: Whether the service has accepted a `session.update`.
        expires_at: End of the session as Unix time, if the service has sent it.
        input_format: Input audio format.
        session_output_format: Output audio format of the session, once it is known.
        turn_detection: Turn detection of the session.
        user_speaking: Whether the user is speaking, as the service detects it.
        turn_ends: How often the service has reported the end of the user's speech, or
            committed input audio.
        commits: Whether turn detection has committed input audio.
        avatar: Whether an avatar has been connecting by WebRTC.
        call: Whether a WebRTC call was set up.
        responses: The responses.
        pending: Sent updates and items that the service has not acknowledged.
        pauses: Conditions under which the wrappers of the connection allow to replace
            the session, besides `idle`.
        follower: The account of the conversation, if one is kept. The connection passes
            it each event, with the time.
    """

    __slots__ = (
        "_answered",
        "_effect",
        "_guard",
        "_last_event",
        "_response_output_format",
        "avatar",
        "call",
        "commits",
        "configured",
        "expires_at",
        "follower",
        "input_format",
        "pauses",
        "pending",
        "ready",
        "refusal",
        "responses",
        "session_id",
        "session_output_format",
        "turn_detection",
        "turn_ends",
        "user_speaking",
    )

    def __init__(self, input_audio: WireFormat | None = None) -> None:
        self.session_id: str | None = None
        self.ready: bool = False
        self.refusal: ServerEventErrorDetails | None = None
        self.configured: bool = False
        self.expires_at: float | None = None
        self.input_format: WireFormat = input_audio or WireFormat()
        self.session_output_format: WireFormat | None = None
        self.turn_detection: TurnDetectionFlags = TurnDetectionFlags()
        self.user_speaking: bool = False
        self.turn_ends: int = 0
        self.commits: bool = False
        self.avatar: bool = False
        self.call: bool = False
        self.responses: Responses = Responses()
        self.pending: PendingRequests = PendingRequests()
        self.pauses: list[Callable[[], bool]] = []
        self.follower: EventFollower | None = None
        self._answered: dict[str, Any] | None = None
        self._response_output_format: WireFormat | None = None
        self._effect: ResponseEffect | None = None
        self._last_event: object = None
        self._guard = FailureGuard("tracking the session")

    @property
    def output_format(self) -> WireFormat | None:
        """Output audio format of the newest response, once it is known."""
        return self._response_output_format or self.session_output_format

    @property
    def idle(self) -> bool:
        """Whether replacing the session now would lose nothing."""
        webrtc = self.avatar or self.call
        return not (self.responses.pending or self.user_speaking or webrtc)

    def effect_of(self, event: object) -> ResponseEffect | None:
        """Return the effect of the last received event on the responses.

        Args:
            event: The event; None is returned for any other than the last one.
        """
        return self._effect if event is self._last_event else None

    def answered_by(self, event: object) -> dict[str, Any] | None:
        """Return the sent event that the last received event answers.

        Args:
            event: The event; None is returned for any other than the last one.
        """
        return self._answered if event is self._last_event else None

    # --- sent events -----------------------------------------------------------

    def sending(
        self, event: ClientMessage, frame: bytes | None = None
    ) -> SentRequest | None:
        """Update the state from an event before it is sent.

        The answer may arrive before `send` returns.

        Args:
            event: The event.
            frame: The event as JSON text, if it is encoded already.

        Returns:
            The request, for `sent` or `send_failed`, if the event is one.
        """
        kind = type(event)
        if kind in UNTRACKED_SENT_CLASSES:
            return None
        if kind is dict:
            if cast(dict[str, Any], event).get("type") not in _SENT_TYPES:
                return None
        elif kind is bytes and _is_audio_append(cast(bytes, event)):
            return None
        with self._guard:
            return self._sending(event, frame)
        return None

    def sent(self, request: SentRequest, session_id: str | None) -> None:
        """Record that a request was sent, and the session it was sent in."""
        if isinstance(request, RequestedResponse):
            request.sent, request.session_id = True, session_id

    def send_failed(self, request: SentRequest) -> None:
        """Record that a request could not be sent."""
        if isinstance(request, RequestedResponse):
            self.responses.withdraw(request)
        else:
            self.pending.remove(request)

    def _sending(self, event: ClientMessage, frame: bytes | None) -> SentRequest | None:
        fields = read_fields(event, _SENT_TYPES)
        if fields is None:
            return None
        if fields.get("type") in TRACKED_TYPES:
            tracked = to_dict(event if frame is None else frame)
            self.pending.add(tracked)
            return tracked
        if fields.get("type") == ClientEventType.RESPONSE_CANCEL:
            response_id = fields.get("response_id")
            self.responses.cancel(response_id if isinstance(response_id, str) else None)
            return None
        event_id = fields.get("event_id")
        request = RequestedResponse(
            event_id if isinstance(event_id, str) else None, is_out_of_band(fields)
        )
        self.responses.request(request)
        return request

    # --- received events -------------------------------------------------------

    def received(self, event: ReceivedEvent) -> None:
        """Update the state from a received event."""
        handle = _HANDLERS.get(type(event))
        if handle is not None:
            with self._guard:
                handle(self, peek(event))

    def received_frame(self, frame: bytes) -> None:
        """Update the state from a received event that is not decoded yet."""
        if _AUDIO_DELTA.search(frame, 0, _MAX_TYPE_OFFSET):
            return
        # The type alone is decoded first: most events do not concern the state.
        if event_type(frame) in _HANDLERS_BY_TYPE:
            self.received(decode_server_event(frame))

    def _on_unreadable(self, seen: Peek) -> None:
        handle = _HANDLERS_BY_TYPE.get(seen.type)
        if handle is not None:
            handle(self, seen)

    def _on_session_created(self, seen: Peek) -> None:
        session_id = seen.text("session", "id")
        if self.ready and (session_id is None or session_id != self.session_id):
            self.responses.restart(session_id)
            self.user_speaking = self.avatar = self.call = False
            self.expires_at = None
        # The type is enough, even if the rest of the event cannot be read.
        self.ready = True
        self.session_id = session_id
        logger.debug("the session is %s", session_id)
        self._on_session(seen)

    def _on_session_updated(self, seen: Peek) -> None:
        self._on_answer(seen)
        self.configured = True
        self._on_session(seen)

    def _on_session(self, seen: Peek) -> None:
        session = seen.get("session")
        # Keep the settings if the session is invalid.
        if not isinstance(session, Model | dict):
            return
        self.expires_at = _timestamp(field(session, "expires_at")) or self.expires_at
        self.input_format = input_format(session)
        if output := field(session, "output_audio_format"):
            self.session_output_format = wire_format(output)
            self._response_output_format = None
        self.turn_detection = turn_detection_flags(field(session, "turn_detection"))
        if not self.turn_detection.enabled:
            # Without turn detection no event reports the end of speech.
            self.user_speaking = self.commits = False

    def _on_speech_started(self, _seen: Peek) -> None:
        self.user_speaking = True

    def _on_speech_stopped(self, _seen: Peek) -> None:
        self.user_speaking = False
        self.turn_ends += 1

    def _on_cleared(self, _seen: Peek) -> None:
        self.user_speaking = False

    def _on_committed(self, _seen: Peek) -> None:
        self.user_speaking = False
        self.turn_ends += 1
        self.commits = self.turn_detection.enabled

    def _on_response_created(self, seen: Peek) -> None:
        output = seen.text("response", "output_audio_format")
        self._response_output_format = wire_format(output) if output else None
        self._effect = self.responses.created(read_response(seen))
        self._answered, self._last_event = None, seen.event

    def _on_response_done(self, seen: Peek) -> None:
        self._effect = self.responses.done(read_response(seen))
        self._answered, self._last_event = None, seen.event

    def _on_answer(self, seen: Peek) -> None:
        self._answered = self.pending.answered(seen)
        self._effect, self._last_event = None, seen.event

    def _on_error(self, seen: Peek) -> None:
        self._on_answer(seen)
        is_first = not self.ready and self.refusal is None
        if is_first and isinstance(seen.event, ServerEventError):
            self.refusal = seen.event.error
        self.responses.refused(seen.text("error", "event_id"))

    def _on_avatar(self, _seen: Peek) -> None:
        self.avatar = True

    def _on_call(self, _seen: Peek) -> None:
        self.call = True


def _is_audio_append(message: bytes) -> bool:
    return _AUDIO_APPEND.search(message, 0, _MAX_TYPE_OFFSET) is not None


def _timestamp(value: object) -> float | None:
    """Return a time as Unix time; None if it is not a valid time."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, int | float) and 0 < value < _MAX_TIMESTAMP_SECONDS:
        return float(value)
    return None


_SENT_TYPES = (
    ClientEventType.RESPONSE_CREATE.value,
    ClientEventType.RESPONSE_CANCEL.value,
    *TRACKED_TYPES,
)

UNTRACKED_SENT_CLASSES = frozenset(
    cls for kind, cls in CLIENT_EVENTS.items() if kind not in _SENT_TYPES
)
"""Classes of the sent events that do not change the state; they need no call."""

_Handler = Callable[[SessionState, Peek], None]

_HANDLERS_BY_TYPE: Mapping[str, _Handler] = {
    ServerEventType.SESSION_CREATED: SessionState._on_session_created,
    ServerEventType.SESSION_UPDATED: SessionState._on_session_updated,
    ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED: SessionState._on_speech_started,
    ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED: SessionState._on_speech_stopped,
    ServerEventType.INPUT_AUDIO_BUFFER_CLEARED: SessionState._on_cleared,
    ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED: SessionState._on_committed,
    ServerEventType.RESPONSE_CREATED: SessionState._on_response_created,
    ServerEventType.RESPONSE_DONE: SessionState._on_response_done,
    ServerEventType.ERROR: SessionState._on_error,
    ServerEventType.CONVERSATION_ITEM_CREATED: SessionState._on_answer,
    ServerEventType.CONVERSATION_ITEM_DELETED: SessionState._on_answer,
    ServerEventType.SESSION_AVATAR_CONNECTING: SessionState._on_avatar,
    ServerEventType.RTC_CALL_SDP_CREATED: SessionState._on_call,
}

_HANDLERS: Mapping[type[ServerEvent], _Handler] = {
    **{SERVER_EVENTS[kind]: handle for kind, handle in _HANDLERS_BY_TYPE.items()},
    InvalidServerEvent: SessionState._on_unreadable,
}

TRACKED_CLASSES = frozenset(_HANDLERS)
"""Classes of the received events that change the state; the others need no call."""
