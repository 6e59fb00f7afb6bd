"""Supervisor: reads from the current connection and replaces it after a loss."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.receiving import yield_to_loop
from voicelive._errors import (
    ConnectionClosed,
    ConnectionLost,
    ConnectionTimeout,
    SessionRejected,
    VoiceLiveError,
)
from voicelive.resilience._attempts import Attempts
from voicelive.resilience._errors import ReconnectFailed
from voicelive.resilience._inbox import Inbox
from voicelive.resilience._outbox import Outbox
from voicelive.resilience._policy import ReconnectPolicy, notify
from voicelive.resilience._renewal import Pause, Renewal
from voicelive.resilience._report import ReconnectReport, dropped_audio
from voicelive.resilience._restore import Restored, restore
from voicelive.resilience._session_snapshot import SessionSnapshot, SessionTracker
from voicelive.resilience._tasks import BackgroundTasks
from voicelive.resilience._timers import SessionTimers
from voicelive_core.close_codes import CloseCode
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import ReceivedEvent, ResponseStatus, ServerEventType, peek

logger = redacting_logger(__name__)

Opened = AbstractAsyncContextManager[VoiceLiveConnection, None]
"""Context manager of a connection."""

Dial = Callable[[], Opened]
"""Factory of connections to the same endpoint."""


class Supervisor:
    """Reads from the current connection and replaces it after a loss.

    Args:
        dial: Creates a connection.
        policy: When to reconnect.
        tracker: Tracks the state of the session.
        inbox: Receives the events for the application.
        outbox: Sends events over the current connection.
        paused: Returns whether the wrappers allow to replace the connection now.

    Attributes:
        connection: The current connection; None while reconnecting.
        session_id: Id of the newest session.
        ended: The final error; None before the end.
        ended_normally: Whether the connection was closed without a failure.
        session_started: Set when the first session has begun, or at the end.
        report: The report of the last reconnect.
    """

    def __init__(
        self,
        dial: Dial,
        policy: ReconnectPolicy,
        tracker: SessionTracker,
        inbox: Inbox,
        outbox: Outbox,
        paused: Callable[[], bool],
    ) -> None:
        self._dial = dial
        self._policy = policy
        self._tracker = tracker
        self._inbox = inbox
        self._outbox = outbox
        self._paused = paused
        self.connection: VoiceLiveConnection | None = None
        self.session_id: str | None = None
        self.ended: ConnectionClosed | None = None
        self.ended_normally = False
        self.session_started = asyncio.Event()
        self.report: ReconnectReport | None = None
        self._opened: Opened | None = None
        self._stopping = False
        self._attempts = Attempts()
        self._connected_at = 0.0
        self._responded = False
        # Whether this side is closing the connection to replace it, and the error to
        # report; a renewal has none.
        self._given_up = False
        self._given_up_for: ConnectionClosed | None = None
        self._reader = BackgroundTasks()
        self._timers = SessionTimers(policy, tracker, self._may_renew, self._give_up)
        self._renewal = Renewal(
            self._may_renew, lambda reason: self._give_up(None, reason), policy.sleep
        )
        self._closers = BackgroundTasks()
        self._releasing = asyncio.Lock()

    async def start(self) -> None:
        """Open the first connection, with retries."""

        async def attempt() -> tuple[Opened, VoiceLiveConnection]:
            opened = self._dial()
            return opened, await opened.__aenter__()

        self._opened, connection = await self._policy.backoff.call(
            attempt, on_wait=self._announce, attempts=self._attempts
        )
        # Attempts are counted from the first loss.
        self._attempts.reset()
        await self._use(connection)
        self._reader.start(self._run(connection))

    async def stop(self, code: int, reason: str) -> None:
        """Close the connection and release all tasks and sockets."""
        was_stopping, self._stopping = self._stopping, True
        try:
            if self.connection is not None:
                await self.connection.close(code=code, reason=reason)
        except ValueError:
            self._stopping = was_stopping
            raise
        finally:
            if self._stopping:
                self._finish(ConnectionClosed(code, reason), normal=True)
                self._inbox.clear()
                await self._release()

    # --- reading -----------------------------------------------------------------

    async def _run(self, connection: VoiceLiveConnection) -> None:
        try:
            while True:
                loss = await self._read(connection)
                cause = self._given_up_for if self._given_up else loss
                if self._stopping:
                    return
                if cause is not None and not cause.retryable:
                    rejected = isinstance(cause, SessionRejected)
                    self._finish(
                        cause, normal=cause.code == CloseCode.NORMAL and not rejected
                    )
                    return
                # A connection that was given up to be renewed has not failed.
                if self._is_stable or cause is None:
                    self._attempts.reset()
                self._detach()
                connection = await self._replace(cause)
        except ReconnectFailed as error:
            self._finish(error)
        except asyncio.CancelledError:
            # Cancelled by `stop`, or by a callback: then end, so that no task hangs.
            if not self._stopping:
                self._finish(
                    ConnectionLost(CloseCode.ABNORMAL, "reading was cancelled")
                )
            raise
        except Exception as error:
            # End after any internal failure, so that no task hangs.
            logger.exception("reading has failed")
            self._finish(
                ConnectionLost(CloseCode.ABNORMAL, f"reading has failed: {error!r}")
            )

    async def _read(self, connection: VoiceLiveConnection) -> ConnectionClosed:
        while True:
            try:
                event = await connection.recv()
            except ConnectionClosed as error:
                return error
            if self._see(event, connection):
                await self._inbox.put(event)

    def _see(self, event: ReceivedEvent, connection: VoiceLiveConnection) -> bool:
        """Track an event; return whether to deliver it."""
        seen = peek(event)
        if seen.type == ServerEventType.SESSION_CREATED:
            self.session_id = connection.session_id
            self.session_started.set()
            self._timers.session_begins(connection.state.expires_at)
        elif seen.type == ServerEventType.RESPONSE_DONE:
            status = seen.text("response", "status")
            self._responded = self._responded or status == ResponseStatus.COMPLETED
        return self._tracker.observe(event)

    @property
    def _is_stable(self) -> bool:
        """Whether the connection counts as stable."""
        lived = self._policy.backoff.clock() - self._connected_at
        return self._responded or lived >= self._policy.stable_seconds

    # --- replacing ---------------------------------------------------------------

    def _detach(self) -> None:
        """Detach the connection and close it in the background."""
        self.connection = None
        self._given_up, self._given_up_for = False, None
        self._timers.cancel()
        if self._opened is not None:
            self._closers.start(_exit(self._opened))
            self._opened = None

    async def _replace(self, cause: ConnectionClosed | None) -> VoiceLiveConnection:
        clock = self._policy.backoff.clock
        started, old_id, attempts = clock(), self.session_id, 0
        snapshot = self._tracker.take_snapshot()
        self._outbox.lost(snapshot.unanswered)

        async def attempt() -> tuple[VoiceLiveConnection, Restored]:
            nonlocal attempts
            attempts += 1
            return await self._begin(snapshot)

        try:
            connection, restored = await self._policy.backoff.call(
                attempt,
                after=cause,
                on_wait=self._announce,
                attempts=self._attempts,
            )
        except Exception as error:
            # Credentials of the application may raise any exception.
            loss = cause or ConnectionClosed(CloseCode.NORMAL, "closed to be renewed")
            raise ReconnectFailed(loss, self._attempts.made, error) from error
        self._tracker.start_session(snapshot, restored.items)
        events = [event for event in restored.events if self._see(event, connection)]
        await self._use(connection)
        self.report = ReconnectReport(
            cause=cause,
            attempts=attempts,
            seconds=clock() - started,
            old_session_id=old_id,
            new_session_id=self.session_id,
            settings_restored=restored.settings,
            restored=[item["id"] for item in restored.items],
            renamed=restored.renamed,
            resent=len(snapshot.unanswered),
            dropped_audio_ms=(dropped_ms := self._outbox.dropped_ms()),
            kept_by_service=self._tracker.kept_by_service,
            reason="" if cause is not None else self._renewal.reason,
            not_restored=[
                *snapshot.not_restored,
                *restored.not_restored,
                *dropped_audio(dropped_ms),
            ],
        )
        logger.info("%s", self.report)
        await notify(self._policy.on_reconnected, self.report)
        self._renewal.connected(self.report)
        for event in events:
            if not self._stopping:  # the callback may have closed the connection
                await self._inbox.put(event)
        return connection

    async def _begin(
        self, snapshot: SessionSnapshot
    ) -> tuple[VoiceLiveConnection, Restored]:
        opened = self._dial()
        connection = await opened.__aenter__()
        limit = self._policy.restore_seconds
        try:
            async with asyncio.timeout(limit):
                restored = await restore(connection, snapshot)
        except BaseException as error:
            self._closers.start(_exit(opened))
            if isinstance(error, TimeoutError):
                raise ConnectionTimeout(
                    f"the session was not restored within {limit:g} s (restore_seconds)"
                ) from None
            raise
        self._opened = opened
        return connection, restored

    async def _use(self, connection: VoiceLiveConnection) -> None:
        self.connection = connection
        self._tracker.session = connection.state
        self._connected_at = self._policy.backoff.clock()
        self._responded = False
        self._timers.connected()
        await self._outbox.open(connection)

    async def _announce(
        self, error: VoiceLiveError, attempt: int, delay: float
    ) -> None:
        logger.warning("%s; attempt %d in %.1f s", error, attempt, delay)
        await notify(self._policy.on_reconnecting, error, attempt, delay)
        if self._stopping:
            raise asyncio.CancelledError  # the callback has closed the connection

    # --- giving up ---------------------------------------------------------------

    async def renew(self, reason: str, pause: Pause | None) -> ReconnectReport:
        """Replace the connection at the next pause; see `ReconnectingConnection`."""
        if self.ended is not None:
            await yield_to_loop()
            raise copy.copy(self.ended)
        if self._reader.running_here:
            raise RuntimeError(
                "renew() waits for a new connection, and the new connection for this "
                "callback: call it in a task"
            )
        return await self._renewal.request(reason, pause)

    def _may_renew(self) -> bool:
        connection = self.connection
        if connection is None or connection.closed or not connection.ready:
            return False
        backoff = self._policy.backoff
        # Wait for the rate limit while there still is a connection.
        wait = self._attempts.wait_for_rate(backoff.clock(), backoff.max_per_minute)
        return self._tracker.settled and wait <= 0 and self._paused()

    def _give_up(self, cause: ConnectionClosed | None, reason: str = "") -> None:
        """Close an open connection to replace it; a renewal has no cause."""
        if self.connection is not None and not self.connection.closed:
            self._given_up, self._given_up_for = True, cause
            self._closers.start(self.connection.close(reason=reason))

    # --- ending ------------------------------------------------------------------

    def _finish(self, error: ConnectionClosed, *, normal: bool = False) -> None:
        if self.ended is not None:
            return
        self.ended, self.ended_normally = error, normal
        self._outbox.end(error)
        self._inbox.end(error)
        self.session_started.set()
        self._timers.cancel()
        self._renewal.fail(error)

    async def _release(self) -> None:
        """Release all tasks and sockets."""
        async with self._releasing:
            self._reader.cancel()
            self._timers.stop()
            try:
                await self._reader.wait()
                await self._timers.wait()
                await self._renewal.wait()
            except asyncio.CancelledError:
                self._detach()
                await asyncio.sleep(0)  # only what has begun can drop its socket
                self._closers.cancel()
                raise
            finally:
                self._detach()
                await self._closers.wait()


async def _exit(opened: Opened) -> None:
    await opened.__aexit__(None, None, None)
