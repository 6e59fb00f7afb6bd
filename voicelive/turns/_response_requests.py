"""Requests of responses: in flight, queued, out-of-band, ended."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from voicelive._connection.client_events import Fields
from voicelive._connection.responses import ResponseEnd, Responses, ResponseStart
from voicelive.turns._errors import NoResponse
from voicelive_protocol import ErrorCode, Response, ServerEventErrorDetails

MAX_WAITING = 64
"""Limit of queued responses; more indicate an error in the application."""

# Attempts of a request that collides with other responses.
_MAX_ATTEMPTS = 8

# Ended requests to remember; see `ResponseRequests._ended`.
_MAX_ENDED = 8


@dataclass(eq=False, slots=True)
class ResponseRequest:
    """A `response.create`.

    Attributes:
        event: The event.
        event_id: Its identifier, which errors refer to.
        out_of_band: Whether the response is outside of the conversation.
        unacknowledged: For a response that follows function calls: the calls whose
            outputs the service has not acknowledged. None for all others.
        result: Future of the response, for `TurnKeeper.respond`.
        attempts: How often it was refused because another response was active.
        superseded: Whether it is redundant and not repeated after a collision: an
            unexpected response that was created in its place already includes all
            outputs, or the function whose progress it reports has ended.
        unwanted: Whether it was cancelled before its response started.
        sent: Whether the connection has accepted the event.
        session: Identifier of the session then, if known.
        uses_history: Whether the response takes account of the outputs of functions
            so far; not if its text is fixed.
    """

    event: Fields
    event_id: str
    out_of_band: bool = False
    unacknowledged: set[str] | None = None
    result: asyncio.Future[Response] | None = None
    attempts: int = 0
    superseded: bool = False
    unwanted: bool = False
    sent: bool = False
    session: str | None = None
    uses_history: bool = True

    @property
    def answered(self) -> bool:
        """Whether the future of the response is done."""
        return self.result is not None and self.result.done()

    def fail(self, error: BaseException) -> None:
        """Fail the future of the response."""
        if self.result is not None and not self.result.done():
            self.result.set_exception(error)


class ErrorEffect(Enum):
    """Effect of an `error` event on the requests."""

    UNRELATED = auto()
    """The error does not concern a request."""

    RETRIED = auto()
    """The request collided with a response and is queued again."""

    FINAL = auto()
    """The request has failed."""


class ResponseRequests:
    """The requests of a `TurnKeeper`.

    At most one request of the conversation is in flight, others are queued. Requests of
    out-of-band responses are not queued.

    Args:
        responses: The responses of the session.

    Attributes:
        requested: The request that was sent and whose response has not started.
        waiting: Queued requests.
        collided: Whether the service has refused a request because of a response that
            it has not announced yet.
    """

    def __init__(self, responses: Responses) -> None:
        self.requested: ResponseRequest | None = None
        self.waiting: deque[ResponseRequest] = deque()
        self.collided = False
        self._responses = responses
        # The request of the active response.
        self._active: ResponseRequest | None = None
        self._out_of_band_requested: list[ResponseRequest] = []
        self._out_of_band: dict[str, ResponseRequest] = {}
        # A response that the service starts by itself can start and end while a request
        # is in flight; it is attributed to the request until the error arrives.
        self._ended: deque[ResponseRequest] = deque(maxlen=_MAX_ENDED)

    @property
    def free(self) -> bool:
        """Whether a new response can be requested."""
        active = self._responses.active
        return active is None and self.requested is None and not self.collided

    # --- sending ---------------------------------------------------------------

    def start(self, request: ResponseRequest) -> None:
        """Record a request that is about to be sent."""
        if request.out_of_band:
            self._out_of_band_requested.append(request)
        else:
            self.requested = request

    def send_failed(self, request: ResponseRequest) -> None:
        """Record that sending a request failed."""
        if self.requested is request:
            self.requested = None
        elif request in self._out_of_band_requested:
            self._out_of_band_requested.remove(request)

    def withdraw(self, request: ResponseRequest) -> None:
        """Remove a request from the queue if it was not sent yet."""
        if request in self.waiting:
            self.waiting.remove(request)

    def mark_unwanted(self) -> None:
        """Mark the request in flight, and that of the active response, as unwanted."""
        # The service can cancel a requested response only after it has started.
        for request in (self.requested, self._active):
            if request is not None:
                request.unwanted = True

    def drop_resumes(self) -> None:
        """Remove queued responses that follow function calls."""
        self.waiting = deque(r for r in self.waiting if r.unacknowledged is None)

    # --- receiving -------------------------------------------------------------

    def created(self, start: ResponseStart) -> ResponseRequest | None:
        """Handle the start of a response; return its request, if there is one."""
        if start.out_of_band:
            request = self._take_out_of_band(start)
            if request is not None:
                self._out_of_band[start.response.id or ""] = request
            return request
        if start.superseded is not None:
            self._fail_active()
        request, self.requested = self.requested, None
        if request is None or request.uses_history:
            # This response includes all acknowledged outputs, so requests that follow
            # only these are redundant.
            self.waiting = deque(r for r in self.waiting if r.unacknowledged != set())
        self.collided = False
        if request is not None:
            request.superseded = request.unacknowledged == set()
        self._active = request
        return request

    def done(self, end: ResponseEnd) -> None:
        """Handle the end of a response."""
        request = None
        if end.out_of_band:
            request = self._out_of_band.pop(end.response_id, None)
        elif end.was_active:
            request, self._active = self._active, None
        elif self._responses.active is None:
            # Its start was lost.
            request, self.requested = self.requested, None
            self.collided = False
        if request is not None:
            self._ended.append(request)
            if request.result is not None and not request.result.done():
                request.result.set_result(end.response)

    def acknowledged(self, call_id: str) -> None:
        """Record that the service has acknowledged the output of a function call."""
        requests = [*self.waiting]
        requests += [self.requested] if self.requested else []
        for request in requests:
            if request.unacknowledged:
                request.unacknowledged.discard(call_id)

    def refused(self, error: ServerEventErrorDetails) -> ErrorEffect:
        """Record an error; return its effect on the requests."""
        collision = error.code == ErrorCode.CONVERSATION_ALREADY_HAS_ACTIVE_RESPONSE
        request = self._named(error.event_id, collision=collision)
        if request is None:
            return ErrorEffect.UNRELATED
        self.send_failed(request)
        if request in self._ended:
            self._ended.remove(request)
        if self._active is request:
            # The response that started belongs to another request.
            self._active = None
        if collision and not request.out_of_band and request.attempts < _MAX_ATTEMPTS:
            self.collided = self._responses.active is None
            request.attempts += 1
            if request.unwanted:
                request.fail(NoResponse("the response was cancelled", error))
            elif not request.superseded and not request.answered:
                self.waiting.appendleft(request)
            return ErrorEffect.RETRIED
        request.fail(NoResponse(f"the service refused: {error}", error))
        return ErrorEffect.FINAL

    def give_up(self) -> None:
        """Drop the requested response, whose start was lost."""
        if self.requested is not None:
            self._responses.refused(self.requested.event_id)
            self.requested.fail(NoResponse("the response did not start"))
            self.requested = None

    def lose_active(self) -> None:
        """Drop the active response, whose end was lost."""
        if self._responses.active is not None:
            self._responses.lose(self._responses.active.id)
        self._fail_active()

    def restart(self, session: str | None) -> None:
        """Handle a new session; queue an unanswered request again."""
        self._fail_active()
        for lost in (*self._out_of_band.values(), *self._out_of_band_requested):
            lost.fail(NoResponse("the session has ended"))
        asked = self.requested
        if asked is not None and asked.sent and asked.session != session:
            # One that the connection has kept for this session is on its way.
            self.waiting.appendleft(asked)
            self.requested = None
        self.collided = False
        self._out_of_band.clear()
        self._out_of_band_requested.clear()

    def fail(self, error: BaseException) -> None:
        """Fail all requests, because the connection has ended."""
        known = [
            *self.waiting,
            *self._out_of_band.values(),
            *self._out_of_band_requested,
        ]
        known += [r for r in (self.requested, self._active) if r is not None]
        for request in known:
            request.fail(error)
        self.waiting.clear()
        self._out_of_band.clear()
        self._out_of_band_requested.clear()
        self._active = self.requested = None

    def _named(
        self, event_id: str | None, *, collision: bool
    ) -> ResponseRequest | None:
        """Return the request that an error refers to."""
        if event_id is None:
            return (self.requested or self._active) if collision else None
        known = (
            self.requested,
            self._active,
            *self._out_of_band_requested,
            *self._ended,
        )
        return next((r for r in known if r and r.event_id == event_id), None)

    def _take_out_of_band(self, start: ResponseStart) -> ResponseRequest | None:
        """Remove and return the request of an out-of-band response."""
        event_id = None if start.request is None else start.request.event_id
        for request in self._out_of_band_requested:
            if request.event_id == event_id:
                self._out_of_band_requested.remove(request)
                return request
        return None

    def _fail_active(self) -> None:
        """Fail the request of a response whose end was lost."""
        if self._active is not None:
            self._active.fail(NoResponse("the end of the response was lost"))
            self._active = None
