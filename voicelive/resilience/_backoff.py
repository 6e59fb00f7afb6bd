"""Backoff: waits between attempts, their number, rate and limit in time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from voicelive._errors import VoiceLiveError
from voicelive._retryable import LONGEST_RETRY_AFTER_SECONDS
from voicelive.resilience._attempts import Attempts

_T = TypeVar("_T")

OnWait = Callable[[VoiceLiveError, int, float], Awaitable[None]]
"""Called before each wait: what failed, the number of the coming attempt, the delay."""

# A larger exponent overflows a float, and any maximum is reached long before.
_LARGEST_EXPONENT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits that grow from attempt to attempt, and differ from client to client.

    Before attempt n + 1 the wait is anything from 0 to `initial * factor ** (n - 1)`
    seconds, but not above `maximum` ("full jitter"), so that clients which have lost
    their connections at the same moment do not come back at the same moment. What the
    service asks for in `Retry-After` is waited in any case, up to a day, and the random
    wait comes on top of it.

    `stay_connected` counts attempts and time from the loss of a connection until the
    next one holds (`ReconnectPolicy.stable_seconds`), so that a service which accepts
    connections and drops them is not tried for ever.

    Attributes:
        initial: Longest first wait, in seconds; 0.5 by default.
        factor: How much longer each further wait may be; 2 by default.
        maximum: Longest random wait, in seconds; 30 by default.
        max_attempts: How many attempts to make in a row; 8 by default, None for any
            number.
        max_seconds: No attempt begins later than this many seconds after the start; 120
            by default, None for no limit.
        max_per_minute: How many attempts may be made within any 60 seconds; 20 by
            default, below the 30 new sessions a minute that the service allows for all
            clients of a resource. None for any number.
        random: Gives a number from 0 to 1; `random.Random(seed).random` makes the waits
            repeatable.
        sleep: Waits for a number of seconds; `asyncio.sleep` by default.
        clock: Seconds since any moment; `time.monotonic` by default.

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
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.initial < 0 or self.maximum < 0 or self.factor < 1:
            raise ValueError("Backoff: initial and maximum are at least 0, factor 1")
        if self.max_attempts is not None and self.max_attempts < 1:
            raise ValueError("Backoff: max_attempts is at least 1")
        if self.max_per_minute is not None and self.max_per_minute < 1:
            raise ValueError("Backoff: max_per_minute is at least 1")

    def delay(self, failures: int, retry_after: float | None = None) -> float:
        """Seconds to wait after so many failures.

        Args:
            failures: How many attempts have failed, 1 or more.
            retry_after: Seconds that the service asked to wait.
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
            attempt: Makes one attempt. What it raises ends the attempts unless it is an
                error of this package whose `retryable` is true.
            after: A failure that has happened before. The first attempt waits for it,
                too.
            on_wait: Called before each wait.
            attempts: Those made before, which count too; none by default.

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
