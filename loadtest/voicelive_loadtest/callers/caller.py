"""Caller: makes calls until stopped, with backoff after failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random

from voicelive.aio import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionTimeout,
)
from voicelive.resilience import Backoff
from voicelive_core.close_codes import CloseCode
from voicelive_core.redaction import redacting_logger
from voicelive_loadtest.callers.call import Call, CallFailed
from voicelive_loadtest.callers.journeys import Journey
from voicelive_loadtest.callers.runtime import CallerRuntime
from voicelive_loadtest.callers.samples import Interval
from voicelive_loadtest.callers.settings import CallSettings

_INITIAL_BACKOFF_SECONDS = 1.0

logger = redacting_logger(__name__)


class Caller:
    """Makes one call after the other until stopped.

    Errors of the service are recorded as failures, and the caller retries: after the
    usual pause, or with exponential backoff if no session was established. Errors in
    the load test itself are failures too, with the name of the exception as the reason
    (`raised.TypeError`); the first one of each name is logged.

    Args:
        choose: Returns the journey of the next call.
        settings: Behaviour of the caller.
        runtime: State shared by the callers of this process.
        seed: Seed of the random choices.
    """

    def __init__(
        self,
        choose: Callable[[], Journey],
        settings: CallSettings,
        runtime: CallerRuntime,
        *,
        seed: int | None = None,
    ) -> None:
        self._choose = choose
        self._settings = settings
        self._runtime = runtime
        self._recorder = runtime.recorder
        self._rng = Random(seed)
        self._call: Call | None = None
        self._stopped = asyncio.Event()
        self._failed_attempts = 0
        # At least half of the limit: a refused caller that retries at once adds load.
        self._delays = Backoff(
            initial=_INITIAL_BACKOFF_SECONDS,
            maximum=settings.most_backoff,
            random=lambda: self._rng.uniform(0.5, 1.0),
        )

    def stop(self) -> None:
        """Finish the turn in progress, hang up and make no more calls."""
        self._stopped.set()
        if self._call is not None:
            self._call.stop()

    async def run(self, *, intended: float | None = None) -> None:
        """Make calls until stopped.

        On cancellation, the call in progress is closed with code 1001.

        Args:
            intended: Earliest start of the first call on the clock of
                `time.monotonic`; by default now. Starts of callers are staggered.
        """
        self._runtime.monitor.active += 1
        try:
            now = time.monotonic()
            due = self._runtime.begin_at(now if intended is None else intended)
            await self._rest(due - now)
            while not self._stopped.is_set():
                wait = await self._call_once(due)
                due = time.monotonic() + wait
                await self._rest(wait)
        finally:
            self._runtime.monitor.active -= 1

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            pass

    async def _call_once(self, intended: float) -> float:
        """Make a call; return the seconds until the next one."""
        self._runtime.mark_call()
        try:
            return await self._attempt(intended)
        finally:
            self._runtime.mark_call()

    async def _attempt(self, intended: float) -> float:
        recorder, settings = self._recorder, self._settings
        call: Call | None = None
        try:
            journey = self._choose()
            recorder.count(f"calls.{journey.name}")
            async with settings.connect() as connection:
                recorder.record(Interval.CONNECT, time.monotonic() - intended)
                call = Call(connection, settings, self._runtime, self._rng, intended)
                await self._hold(call, journey)
        except ConnectionFailed as failure:
            reason = _refusal_reason(failure)
            recorder.fail(Interval.CONNECT, reason)
            recorder.count(reason)
            return self._backoff(failure.retry_after)
        except Exception as error:
            self._raised(error, call)
            return self._backoff(None)
        if not call.ready:
            return self._backoff(None)
        self._failed_attempts = 0
        return settings.pause / self._runtime.speed

    async def _hold(self, call: Call, journey: Journey) -> None:
        recorder = self._recorder
        reading = asyncio.create_task(call.read())
        self._call = call
        self._runtime.calls += 1
        if self._stopped.is_set():
            call.stop()
        code = CloseCode.NORMAL
        try:
            await journey.run(call)
        except CallFailed as failure:
            self._failed(call, failure.reason, failure.counted)
        except ConnectionClosed as end:
            # The connection was lost while the journey was sending.
            self._failed(call, recorder.code("close", end.code), counted=False)
        except BaseException:
            code = CloseCode.GOING_AWAY
            call.abandon_turn()
            raise
        finally:
            self._call = None
            self._runtime.calls -= 1
            call.close_microphone()
            reading.cancel()
            if not call.connection.closed:
                recorder.count(f"close.local.{code}")
                await call.connection.close(code=code)
            await _ended(reading)

    def _failed(self, call: Call, reason: str, counted: bool) -> None:
        if not counted:
            self._recorder.fail(_interval(call), reason)

    def _raised(self, error: Exception, call: Call | None) -> None:
        """Record an error in the load test itself."""
        name = type(error).__name__
        self._recorder.fail(_interval(call), self._recorder.code("raised", name))
        if name not in self._runtime.logged_errors:
            self._runtime.logged_errors.add(name)
            logger.error("a caller raised an error", exc_info=error)

    def _backoff(self, asked: float | None) -> float:
        """Return the pause before a retry.

        Args:
            asked: `Retry-After` of the service in seconds, if there was one.
        """
        self._failed_attempts += 1
        asked = min(asked or 0.0, self._settings.most_backoff)
        return self._delays.delay(self._failed_attempts, asked) / self._runtime.speed


def _refusal_reason(failure: ConnectionFailed) -> str:
    if failure.status is not None:
        return f"refused.{failure.status}"
    if isinstance(failure, ConnectionTimeout):
        return "refused.timeout"
    return "refused.unreachable"


def _interval(call: Call | None) -> Interval:
    """Return the statistic that a failed call prevented."""
    if call is None:
        return Interval.CONNECT
    return Interval.TURN if call.ready else Interval.SESSION_READY


async def _ended(task: asyncio.Task[None]) -> None:
    """Wait for a cancelled task; raise its exception, if any."""
    await asyncio.wait((task,))
    if not task.cancelled():
        task.result()
