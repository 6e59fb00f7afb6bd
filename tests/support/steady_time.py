"""An event loop whose clock stands still while the machine does.

A test in which client and service share an event loop cannot know how long the machine
leaves the process standing. On the usual clock, all timers that became due meanwhile
strike before anything that came in is looked at: a service that speaks in real time has
said everything before it hears the interruption, and who waits for an answer that lies
in the socket gives up.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Mapping

# What one pass of the event loop counts for at most, however long it takes. Not 0, as
# then no timeout would ever end a loop that never waits.
_PASS_S = 0.001
# What a wait counts for at most that no timer limits: until a thread is done, say.
_WAIT_S = 0.05


class SteadyLoop(asyncio.SelectorEventLoop):
    """Its time is the time that it has waited; work counts for next to nothing.

    A wait in which nothing comes takes as long as by any clock. When something has
    come, at most half of the time until the next timer has passed, however late it is:
    what follows from it at once is done before that timer strikes.
    """

    def __init__(self) -> None:
        self.now = time.monotonic()
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.now


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: SteadyLoop) -> None:
        super().__init__()
        self._owner = loop
        self._woke = time.monotonic()

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        began = time.monotonic()
        ready = super().select(timeout)
        if not ready and timeout:
            # What came while the machine stood still is there, though the wait is over.
            ready = super().select(0)
        woke = time.monotonic()
        if timeout is None:
            most = _WAIT_S
        else:
            most = timeout / 2 if ready else timeout
        self._owner.now += min(began - self._woke, _PASS_S) + min(woke - began, most)
        self._woke = woke
        return ready


def pytest_asyncio_loop_factories() -> Mapping[
    str, Callable[[], asyncio.AbstractEventLoop]
]:
    """The hook of pytest-asyncio; a folder whose `conftest.py` imports it uses it."""
    return {"steady": SteadyLoop}
