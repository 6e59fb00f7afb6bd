"""Timers of a session: warning before its end, renewal, stalled responses."""

from __future__ import annotations

from collections.abc import Callable

from voicelive._errors import ConnectionClosed, ConnectionLost
from voicelive.resilience._policy import ReconnectPolicy, notify
from voicelive.resilience._session_snapshot import SessionTracker
from voicelive.resilience._tasks import BackgroundTasks
from voicelive_core.close_codes import CloseCode

# Longest sleep before the clock is read again: it may be adjusted, or the machine may
# be suspended.
_MAX_SLEEP_SECONDS = 30.0

PAUSE_POLL_SECONDS = 0.5
"""Interval of checks whether the session is idle."""

_LAST_SECONDS = 5.0
"""Time before the end of a session at which it is renewed without a pause."""


class SessionTimers:
    """Warns before the end of a session, renews it, and detects stalled responses.

    Args:
        policy: Times and callbacks.
        tracker: State of the session.
        may_renew: Returns whether to replace the connection now.
        give_up: Replaces the connection; gets the error, or None for a renewal.
    """

    def __init__(
        self,
        policy: ReconnectPolicy,
        tracker: SessionTracker,
        may_renew: Callable[[], bool],
        give_up: Callable[[ConnectionClosed | None], None],
    ) -> None:
        self._policy = policy
        self._tracker = tracker
        self._may_renew = may_renew
        self._give_up = give_up
        self._tasks = BackgroundTasks()
        # Callbacks outlive the session, which they may renew.
        self._callbacks = BackgroundTasks()

    def connected(self) -> None:
        """Start the timers of a connection."""
        if self._policy.stall_seconds is not None:
            self._tasks.start(self._watch_stall(self._policy.stall_seconds))

    def session_begins(self, expires_at: float | None) -> None:
        """Start the timers of a session.

        Args:
            expires_at: End of the session as Unix time; by default it ends after the
                `session_seconds` of the policy.
        """
        policy = self._policy
        end = expires_at
        if end is None:
            end = policy.clock() + policy.session_seconds
        self._tasks.start(self._warn(end))
        if policy.renew_seconds is not None:
            # Prevents replacing short sessions in a loop.
            earliest = policy.clock() + policy.stable_seconds
            begin = max(end - policy.renew_seconds, earliest)
            self._tasks.start(self._renew(begin, end - _LAST_SECONDS))

    def cancel(self) -> None:
        """Cancel all timers, but not callbacks that they have called."""
        self._tasks.cancel()

    def stop(self) -> None:
        """Cancel all timers and callbacks."""
        self._tasks.cancel()
        self._callbacks.cancel()

    async def wait(self) -> None:
        """Wait for all timers and callbacks."""
        try:
            await self._tasks.wait()
        finally:
            await self._callbacks.wait()

    async def _warn(self, expires_at: float) -> None:
        policy = self._policy
        await self._sleep_until(expires_at - policy.warn_seconds)
        left = max(0.0, expires_at - policy.clock())
        self._callbacks.start(notify(policy.on_expiring, left))

    async def _renew(self, begin: float, latest: float) -> None:
        policy = self._policy
        await self._sleep_until(begin)
        while not self._may_renew() and policy.clock() < latest:
            await policy.sleep(PAUSE_POLL_SECONDS)
        self._give_up(None)

    async def _watch_stall(self, seconds: float) -> None:
        responses = self._tracker.session.responses
        while True:
            before, was_pending = self._tracker.received, responses.pending
            await self._policy.sleep(seconds)
            stalled = self._tracker.received == before
            if was_pending and responses.pending and stalled:
                break
        self._give_up(
            ConnectionLost(CloseCode.ABNORMAL, f"stalled: no event for {seconds:g} s")
        )

    async def _sleep_until(self, moment: float) -> None:
        while (left := moment - self._policy.clock()) > 0:
            await self._policy.sleep(min(left, _MAX_SLEEP_SECONDS))
