"""Engine of one session: dispatch of client events, configuration phase, lifetime."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.defaults import FATAL_CLOSE_CODE
from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.client_handlers import ResponseIsFinishing
from voicelive_mockserver.engine.configuration import ConfigurationPhase, unconfigured
from voicelive_mockserver.engine.context_builder import new_context
from voicelive_mockserver.engine.dispatch import RequestDispatcher
from voicelive_mockserver.engine.errors import (
    RequestError,
    error_body,
    rejected,
)
from voicelive_mockserver.engine.event_routing import DataChannel
from voicelive_mockserver.engine.models import ServiceModel
from voicelive_mockserver.engine.outbox import FrameSummary
from voicelive_mockserver.engine.request_queue import RequestQueue, processing_seconds
from voicelive_mockserver.engine.requests import (
    MAX_REQUEST_BYTES,
    decode_request,
    is_missing_offer,
    may_be_long,
    read_append,
    rejection,
)
from voicelive_mockserver.engine.session import (
    SESSION_SECONDS,
    SessionRules,
    shown_session,
)
from voicelive_mockserver.engine.sources import EngineSources
from voicelive_protocol import (
    ClientEvent,
    ClientEventInputAudioBufferAppend,
    InvalidClientEvent,
    ServerEventSessionCreated,
)

logger = redacting_logger(__name__)


@dataclass(frozen=True, slots=True)
class Closing:
    """The close of the connection after the end of a session.

    Attributes:
        code: The close code.
        reason: The close reason.
    """

    code: int
    reason: str


class SessionEngine:
    """Sans-I/O state machine of the server side of one session.

    The driver passes the frames of the client (`receive`) and the time (`advance`), and
    takes the frames for the client (`take`). Times are seconds since the session began,
    at the pace of the real service; a driver may scale them, or pass infinity to run
    everything at once. The same seed and the same input at the same times give the same
    bytes.

    Args:
        model: The model that serves the session.
        api_version: The API version of the connection.
        sources: The responder, transcriber, synthesizer and MCP host.
        seed: The seed of the server.
        ordinal: The number of the session on its server, counted from 0.
        started_at: The start of the session, in Unix seconds.
        agent: The agent that replies instead of the model, if any.
        features: The features that the connection requested.
        session_seconds: The maximum duration of the session, in seconds.
        fatal_close_code: The close code after fatal errors without a known one.
        require_configuration: Whether the first message must be a `session.update`.
    """

    __slots__ = (
        "_context",
        "_data_channel",
        "_dispatcher",
        "_fatal_close_code",
        "_item_ack",
        "_phase",
        "_processing_seconds",
        "_queue",
        "_rules",
        "_scheduler",
        "_stalled",
        "closing",
    )

    def __init__(
        self,
        model: ServiceModel,
        api_version: str,
        sources: EngineSources,
        *,
        seed: int,
        ordinal: int,
        started_at: float,
        agent: Agent | None = None,
        features: frozenset[str] = frozenset(),
        session_seconds: float = SESSION_SECONDS,
        fatal_close_code: int = FATAL_CLOSE_CODE,
        require_configuration: bool = True,
    ) -> None:
        self.closing: Closing | None = None
        """The close after the last frame; `None` while the session is open."""
        self._rules = SessionRules(
            model,
            api_version,
            features,
            session_seconds,
            None if agent is None else agent.voice_temperature,
        )
        context = self._context = new_context(
            model,
            self._rules,
            sources,
            seed=seed,
            ordinal=ordinal,
            started_at=started_at,
            agent=agent,
        )
        scheduler = self._scheduler = context.scheduler
        latency = model.pipeline.latency
        phase = self._phase = ConfigurationPhase(required=require_configuration)
        queue = self._queue = RequestQueue(scheduler, latency.session_created)
        self._dispatcher = RequestDispatcher(
            context, self._rules, sources, phase, queue
        )
        self._data_channel = DataChannel()
        self._stalled = False
        self._fatal_close_code = fatal_close_code
        self._processing_seconds = processing_seconds(latency)
        self._item_ack = latency.item_ack
        scheduler.call_at(latency.session_created, self._greet)

    @property
    def id(self) -> str:
        """The identifier of the session."""
        identifier: str = self._context.session["id"]
        return identifier

    @property
    def api_version(self) -> str:
        """The API version of the connection."""
        return self._context.api_version

    @property
    def now(self) -> float:
        """The seconds since the start of the session."""
        return self._scheduler.now

    @property
    def expires_at(self) -> float:
        """The expiry of the session, in seconds since its start."""
        return self._rules.seconds

    @property
    def next_due(self) -> float | None:
        """The time of the next action of `advance`, in seconds; `None` for never.

        It does not include the expiry of the session: see `expires_at`.
        """
        return None if self.closing else self._scheduler.next_due

    @property
    def waiting(self) -> int:
        """The number of queued requests."""
        return len(self._queue)

    @property
    def taken(self) -> FrameSummary:
        """The summary of the frames that `take` returned last."""
        return self._context.outbox.taken

    def receive(self, frame: bytes, now: float, until: float = -inf) -> None:
        """Receive a frame of the client.

        Requests take effect in order, each after its processing time.

        Args:
            frame: The payload of a text message, valid or not.
            now: The seconds since the start of the session. Actions due by then run
                first.
            until: Actions due by then run afterwards, as with `advance`.
        """
        scheduler = self._scheduler
        if now > scheduler.now:
            self.advance(now)
        if self.closing is not None:
            return
        scheduler.open(until)
        try:
            self._receive(frame)
        except Exception as problem:
            self._contain(problem)
        finally:
            scheduler.close()
        if until > now and (
            scheduler.next_due is not None or scheduler.now >= self._rules.seconds
        ):
            self.advance(until)

    def advance(self, now: float) -> None:
        """Run the actions that are due.

        Args:
            now: The seconds since the start of the session. Infinity runs all actions,
                as long as the frames are taken.
        """
        scheduler = self._scheduler
        if now < self._rules.seconds:
            if self.closing is None:
                self._run(now)
            return
        if self.closing is None:
            self._run(now if now == inf else self._rules.seconds)
        # With infinity, the session may have run past its maximum duration.
        if self.closing is None and scheduler.now >= self._rules.seconds:
            self.expire()

    def expire(self) -> None:
        """End the session because of its maximum duration."""
        self._end(rejected("session_expired", minutes=self._rules.seconds / 60), None)

    def take(self) -> list[bytes]:
        """Return the queued frames for the client, and resume production."""
        frames = self._context.outbox.take()
        scheduler = self._scheduler
        if scheduler.holding and not self._stalled:
            scheduler.release()
        if frames and self._context.rtc_call.is_live:
            return self._data_channel.divert(frames, self.taken)
        return frames

    def take_data_channel(self) -> list[bytes]:
        """Return the queued frames for the data channel of a WebRTC call."""
        return self._data_channel.take()

    def stall(self, stalled: bool) -> None:
        """Pause or resume the content of responses, because of a slow reader.

        Requests are still answered; a paused response can be cancelled.

        Args:
            stalled: Whether to pause the content.
        """
        self._stalled = stalled
        if stalled:
            self._scheduler.hold()
        else:
            self._scheduler.release()

    def _greet(self) -> None:
        self._context.outbox.event(
            ServerEventSessionCreated.type,
            {"session": shown_session(self._context.session)},
        )

    def _receive(self, frame: bytes) -> None:
        if self._phase.is_over and self._queue.is_idle:
            # The most frequent case by far: audio while no request is queued.
            audio = read_append(frame)
            if audio is not None:
                kind = ClientEventInputAudioBufferAppend.type
                self._attempt(kind, None, self._dispatcher.input_audio.append, audio)
                return
        if len(frame) > MAX_REQUEST_BYTES and not may_be_long(frame):
            error = rejected("request_too_long", size=len(frame))
            self._queue.add(0.0, self._reject_frame, error, None, None)
            return
        try:
            event = decode_request(frame, self._context.api_version)
        except InvalidClientEvent as problem:
            if is_missing_offer(problem, self._context.api_version):
                self._queue.add(0.0, self._context.rtc_call.connect, "")
                return
            error, event_id = rejection(problem), problem.event_id
            event_type = problem.event_type
            self._queue.add(0.0, self._reject_frame, error, event_id, event_type)
            return
        delay = self._processing_seconds.get(event.type, self._item_ack)
        self._queue.add(delay, self._handle, event, frame)

    def _handle(self, event: ClientEvent, frame: bytes) -> None:
        event_id = event.event_id if isinstance(event.event_id, str) else None
        if not self._phase.accepts(event.type):
            self._reject(unconfigured(event.type), event_id)
            return
        try:
            self._attempt(event.type, event_id, self._dispatcher.dispatch, event, frame)
        except ResponseIsFinishing:
            self._queue.suspend(partial(self._handle, event, frame))
            self._dispatcher.responses.when_idle(self._queue.resume)

    def _attempt(
        self,
        event_type: str,
        event_id: str | None,
        action: Callable[..., None],
        *arguments: Any,
    ) -> None:
        """Run the handler of an event; an exception becomes an `error` event."""
        try:
            action(*arguments)
        except ResponseIsFinishing:
            raise
        except RequestError as error:
            self._reject(error, event_id)
        except Exception:
            # A bug in the mock service must not end the session.
            logger.exception("%s failed", event_type)
            self._reject(rejected("internal_error"), event_id)

    def _run(self, until: float) -> None:
        """Run the actions that are due, also after one that fails."""
        while True:
            try:
                self._scheduler.run(until)
            except Exception as problem:
                self._contain(problem)
            else:
                return

    def _contain(self, problem: Exception) -> None:
        """Send a `server_error` for an exception outside of requests.

        A bug in the mock service must not end the session.
        """
        logger.error("session %s: an action failed", self.id, exc_info=problem)
        if self.closing is None:
            error = error_body(rejected("internal_error"), None)
            self._context.outbox.error(error)

    def _reject_frame(
        self, error: RequestError, event_id: str | None, event_type: str | None
    ) -> None:
        """Reject a frame that cannot be decoded."""
        accepted = self._phase.accepts(event_type)
        self._reject(error if accepted else unconfigured(event_type), event_id)

    def _reject(self, error: RequestError, event_id: str | None) -> None:
        error = self._phase.failed(error)
        if error.fatal:
            self._end(error, event_id)
        else:
            self._context.outbox.error(error_body(error, event_id))

    def _end(self, error: RequestError, event_id: str | None) -> None:
        """Send a fatal error and cancel everything that is scheduled."""
        self._context.outbox.error(error_body(error, event_id))
        close_code = error.close_code or self._fatal_close_code
        self.closing = Closing(close_code, error.message)
        self._scheduler.clear()
        self._queue.clear()
