"""State of responses: active, requested, queued and out-of-band."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

from voicelive._connection.client_events import Fields
from voicelive.turns._errors import NoResponse
from voicelive_protocol import ErrorCode, Response, ServerEventErrorDetails

MAX_WAITING = 64
"""Limit of queued responses; more indicate an error in the application."""

# Attempts of a request that collides with other responses.
_MAX_ATTEMPTS = 8

# Ended responses to remember, whose late events are ignored.
_REMEMBERED = 64


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
        superseded: Whether an unexpected response that was created in its place
            already includes all outputs, which makes this request redundant.
        unwanted: Whether it was cancelled before its response started.
        sent: Whether the connection has accepted the event.
        session: Identifier of the session then, if known.
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

    @property
    def answered(self) -> bool:
        """Whether the future of the response is done."""
        return self.result is not None and self.result.done()

    def fail(self, error: BaseException) -> None:
        """Fail the future of the response."""
        if self.result is not None and not self.result.done():
            self.result.set_exception(error)


@dataclass(eq=False, slots=True)
class _Active:
    response: Response
    request: ResponseRequest | None


class ErrorEffect(Enum):
    """Effect of an `error` event on the requests."""

    UNRELATED = auto()
    """The error does not concern a request."""

    RETRIED = auto()
    """The request collided with a response and is queued again."""

    FINAL = auto()
    """The request has failed."""


@dataclass(slots=True)
class ResponseState:
    """The responses of a conversation: at most one is active, others are queued.

    Out-of-band responses run concurrently and are not queued.

    Attributes:
        requested: The request that was sent and whose response has not started.
        waiting: Queued requests.
        collided: Whether the service has refused a request because of a response that
            it has not announced yet.
    """

    requested: ResponseRequest | None = None
    waiting: deque[ResponseRequest] = field(default_factory=deque[ResponseRequest])
    collided: bool = False
    _active: _Active | None = None
    _out_of_band_requested: deque[ResponseRequest] = field(
        default_factory=deque[ResponseRequest]
    )
    _out_of_band: dict[str, ResponseRequest] = field(
        default_factory=dict[str, ResponseRequest]
    )
    # The last requests that ended. A response that the service starts by itself can
    # start and end while a request is in flight; it is attributed to the request until
    # the error arrives.
    _ended: deque[ResponseRequest] = field(default_factory=lambda: deque(maxlen=8))
    _ended_ids: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    @property
    def active(self) -> Response | None:
        """The active response of the conversation."""
        return None if self._active is None else self._active.response

    @property
    def free(self) -> bool:
        """Whether a new response can be requested."""
        return self._active is None and self.requested is None and not self.collided

    def is_out_of_band(self, response_id: str) -> bool:
        """Whether a running response is out-of-band."""
        return response_id in self._out_of_band

    def has_ended(self, response_id: str) -> bool:
        """Whether a response is known to have ended."""
        # Responses without an identifier are not tracked.
        return bool(response_id) and response_id in self._ended_ids

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

    def cancel(self) -> Response | None:
        """Mark the active and the requested response as unwanted.

        Returns:
            The active response.
        """
        if self.requested is not None:
            # The service can cancel it only after it has started.
            self.requested.unwanted = True
        if self._active is None:
            return None
        if self._active.request is not None:
            self._active.request.unwanted = True
        return self._active.response

    def drop_resumes(self) -> None:
        """Remove queued responses that follow function calls."""
        self.waiting = deque(r for r in self.waiting if r.unacknowledged is None)

    # --- receiving -------------------------------------------------------------

    def created(self, response: Response) -> ResponseRequest | None:
        """Record the start of a response; return its request, if there is one."""
        response_id = response.id or ""
        if self.has_ended(response_id) or response_id in self._out_of_band:
            return None
        if self._out_of_band_requested and response.conversation_id is None:
            out_of_band = self._out_of_band_requested.popleft()
            self._out_of_band[response_id] = out_of_band
            return out_of_band
        if self._active is not None:
            if self._active.response.id == response.id:
                return None
            # Only one can be active, so the end of the other one was lost.
            self._lose(self._active)
        # This response includes all acknowledged outputs, so requests that follow
        # only these are redundant.
        self.waiting = deque(r for r in self.waiting if r.unacknowledged != set())
        request, self.requested = self.requested, None
        self.collided = False
        if request is not None:
            request.superseded = request.unacknowledged == set()
        self._active = _Active(response, request)
        return request

    def done(self, response: Response) -> bool:
        """Record the end of a response; return whether it was not out-of-band."""
        response_id = response.id or ""
        if self.has_ended(response_id):
            return False
        if response_id:
            self._ended_ids.append(response_id)
        out_of_band = self._end_out_of_band(response_id)
        request = out_of_band
        if out_of_band is None and self._active is not None:
            if self._is_active(response_id):
                self._ended_ids.append(self._active.response.id or response_id)
                request, self._active = self._active.request, None
        elif out_of_band is None:
            # Its start was lost.
            request, self.requested = self.requested, None
            self.collided = False
        if request is not None:
            self._ended.append(request)
            if request.result is not None and not request.result.done():
                request.result.set_result(response)
        return out_of_band is None

    def _end_out_of_band(self, response_id: str) -> ResponseRequest | None:
        """Remove and return the request of an out-of-band response that has ended."""
        if response_id or self._active is not None or len(self._out_of_band) != 1:
            return self._out_of_band.pop(response_id, None)
        # Without an identifier it must be the only running response.
        return self._out_of_band.popitem()[1]

    def _is_active(self, response_id: str) -> bool:
        """Whether an identifier matches that of the active response.

        A missing identifier matches, so that an invalid one does not block the queue.
        """
        if self._active is None:
            return False
        active_id = self._active.response.id
        return not response_id or not active_id or active_id == response_id

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
        if self._active is not None and self._active.request is request:
            # The response that started belongs to another request.
            self._active.request = None
        if collision and not request.out_of_band and request.attempts < _MAX_ATTEMPTS:
            self.collided = self._active is None
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
            self.requested.fail(NoResponse("the response did not start"))
            self.requested = None

    def lose_active(self) -> None:
        """Drop the active response, whose end was lost."""
        if self._active is not None:
            self._lose(self._active)
            self._active = None

    def restart(self, session: str | None) -> None:
        """Reset the state for a new session; queue an unanswered request again."""
        if self._active is not None:
            self._lose(self._active)
        for lost in (*self._out_of_band.values(), *self._out_of_band_requested):
            lost.fail(NoResponse("the session has ended"))
        asked = self.requested
        if asked is not None and asked.sent and asked.session != session:
            # One that the connection has kept for this session is on its way.
            self.waiting.appendleft(asked)
            self.requested = None
        self._active = None
        self.collided = False
        self._out_of_band.clear()
        self._out_of_band_requested.clear()

    def fail(self, error: BaseException) -> None:
        """The connection has ended, and everything with it."""
        known = [
            *self.waiting,
            *self._out_of_band.values(),
            *self._out_of_band_requested,
        ]
        known += [self.requested] if self.requested else []
        if self._active is not None and self._active.request is not None:
            known.append(self._active.request)
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
        active = self._active.request if self._active is not None else None
        if event_id is None:
            return (self.requested or active) if collision else None
        known = (self.requested, active, *self._out_of_band_requested, *self._ended)
        return next((r for r in known if r and r.event_id == event_id), None)

    def _lose(self, active: _Active) -> None:
        if active.request is not None:
            active.request.fail(NoResponse("the end of the response was lost"))
        if active.response.id:
            self._ended_ids.append(active.response.id)
