"""Exponential backoff with jitter, and limits of attempts, rate and time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from voicelive._connection.clock import Clock, loop_time
from voicelive._errors import VoiceLiveError
from voicelive._retryable import LONGEST_RETRY_AFTER_SECONDS
from voicelive.resilience._attempts import Attempts

_T = TypeVar("_T")

OnWait = Callable[[VoiceLiveError, int, float], Awaitable[None]]
"""Callback before each delay: the error, the number of the next attempt, the delay."""

# Larger exponents overflow a float; the maximum is reached long before.
_LARGEST_EXPONENT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential backoff with full jitter.

    The delay before attempt n + 1 is random between 0 and
    `initial * factor ** (n - 1)` seconds, limited by `maximum`, so that clients that
    lost their connections simultaneously do not reconnect simultaneously. `Retry-After`
    of the service, up to a day, is added to the random delay.

    `stay_connected` counts attempts and time from the loss of a connection until the
    next stable one (`ReconnectPolicy.stable_seconds`), so that a service that accepts
    and drops connections is not retried endlessly.

    Attributes:
        initial: Limit of the first random delay, in seconds; 0.5 by default.
        factor: Growth of the limit per attempt; 2 by default.
        maximum: Limit of any random delay, in seconds; 30 by default.
        max_attempts: Limit of consecutive attempts; 8 by default, None for no limit.
        max_seconds: Time after the first failure after which no attempt is started, in
            seconds; 120 by default, None for no limit.
        max_per_minute: Limit of attempts within any 60 seconds; 20 by default, below
            the 30 new sessions a minute that the service allows for all clients of a
            resource. None for no limit.
        random: Returns a number from 0 to 1; `random.Random(seed).random` makes delays
            reproducible.
        sleep: Sleeps for a number of seconds; `asyncio.sleep` by default.
        clock: Monotonic time in seconds; that of the event loop by default.

    Raises:
        ValueError: A number is out of range.
    """

    initial: float = 0.5
    factor: float = 2.0
    maximum: float = 30.0
    max_attempts: int | None = 8
    max_seconds: float | None = 120.0
    max_per_minute: int | None = 20
    random: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    clock: Clock = loop_time

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.initial < 0 or self.maximum < 0 or self.factor < 1:
            raise ValueError("Backoff: initial and maximum are at least 0, factor 1")
        if self.max_attempts is not None and self.max_attempts < 1:
            raise ValueError("Backoff: max_attempts is at least 1")
        if self.max_per_minute is not None and self.max_per_minute < 1:
            raise ValueError("Backoff: max_per_minute is at least 1")

    def delay(self, failures: int, retry_after: float | None = None) -> float:
        """Return the delay before the next attempt, in seconds.

        Args:
            failures: Number of failed attempts, 1 or more.
            retry_after: Seconds of the `Retry-After` header, if there is one.
        """
        exponent = min(failures - 1, _LARGEST_EXPONENT)
        ceiling = min(self.maximum, self.initial * self.factor**exponent)
        asked = min(max(0.0, retry_after or 0.0), LONGEST_RETRY_AFTER_SECONDS)
        return asked + self.random() * ceiling

    async def call(
        self,
        attempt: Callable[[], Awaitable[_T]],
        *,
        after: VoiceLiveError | None = None,
        on_wait: OnWait | None = None,
        attempts: Attempts | None = None,
    ) -> _T:
        """Make attempts until one succeeds.

        Args:
            attempt: Makes one attempt. Only a `VoiceLiveError` whose `retryable` is
                true leads to another one.
            after: A previous failure, which delays the first attempt.
            on_wait: Called before each delay.
            attempts: Previous attempts of the same series; none by default.

        Raises:
            VoiceLiveError: The last failure, when a limit is reached.
        """
        attempts = attempts or Attempts()
        failure = after
        while True:
            now = self.clock()
            elapsed = attempts.begin(now)
            pause = attempts.wait_for_rate(now, self.max_per_minute)
            if failure is not None:
                made = attempts.made
                wait = max(pause, self.delay(max(made, 1), failure.retry_after))
                if self._is_over(made, elapsed + wait):
                    raise failure
                if on_wait is not None:
                    await on_wait(failure, made + 1, wait)
                await self.sleep(wait)
            elif pause:
                await self.sleep(pause)
            attempts.add(self.clock())
            try:
                return await attempt()
            except VoiceLiveError as error:
                if not error.retryable:
                    raise
                failure = error

    def _is_over(self, made: int, seconds: float) -> bool:
        return (self.max_attempts is not None and made >= self.max_attempts) or (
            self.max_seconds is not None and seconds > self.max_seconds
        )
