"""Response queue: requests, cancellation, timeouts."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable

from voicelive._connection.client_events import (
    Fields,
    is_out_of_band,
    read_fields,
    with_event_id,
)
from voicelive._connection.encode import to_frame
from voicelive._connection.protocol import ConnectionProtocol
from voicelive.turns._errors import NoResponse
from voicelive.turns._response_state import MAX_WAITING, ResponseRequest, ResponseState
from voicelive.turns._tasks import Tasks
from voicelive.turns._turn_detection import TurnDetection
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventType,
    ClientMessage,
    Response,
    ResponseStatus,
    ServerEventErrorDetails,
)

logger = redacting_logger(__name__)

# Time limit for a response that the service starts by itself.
_RESPONSE_START_SECONDS = 2.0

# Time without any event after which an expected event counts as lost.
_EVENT_TIMEOUT_SECONDS = 30.0

# Cancelled responses to remember, whose late deltas are dropped.
_MAX_CANCELLED = 64


class ResponseQueue:
    """Queues `response.create` events, and cancels responses.

    Attributes:
        state: The active, requested and queued responses.
    """

    def __init__(
        self,
        connection: ConnectionProtocol,
        tasks: Tasks,
        turn_detection: TurnDetection,
    ) -> None:
        self.state = ResponseState()
        self._connection = connection
        self._tasks = tasks
        self._turn_detection = turn_detection
        self._cancelled: deque[str] = deque(maxlen=_MAX_CANCELLED)
        self._sending = False
        self._service_response_timer: asyncio.TimerHandle | None = None
        self._loss_timer: asyncio.TimerHandle | None = None
        self._missing_end_timer: asyncio.TimerHandle | None = None
        self._rejection_timer: asyncio.TimerHandle | None = None
        self._last_event_at = 0.0
        # Whether the end of the active response may have been lost.
        self._overdue = False
        self._cancels: deque[str] = deque(maxlen=_MAX_CANCELLED)
        self._numbers = itertools.count(1)

    def new_id(self) -> str:
        """Return a new event identifier."""
        return f"turns_{next(self._numbers)}"

    def is_cancelled(self, response_id: str | None) -> bool:
        """Whether a response was cancelled or its cancellation was requested."""
        return response_id in self._cancelled

    def request(
        self, event: Fields, result: asyncio.Future[Response] | None = None
    ) -> ResponseRequest:
        """Create a request from a `response.create` event."""
        event = with_event_id(event, self.new_id())
        return ResponseRequest(
            event,
            str(event.get("event_id")),
            out_of_band=is_out_of_band(event),
            result=result,
        )

    async def submit(self, request: ResponseRequest) -> None:
        """Send a request of the application, or queue it.

        Raises:
            RuntimeError: The queue is full.
        """
        state = self.state
        at_once = state.free and not state.waiting
        if request.out_of_band or at_once or self._connection.closed:
            try:
                await self._send(request)
            except BaseException:
                self.wake()
                raise
            return
        if len(state.waiting) >= MAX_WAITING:
            raise RuntimeError(f"{MAX_WAITING} responses are already queued")
        # Report encoding errors to the caller, not when the queue is sent.
        to_frame(request.event)
        state.waiting.append(request)
        # An explicit request does not wait for the user's turn.
        self._turn_detection.reset()
        self.wake()

    def resume(self, unacknowledged: set[str]) -> None:
        """Queue a response that follows the outputs of function calls."""
        request = self.request(ClientEventResponseCreate())
        request.unacknowledged = unacknowledged
        self.state.waiting.append(request)
        self.wake()

    async def cancel(self, event: ClientMessage) -> None:
        """Cancel the active and the requested response; skip a needless event."""
        self.state.drop_resumes()
        active = self.cancel_current()
        if active or self.state.collided:
            event = self._with_id(event)
            await self._connection.send(event)

    async def cancel_one(self, event: ClientMessage, response_id: str) -> None:
        """Send a cancellation of a particular response, unless it has ended."""
        if not self.state.has_ended(response_id):
            self._cancelled.append(response_id)
            await self._connection.send(event)

    def cancel_current(self) -> bool:
        """Mark the active and the requested response as cancelled.

        Returns:
            Whether a response is active.
        """
        active = self.state.cancel()
        if active is not None and active.id:
            self._cancelled.append(active.id)
        return active is not None

    def created(self, response: Response) -> None:
        """Handle the start of a response."""
        request = self.state.created(response)
        if request is None or not request.unwanted:
            return
        cancel = ClientEventResponseCancel()
        if response.id:
            self._cancelled.append(response.id)
            cancel.response_id = response.id
        self._tasks.spawn(self._connection.send(cancel))

    def done(self, response: Response) -> bool:
        """Handle the end of a response; return whether it was not out-of-band."""
        if response.status == ResponseStatus.CANCELLED and response.id is not None:
            self._cancelled.append(response.id)
        return self.state.done(response)

    def event_received(self) -> None:
        """Restart the timeout for lost events."""
        self._last_event_at = asyncio.get_running_loop().time()
        self._overdue = False

    def cancel_refused(self, event_id: str | None) -> None:
        """Handle the error that there is no active response to cancel.

        If one is active here, its end is still to come or was lost.
        """
        active = self.state.active
        named = event_id is None or event_id in self._cancels
        if active is None or not named or self._missing_end_timer is not None:
            return
        loop = asyncio.get_running_loop()
        self._missing_end_timer = loop.call_later(
            _RESPONSE_START_SECONDS, self._lose, active.id
        )

    def session_rejected(self, error: ServerEventErrorDetails) -> None:
        """Handle an error that arrives before the session.

        The service normally closes the connection next, with a more specific error. If
        it does not, fail the requests with this error.
        """
        if self._rejection_timer is None:
            loop = asyncio.get_running_loop()
            failure = NoResponse(f"the service refused the session: {error}", error)
            self._rejection_timer = loop.call_later(
                _RESPONSE_START_SECONDS, self.state.fail, failure
            )

    def session_begun(self) -> None:
        """Handle the start of the session, after which requests need not fail."""
        if self._rejection_timer is not None:
            self._rejection_timer.cancel()
            self._rejection_timer = None

    def wake(self) -> None:
        """Send queued requests if possible, and update the timers."""
        state = self.state
        if self._may_send and not self._sending and not self._tasks.stopped:
            self._sending = True
            self._tasks.spawn(self._send_waiting())
        late = state.collided or (state.free and self._turn_detection.response_expected)
        self._service_response_timer = self._set_timer(
            self._service_response_timer,
            late and bool(state.waiting),
            _RESPONSE_START_SECONDS,
            self._give_up_on_service_response,
        )
        held_up = state.active is not None and bool(state.waiting)
        self._loss_timer = self._set_timer(
            self._loss_timer,
            state.requested is not None or held_up,
            _EVENT_TIMEOUT_SECONDS,
            self._check_for_losses,
        )

    def stop(self) -> None:
        """Cancel all timers."""
        for timer in (
            self._service_response_timer,
            self._loss_timer,
            self._missing_end_timer,
            self._rejection_timer,
        ):
            if timer is not None:
                timer.cancel()
        self._service_response_timer = self._loss_timer = self._missing_end_timer = (
            self._rejection_timer
        ) = None

    @property
    def _may_send(self) -> bool:
        state = self.state
        turn = state.free or self._overdue
        return bool(state.waiting) and turn and self._turn_detection.allows_response

    def _set_timer(
        self,
        timer: asyncio.TimerHandle | None,
        wanted: bool,
        seconds: float,
        then: Callable[[], None],
    ) -> asyncio.TimerHandle | None:
        """Start a timer if it is wanted, else cancel it; return the running timer."""
        if wanted and not self._tasks.stopped:
            loop = asyncio.get_running_loop()
            return timer or loop.call_later(seconds, then)
        if timer is not None:
            timer.cancel()
        return None

    def _give_up_on_service_response(self) -> None:
        """Stop waiting for a response that the service should have started."""
        self._service_response_timer = None
        self.state.collided = False
        self._turn_detection.response_expected = False
        self.wake()

    def _check_for_losses(self) -> None:
        """Continue after a timeout; otherwise check again later."""
        loop = asyncio.get_running_loop()
        requested = self.state.requested
        if not self._connection.ready or (requested is not None and not requested.sent):
            # No event can arrive without a connection: do not count this time.
            self.event_received()
        left = self._last_event_at + _EVENT_TIMEOUT_SECONDS - loop.time()
        if left > 0:
            self._loss_timer = loop.call_later(left, self._check_for_losses)
            return
        self._loss_timer = None
        self.state.give_up()
        # If the response is still active, the service refuses the next request, which
        # is then queued again.
        self._overdue = self.state.active is not None
        self.wake()

    def _lose(self, response_id: str | None) -> None:
        """Treat the end of the active response as lost."""
        self._missing_end_timer = None
        active = self.state.active
        if active is not None and active.id == response_id:
            self.state.lose_active()
            self.wake()

    def _with_id(self, event: ClientMessage) -> ClientMessage:
        """Return a cancellation with an `event_id`, which its refusal refers to."""
        fields = read_fields(event, (ClientEventType.RESPONSE_CANCEL,))
        if fields is None:
            return event
        fields = with_event_id(fields, self.new_id())
        self._cancels.append(str(fields.get("event_id")))
        return fields

    async def _send_waiting(self) -> None:
        try:
            while self._may_send:
                request = self.state.waiting.popleft()
                try:
                    await self._send(request)
                except Exception as error:
                    logger.debug("a response could not be requested: %s", error)
                    request.fail(error)
        finally:
            self._sending = False

    async def _send(self, request: ResponseRequest) -> None:
        request.sent = False
        self.event_received()
        self.state.start(request)
        try:
            await self._connection.send(request.event)
        except BaseException:
            self.state.send_failed(request)
            raise
        request.sent = True
        request.session = self._connection.session_id
        self.wake()
