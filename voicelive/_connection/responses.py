"""Responses of a session: requested, active, out-of-band, cancelled, ended."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voicelive_protocol import Response, ResponseStatus

# Cancelled and ended responses to remember, whose late events are recognised.
_MAX_REMEMBERED = 64


@dataclass(eq=False, slots=True)
class RequestedResponse:
    """A `response.create` whose response has not started.

    Attributes:
        event_id: Identifier of the event, which its refusal refers to.
        out_of_band: Whether the response is outside of the conversation.
        sent: Whether the event was sent completely.
        session_id: Identifier of the session that it was sent in.
        requested_at: When it was sent, if the account of the conversation is kept.
    """

    event_id: str | None
    out_of_band: bool
    sent: bool = False
    session_id: str | None = None
    requested_at: float | None = None


@dataclass(frozen=True, slots=True)
class ResponseStart:
    """Effect of an event that starts a response.

    Attributes:
        response: The response.
        request: The request that it is attributed to; None if the service started it.
        out_of_band: Whether it is outside of the conversation.
        superseded: The active response before, whose end was lost.
    """

    response: Response
    request: RequestedResponse | None
    out_of_band: bool = False
    superseded: Response | None = None


@dataclass(frozen=True, slots=True)
class ResponseEnd:
    """Effect of an event that ends a response.

    Attributes:
        response: The response as it ended.
        response_id: Its identifier; that of the active response if the event has none,
            "" if there is neither.
        was_active: Whether it was the active response.
        out_of_band: Whether it was outside of the conversation.
    """

    response: Response
    response_id: str
    was_active: bool = False
    out_of_band: bool = False


class Responses:
    """The responses of a session.

    At most one response of the conversation is active; out-of-band responses run
    concurrently.

    Attributes:
        active: The active response, as in `response.created`.
        out_of_band: Out-of-band responses in progress, by identifier.
        requested: Requests without a response, in the order of sending.
    """

    __slots__ = ("_cancelled", "_ended", "active", "out_of_band", "requested")

    def __init__(self) -> None:
        self.active: Response | None = None
        self.out_of_band: dict[str, Response] = {}
        self.requested: list[RequestedResponse] = []
        self._ended: deque[str] = deque(maxlen=_MAX_REMEMBERED)
        self._cancelled: deque[str] = deque(maxlen=_MAX_REMEMBERED)

    @property
    def pending(self) -> bool:
        """Whether a response is in progress or requested."""
        return bool(self.active or self.out_of_band or self.requested)

    @property
    def in_progress(self) -> list[str]:
        """Identifiers of the responses in progress; "" for one without."""
        active = [] if self.active is None else [self.active.id or ""]
        return [*active, *self.out_of_band]

    def is_out_of_band(self, response_id: str) -> bool:
        """Return whether a response in progress is out-of-band."""
        return response_id in self.out_of_band

    def is_cancelled(self, response_id: str | None) -> bool:
        """Return whether a response was cancelled, or its cancellation requested."""
        return response_id in self._cancelled

    def has_ended(self, response_id: str) -> bool:
        """Return whether a response is known to have ended."""
        # Responses without an identifier are not tracked.
        return bool(response_id) and response_id in self._ended

    # --- sent events -----------------------------------------------------------

    def request(self, request: RequestedResponse) -> None:
        """Record a `response.create` that is being sent."""
        self.requested.append(request)

    def withdraw(self, request: RequestedResponse) -> None:
        """Remove a request that could not be sent."""
        if request in self.requested:
            self.requested.remove(request)

    def cancel(self, response_id: str | None = None) -> None:
        """Record the cancellation of a response; by default the active one."""
        if response_id is None and self.active is not None:
            response_id = self.active.id
        if response_id and response_id not in self._cancelled:
            self._cancelled.append(response_id)

    # --- received events -------------------------------------------------------

    def created(self, response: Response) -> ResponseStart | None:
        """Record the start of a response; return None if it is known already."""
        response_id = response.id or ""
        if self.has_ended(response_id) or response_id in self.out_of_band:
            return None
        if response.conversation_id is None:
            request = self._take_request(out_of_band=True)
            # Without a known request, the active one belongs to a conversation.
            active = self.active
            apart = (
                active is not None
                and active.conversation_id is not None
                and active.id != response.id
            )
            if request is not None or apart:
                self.out_of_band[response_id] = response
                return ResponseStart(response, request, out_of_band=True)
        superseded = self.active
        if superseded is not None:
            if superseded.id == response.id:
                return None
            if superseded.conversation_id is None and response.conversation_id:
                # It was out-of-band, but its request was not known.
                self.out_of_band[superseded.id or ""] = superseded
                superseded = None
            else:
                # Only one can be active, so the end of the other one was lost.
                self._end(superseded.id)
        self.active = response
        request = self._take_request(out_of_band=False)
        return ResponseStart(response, request, superseded=superseded)

    def done(self, response: Response) -> ResponseEnd | None:
        """Record the end of a response; return None if it had ended already."""
        response_id = response.id or ""
        if self.has_ended(response_id):
            return None
        self._end(response_id)
        if response.status == ResponseStatus.CANCELLED and response_id:
            self.cancel(response_id)
        if (found := self._out_of_band_id(response_id)) is not None:
            del self.out_of_band[found]
            return ResponseEnd(response, found, out_of_band=True)
        if self.active is None:
            # Its start was lost.
            self._take_request(out_of_band=False)
            return ResponseEnd(response, response_id)
        active_id = self.active.id or ""
        # A missing identifier matches, so that an invalid one does not end nothing.
        if response_id and active_id and response_id != active_id:
            return ResponseEnd(response, response_id)
        self.active = None
        self._end(active_id)
        return ResponseEnd(response, response_id or active_id, was_active=True)

    def refused(self, event_id: str | None) -> None:
        """Record an error, which removes the request that it refers to.

        An error without an identifier may refer to any request without one.
        """
        self.requested = [r for r in self.requested if r.event_id != event_id]

    def lose(self, response_id: str | None) -> None:
        """Treat the end of the active response as lost, unless it is another one."""
        if self.active is not None and self.active.id == response_id:
            self._end(response_id)
            self.active = None

    def restart(self, session_id: str | None) -> None:
        """Drop everything that a new session does not know."""
        if self.active is not None:
            self._end(self.active.id)
        self.active = None
        self.out_of_band.clear()
        # A request that is being sent may be on its way to the new session.
        self.requested = [
            r for r in self.requested if not r.sent or r.session_id == session_id
        ]

    def _end(self, response_id: str | None) -> None:
        if response_id and response_id not in self._ended:
            self._ended.append(response_id)

    def _out_of_band_id(self, response_id: str) -> str | None:
        """Return the key of the out-of-band response that has ended, if it is one."""
        if response_id in self.out_of_band:
            return response_id
        if not response_id and self.active is None and len(self.out_of_band) == 1:
            # Without an identifier it must be the only response in progress.
            return next(iter(self.out_of_band))
        return None

    def _take_request(self, *, out_of_band: bool) -> RequestedResponse | None:
        for request in self.requested:
            if request.out_of_band == out_of_band:
                self.requested.remove(request)
                return request
        return None
