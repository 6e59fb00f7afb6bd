"""Registry of the open sessions: creates, lists and closes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from voicelive_core.close_codes import CloseCode, can_be_sent
from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine import SessionEngine
from voicelive_mockserver.engine.errors import error_body
from voicelive_mockserver.engine.handshake import AcceptedHandshake, FailedHandshake
from voicelive_mockserver.faults import HandshakePlan
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.journal.journals import Journals
from voicelive_mockserver.server.metrics import Metrics
from voicelive_mockserver.server.options import check_number
from voicelive_mockserver.server.scopes import Scope
from voicelive_mockserver.server.session_driver import SessionDriver
from voicelive_mockserver.server.session_factory import SessionFactory, SessionSetup
from voicelive_mockserver.websocket import (
    UpgradeRequest,
    WebSocket,
    text_header,
)
from voicelive_mockserver.websocket.timer import CoalescingTimer
from voicelive_protocol import ServerEventError, encode

logger = redacting_logger(__name__)


class SessionRegistry:
    """The open sessions of a server.

    Args:
        journals: Records the frames of the sessions.
        metrics: Counts sessions and frames.
        clock: Returns the time in Unix seconds.
        worker: The number of this worker, counted from 0.
        workers: The number of workers.
        session_seconds: The maximum duration of a session, in seconds at speed 1.
        fatal_close_code: The close code after fatal errors without a known one.

    Raises:
        TypeError: `session_seconds` or `fatal_close_code` is not a number.
        ValueError: `session_seconds` is not positive, or the close code is invalid.
    """

    def __init__(
        self,
        journals: Journals,
        metrics: Metrics,
        clock: Callable[[], float],
        *,
        worker: int,
        workers: int,
        session_seconds: float,
        fatal_close_code: int,
    ) -> None:
        check_number("session_seconds", session_seconds, above=0)
        check_number("fatal_close_code", fatal_close_code, whole=True)
        if not can_be_sent(fatal_close_code):
            raise ValueError(
                f"fatal_close_code: {fatal_close_code} is not a valid close code"
            )
        self._journals = journals
        self._metrics = metrics
        self._clock = clock
        self._worker = worker
        self._workers = workers
        self._session_seconds = session_seconds
        self._fatal_close_code = fatal_close_code
        self._ordinal = worker
        self._sessions: dict[str, SessionDriver] = {}
        self._timer: CoalescingTimer | None = None

    @property
    def sessions(self) -> Mapping[str, SessionDriver]:
        """The open sessions by identifier."""
        return MappingProxyType(self._sessions)

    def start(self) -> None:
        """Start the timer of the sessions, in the running event loop."""
        self._timer = CoalescingTimer(asyncio.get_running_loop())

    def stop(self) -> None:
        """Stop the timer of the sessions."""
        if self._timer is not None:
            self._timer.stop()

    def reset(self) -> None:
        """Number the next sessions from the beginning."""
        self._ordinal = self._worker

    async def close_all(self, reason: str, test: str = "") -> None:
        """Close all sessions with close code 1001 and wait until they have ended.

        Args:
            reason: The close reason.
            test: Close only the sessions of this test; "" for all.
        """
        closings = [
            session.close(CloseCode.GOING_AWAY, reason)
            for session in self._sessions.values()
            if test in ("", session.journal.test)
        ]
        await asyncio.gather(*closings, return_exceptions=True)

    def open(
        self,
        accepted: AcceptedHandshake,
        plan: HandshakePlan,
        websocket: WebSocket,
        scope: Scope,
        test: str,
    ) -> None:
        """Start a session on a WebSocket.

        Args:
            accepted: The result of the handshake.
            plan: The handshake plan of the connection.
            websocket: The connection.
            scope: The settings of the session.
            test: The test that the client named; "" for none.
        """
        assert self._timer is not None
        factory = scope.factory
        setup = factory.prepare(
            plan,
            accepted.model,
            scope.sources.engine,
            self._session_seconds,
            self._fatal_close_code,
        )
        engine = self._engine(accepted, setup, factory)
        journal = self._journals.open(
            engine.id, accepted.model.name, accepted.api_version, test=test
        )
        journal.watch = setup.watch
        driver = SessionDriver(
            engine,
            websocket,
            self._timer,
            journal,
            self._metrics,
            factory.speed,
            setup.stage,
            self._on_end(engine.id, journal, setup, factory),
        )
        factory.faults.join(plan.number, setup.stage, driver.elapsed, driver.wake)
        self._sessions[engine.id] = driver
        self._metrics.sessions += 1
        logger.info(
            "session opened",
            extra={
                "session": engine.id,
                "model": journal.model,
                "api_version": journal.api_version,
            },
        )
        driver.start()

    def fail(
        self,
        failed: FailedHandshake,
        plan: HandshakePlan,
        request: UpgradeRequest,
        websocket: WebSocket,
        test: str,
    ) -> None:
        """Send an error instead of creating a session, and close the WebSocket.

        Args:
            failed: The result of the handshake.
            plan: The handshake plan of the connection.
            request: The request of the client.
            websocket: The connection.
            test: The test that the client named; "" for none.
        """
        error = failed.error
        # Without a session there is no event identifier.
        frame = encode(
            {
                "event_id": None,
                "type": ServerEventError.type,
                **error_body(error, None),
            }
        )
        query = request.query
        # The connections of all workers are numbered without collisions.
        number = (plan.number - 1) * self._workers + self._worker + 1
        journal = self._journals.open(
            "", query.get("model", ""), query.get("api-version", ""), number, test=test
        )
        journal.record(0.0, frame, from_client=False)
        self._metrics.sent([frame], len(frame))
        logger.info("session refused", extra={"reason": error.message})
        websocket.write(text_header(len(frame)) + frame)
        websocket.close(self._fatal_close_code, error.message)
        journal.close_code = self._fatal_close_code

    def _engine(
        self,
        accepted: AcceptedHandshake,
        setup: SessionSetup,
        factory: SessionFactory,
    ) -> SessionEngine:
        engine = SessionEngine(
            setup.model,
            accepted.api_version,
            setup.sources,
            seed=factory.seed,
            ordinal=self._ordinal,
            started_at=self._clock(),
            agent=accepted.agent,
            features=accepted.features,
            session_seconds=setup.seconds,
            fatal_close_code=self._fatal_close_code,
            require_configuration=factory.require_configuration,
        )
        # The ordinals in between belong to the other workers.
        self._ordinal += self._workers
        return engine

    def _on_end(
        self,
        session_id: str,
        journal: SessionJournal,
        setup: SessionSetup,
        factory: SessionFactory,
    ) -> Callable[[], None]:
        """Return the callback for the end of a session."""
        began = time.monotonic()

        def ended() -> None:
            # After a reset, another session may have the same identifier.
            session = self._sessions.get(session_id)
            if session is not None and session.journal is journal:
                del self._sessions[session_id]
            self._journals.session_ended()
            factory.faults.leave(setup.stage)
            setup.report(session_id)
            seconds = round(time.monotonic() - began, 3)
            logger.info(
                "session closed",
                extra={
                    "session": session_id,
                    "code": journal.close_code,
                    "seconds": seconds,
                },
            )

        return ended
