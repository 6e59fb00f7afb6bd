"""Queue of responses: when they are requested and cancelled."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable

from voicelive._connection.encode import to_frame
from voicelive._connection.protocol import ConnectionProtocol
from voicelive.turns._errors import NoResponse
from voicelive.turns._outgoing import Fields, is_beside, of_interest, with_event_id
from voicelive.turns._response_state import MOST_WAITING, Request, Requests
from voicelive.turns._tasks import Tasks
from voicelive.turns._turn_detection import Listening
from voicelive_protocol import (
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientMessage,
    Response,
    ResponseStatus,
    ServerEventErrorDetails,
)
from voicelive_protocol._redaction import redacting_logger

_LOG = redacting_logger("voicelive.turns")

# Seconds to wait for a response that the service should begin by itself.
_PATIENCE = 2.0

# Seconds without any event after which one that should have come is taken for lost.
_SILENCE = 30.0

# So many cancelled responses are remembered, to know their late deltas.
_REMEMBERED = 64


class Schedule:
    """Sends `response.create` and `response.cancel` when their time has come.

    Attributes:
        requests: What is active, requested and waiting.
    """

    def __init__(
        self, connection: ConnectionProtocol, tasks: Tasks, listening: Listening
    ) -> None:
        self.requests = Requests()
        self._connection = connection
        self._tasks = tasks
        self._listening = listening
        self._silenced: deque[str] = deque(maxlen=_REMEMBERED)
        self._sending = False
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._doubt: asyncio.TimerHandle | None = None
        self._rejection: asyncio.TimerHandle | None = None
        self._heard = 0.0
        # Whether the end of the active response may have been lost.
        self._overdue = False
        self._cancels: deque[str] = deque(maxlen=_REMEMBERED)
        self._numbers = itertools.count(1)

    def new_id(self) -> str:
        """An identifier for an event."""
        return f"turns_{next(self._numbers)}"

    def is_cancelled(self, response_id: str | None) -> bool:
        """Whether a response was cancelled, or is about to be."""
        return response_id in self._silenced

    def request(
        self, event: Fields, result: asyncio.Future[Response] | None = None
    ) -> Request:
        """Make a request of a `response.create`."""
        event_id = event.get("event_id")
        if not isinstance(event_id, str):
            event_id = self.new_id()
            event = with_event_id(event, event_id)
        return Request(event, event_id, beside=is_beside(event), result=result)

    async def submit(self, request: Request) -> None:
        """Send a request of the application, now or in its turn.

        Raises:
            RuntimeError: Too many are waiting.
        """
        requests = self.requests
        at_once = requests.free and not requests.waiting
        if request.beside or at_once or self._connection.closed:
            try:
                await self._send(request)
            except BaseException:
                self.wake()
                raise
            return
        if len(requests.waiting) >= MOST_WAITING:
            raise RuntimeError(f"{MOST_WAITING} responses are waiting already")
        # What cannot be encoded shall fail here, not later.
        to_frame(request.event)
        requests.waiting.append(request)
        # Who asks now does not want to wait for the user.
        self._listening.be_quiet()
        self.wake()

    def resume(self, unheard: set[str]) -> None:
        """Have a response follow the outputs of function calls."""
        request = self.request(ClientEventResponseCreate())
        request.unheard = unheard
        self.requests.waiting.append(request)
        self.wake()

    async def cancel(self, event: ClientMessage) -> None:
        """Cancel what is active or requested."""
        self.requests.drop_resumes()
        active = self.silence()
        if active or self.requests.collided:
            event = self._with_id(event)
            await self._connection.send(event)

    async def cancel_one(self, event: ClientMessage, response_id: str) -> None:
        """Cancel the response that the event names."""
        if not self.requests.is_over(response_id):
            self._silenced.append(response_id)
            await self._connection.send(event)

    def silence(self) -> bool:
        """Cancel the active and the requested response.

        Returns whether one is active.
        """
        active = self.requests.cancel()
        if active is not None and active.id:
            self._silenced.append(active.id)
        return active is not None

    def created(self, response: Response) -> None:
        """Note that a response has begun."""
        request = self.requests.created(response)
        if request is None or not request.unwanted:
            return
        cancel = ClientEventResponseCancel()
        if response.id:
            self._silenced.append(response.id)
            cancel.response_id = response.id
        self._tasks.spawn(self._connection.send(cancel))

    def done(self, response: Response) -> bool:
        """A response has ended; returns whether it was one of the conversation."""
        if response.status == ResponseStatus.CANCELLED and response.id is not None:
            self._silenced.append(response.id)
        return self.requests.done(response)

    def heard(self) -> None:
        """Something has come, so nothing is lost yet."""
        self._heard = asyncio.get_running_loop().time()
        self._overdue = False

    def cancel_refused(self, event_id: str | None) -> None:
        """The service says that there was nothing to cancel.

        If a response counts as active here, its end comes now or was lost.
        """
        active = self.requests.active
        named = event_id is None or event_id in self._cancels
        if active is None or not named or self._doubt is not None:
            return
        loop = asyncio.get_running_loop()
        self._doubt = loop.call_later(_PATIENCE, self._lose, active.id)

    def session_rejected(self, error: ServerEventErrorDetails) -> None:
        """Note that an error came in place of the session.

        The service closes the connection then, and its end says more. If it does not,
        the requests fail with the error.
        """
        if self._rejection is None:
            loop = asyncio.get_running_loop()
            failure = NoResponse(f"the service refused the session: {error}", error)
            self._rejection = loop.call_later(_PATIENCE, self.requests.fail, failure)

    def session_begun(self) -> None:
        """Note that there is a session after all."""
        if self._rejection is not None:
            self._rejection.cancel()
            self._rejection = None

    def wake(self) -> None:
        """See to it that what waits goes out when its turn has come."""
        requests = self.requests
        if self._may_send and not self._sending and not self._tasks.stopped:
            self._sending = True
            self._tasks.spawn(self._send_waiting())
        late = requests.collided or (requests.free and self._listening.answering)
        self._timer = self._timed(
            self._timer,
            late and bool(requests.waiting),
            _PATIENCE,
            self._give_up_waiting,
        )
        held_up = requests.active is not None and bool(requests.waiting)
        self._watch = self._timed(
            self._watch,
            requests.requested is not None or held_up,
            _SILENCE,
            self._look_for_losses,
        )

    def stop(self) -> None:
        """Wait for nothing any more."""
        for timer in (self._timer, self._watch, self._doubt, self._rejection):
            if timer is not None:
                timer.cancel()
        self._timer = self._watch = self._doubt = self._rejection = None

    @property
    def _may_send(self) -> bool:
        requests = self.requests
        turn = requests.free or self._overdue
        return bool(requests.waiting) and turn and self._listening.quiet

    def _timed(
        self,
        timer: asyncio.TimerHandle | None,
        wanted: bool,
        seconds: float,
        then: Callable[[], None],
    ) -> asyncio.TimerHandle | None:
        """Have a timer run for as long as it is wanted."""
        if wanted and not self._tasks.stopped:
            loop = asyncio.get_running_loop()
            return timer or loop.call_later(seconds, then)
        if timer is not None:
            timer.cancel()
        return None

    def _give_up_waiting(self) -> None:
        """The response that the service should have begun does not come."""
        self._timer = None
        self.requests.collided = False
        self._listening.answering = False
        self.wake()

    def _look_for_losses(self) -> None:
        """Go on if nothing has come for long; else look again later."""
        loop = asyncio.get_running_loop()
        requested = self.requests.requested
        if not self._connection.ready or (requested is not None and not requested.sent):
            # There is no connection that anything could come from.
            self.heard()
        left = self._heard + _SILENCE - loop.time()
        if left > 0:
            self._watch = loop.call_later(left, self._look_for_losses)
            return
        self._watch = None
        self.requests.give_up()
        # If the active response runs on, the service refuses the next one, which then
        # waits again.
        self._overdue = self.requests.active is not None
        self.wake()

    def _lose(self, response_id: str | None) -> None:
        """The end of the active response has not come."""
        self._doubt = None
        active = self.requests.active
        if active is not None and active.id == response_id:
            self.requests.lose_active()
            self.wake()

    def _with_id(self, event: ClientMessage) -> ClientMessage:
        """The event with an `event_id`, by which its refusal is known."""
        fields = of_interest(event)
        if fields is None:
            return event
        event_id = fields.get("event_id")
        if not isinstance(event_id, str):
            event_id = self.new_id()
            fields = with_event_id(fields, event_id)
        self._cancels.append(event_id)
        return fields

    async def _send_waiting(self) -> None:
        try:
            while self._may_send:
                request = self.requests.waiting.popleft()
                try:
                    await self._send(request)
                except Exception as error:
                    _LOG.debug("a response could not be requested: %s", error)
                    request.fail(error)
        finally:
            self._sending = False

    async def _send(self, request: Request) -> None:
        request.sent = False
        self.heard()
        self.requests.start(request)
        try:
            await self._connection.send(request.event)
        except BaseException:
            self.requests.unsent(request)
            raise
        request.sent = True
        request.session = self._connection.session_id
        self.wake()
