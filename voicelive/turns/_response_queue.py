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
from voicelive._connection.protocol import StatefulConnection
from voicelive._connection.reading import field
from voicelive._connection.responses import ResponseStart
from voicelive.turns._errors import NoResponse
from voicelive.turns._response_requests import (
    MAX_WAITING,
    ResponseRequest,
    ResponseRequests,
)
from voicelive.turns._tasks import TurnTasks
from voicelive.turns._user_turn import UserTurn
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventType,
    ClientMessage,
    Response,
    ServerEventErrorDetails,
)

logger = redacting_logger(__name__)

# Time limit for a response that the service starts by itself.
_RESPONSE_START_SECONDS = 2.0

# Time without any event after which an expected event counts as lost.
_EVENT_TIMEOUT_SECONDS = 30.0

# The setting of a response whose text is fixed.
_FIXED_TEXT = "pre_generated_assistant_message"

# Sent cancellations to remember.
_MAX_CANCELS = 64


class ResponseQueue:
    """Queues `response.create` events, and cancels responses.

    Args:
        connection: The connection.
        tasks: Background tasks of the keeper.
        user_turn: The turn of the user.
        on_change: Called when requests or responses may have changed.

    Attributes:
        requests: The requests of responses: in flight, queued, out-of-band.
    """

    def __init__(
        self,
        connection: StatefulConnection,
        tasks: TurnTasks,
        user_turn: UserTurn,
        on_change: Callable[[], None],
    ) -> None:
        self._responses = connection.state.responses
        self.requests = ResponseRequests(self._responses)
        self._connection = connection
        self._tasks = tasks
        self._user_turn = user_turn
        self._on_change = on_change
        self._sending = False
        self._service_response_timer: asyncio.TimerHandle | None = None
        self._loss_timer: asyncio.TimerHandle | None = None
        self._missing_end_timer: asyncio.TimerHandle | None = None
        self._rejection_timer: asyncio.TimerHandle | None = None
        self._last_event_at = 0.0
        # Whether the end of the active response may have been lost.
        self._overdue = False
        # Identifiers of sent cancellations, which their refusals refer to.
        self._cancels: deque[str] = deque(maxlen=_MAX_CANCELS)
        self._numbers = itertools.count(1)

    @property
    def busy(self) -> bool:
        """Whether a request is queued or its response has not started."""
        requests = self.requests
        requested = requests.requested is not None or requests.collided
        return requested or bool(requests.waiting)

    def new_id(self) -> str:
        """Return a new event identifier."""
        return f"turns_{next(self._numbers)}"

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
            uses_history=field(event.get("response"), _FIXED_TEXT) is None,
        )

    async def submit(self, request: ResponseRequest) -> None:
        """Send a request of the application, or queue it.

        Raises:
            RuntimeError: The queue is full.
        """
        if self._connection.closed:
            # Raises, without taking the place of a request that is still in flight.
            await self._connection.send(request.event)
            return
        requests = self.requests
        at_once = requests.free and not requests.waiting
        if request.out_of_band or at_once:
            try:
                await self._send(request)
            except BaseException:
                self.wake()
                raise
            return
        if len(requests.waiting) >= MAX_WAITING:
            raise RuntimeError(f"{MAX_WAITING} responses are already queued")
        # Report encoding errors to the caller, not when the queue is sent.
        to_frame(request.event)
        requests.waiting.append(request)
        # An explicit request does not wait for the user's turn.
        self._user_turn.release()
        self.wake()

    def resume(self, unacknowledged: set[str], *, first: bool = False) -> None:
        """Queue a response that follows the outputs of function calls.

        Args:
            unacknowledged: The calls whose outputs the service has not acknowledged.
            first: Whether it precedes all other requests and the user's turn.
        """
        request = self.request(ClientEventResponseCreate())
        request.unacknowledged = unacknowledged
        if first:
            self.requests.waiting.appendleft(request)
            self._user_turn.release()
        else:
            self.requests.waiting.append(request)
        self.wake()

    async def cancel(self, event: ClientMessage) -> None:
        """Cancel the active and the requested response; skip a needless event."""
        self.requests.drop_resumes()
        active = self.cancel_current()
        if active or self.requests.collided:
            event = self._with_id(event)
            await self._connection.send(event)

    def withdraw(self, request: ResponseRequest) -> None:
        """Remove a request from the queue, and do not repeat it after a collision."""
        request.superseded = True
        self.requests.withdraw(request)

    def interrupt(self) -> None:
        """Cancel the active and the requested response, but no queued one."""
        if self.cancel_current() or self.requests.collided:
            cancel = self._with_id(ClientEventResponseCancel())
            self._tasks.spawn(self._connection.send(cancel))

    async def cancel_one(self, event: ClientMessage, response_id: str) -> None:
        """Send a cancellation of a particular response, unless it has ended."""
        if not self._responses.has_ended(response_id):
            self._responses.cancel(response_id)
            await self._connection.send(event)

    def cancel_current(self) -> bool:
        """Mark the active and the requested response as cancelled.

        Returns:
            Whether a response is active.
        """
        self.requests.mark_unwanted()
        self._responses.cancel()
        return self._responses.active is not None

    def created(self, start: ResponseStart) -> None:
        """Handle the start of a response."""
        request = self.requests.created(start)
        if request is None or not request.unwanted:
            return
        cancel = ClientEventResponseCancel()
        if start.response.id:
            self._responses.cancel(start.response.id)
            cancel.response_id = start.response.id
        self._tasks.spawn(self._connection.send(cancel))

    def event_received(self) -> None:
        """Restart the timeout for lost events."""
        self._last_event_at = asyncio.get_running_loop().time()
        self._overdue = False

    def cancel_refused(self, event_id: str | None) -> None:
        """Handle the error that there is no active response to cancel.

        If one is active here, its end is still to come or was lost.
        """
        active = self._responses.active
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
                _RESPONSE_START_SECONDS, self.requests.fail, failure
            )

    def session_begun(self) -> None:
        """Handle the start of the session, after which requests need not fail."""
        if self._rejection_timer is not None:
            self._rejection_timer.cancel()
            self._rejection_timer = None

    def wake(self) -> None:
        """Send queued requests if possible, and update the timers."""
        requests = self.requests
        if self._may_send and not self._sending and not self._tasks.stopped:
            self._sending = True
            self._tasks.spawn(self._send_waiting())
        expected = requests.free and self._user_turn.response_expected
        self._service_response_timer = self._set_timer(
            self._service_response_timer,
            (requests.collided or expected) and bool(requests.waiting),
            _RESPONSE_START_SECONDS,
            self._give_up_on_service_response,
        )
        held_up = self._responses.active is not None and bool(requests.waiting)
        self._loss_timer = self._set_timer(
            self._loss_timer,
            requests.requested is not None or held_up,
            _EVENT_TIMEOUT_SECONDS,
            self._check_for_losses,
        )
        self._on_change()

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
        requests = self.requests
        turn = requests.free or self._overdue
        return bool(requests.waiting) and turn and self._user_turn.allows_response

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
        self.requests.collided = False
        self._user_turn.response_expected = False
        self.wake()

    def _check_for_losses(self) -> None:
        """Continue after a timeout; otherwise check again later."""
        loop = asyncio.get_running_loop()
        requested = self.requests.requested
        if not self._connection.ready or (requested is not None and not requested.sent):
            # No event can arrive without a connection: do not count this time.
            self.event_received()
        left = self._last_event_at + _EVENT_TIMEOUT_SECONDS - loop.time()
        if left > 0:
            self._loss_timer = loop.call_later(left, self._check_for_losses)
            return
        self._loss_timer = None
        self.requests.give_up()
        # If the response is still active, the service refuses the next request, which
        # is then queued again.
        self._overdue = self._responses.active is not None
        self.wake()

    def _lose(self, response_id: str | None) -> None:
        """Treat the end of the active response as lost."""
        self._missing_end_timer = None
        active = self._responses.active
        if active is not None and active.id == response_id:
            self.requests.lose_active()
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
                request = self.requests.waiting.popleft()
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
        self.requests.start(request)
        try:
            await self._connection.send(request.event)
        except BaseException:
            self.requests.send_failed(request)
            raise
        request.sent = True
        request.session = self._connection.session_id
        self.wake()
