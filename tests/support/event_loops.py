"""Event loops with a controlled clock: virtual, and steady for real sockets.

All time in the client comes from the event loop, so a test controls time by its loop.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

_Ready = list[tuple[selectors.SelectorKey, int]]

# From this jump of the virtual clock on, a socket is given the time to become readable.
_LARGE_JUMP_SECONDS = 1.0
# That time, for tests marked with `virtual_time(sockets=True)`.
_SETTLE_SECONDS = 0.1
# Most that one pass of the steady loop counts for, however long it takes. With 0,
# a loop that never waits would have no timeouts.
_MAX_PASS_SECONDS = 0.001
# Most that a wait without a timer counts for, such as for a thread.
_MAX_WAIT_SECONDS = 0.05


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Event loop whose clock jumps to the next timer as soon as all tasks wait.

    For code without sockets, such as a client with a `MemoryTransport`. A task that
    never waits, such as a loop around `sleep(0)`, stops the clock.

    Args:
        settle_seconds: Real time in which a socket of this process may still become
            readable before the clock jumps by more than 1 s; 0 by default.
    """

    def __init__(self, *, settle_seconds: float = 0.0) -> None:
        self.now = 0.0
        super().__init__(_VirtualSelector(self, settle_seconds))

    def time(self) -> float:
        return self.now


class _VirtualSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop, settle_seconds: float) -> None:
        super().__init__()
        self._owner = loop
        self._settle_seconds = settle_seconds

    def select(self, timeout: float | None = None) -> _Ready:
        # Without a timer there are only other threads and sockets to wait for.
        ready = super().select(0 if timeout is not None else 5)
        if not ready and self._settle_seconds and (timeout or 0) > _LARGE_JUMP_SECONDS:
            ready = super().select(self._settle_seconds)
        if not ready and timeout:
            self._owner.now += timeout
        return ready


def run_virtual(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


class SteadyLoop(asyncio.SelectorEventLoop):
    """Event loop in real time whose clock does not count pauses of the machine.

    For tests in which client and service share a loop. On the usual clock all timers
    that became due during a pause run before anything that was received meanwhile.

    A wait in which nothing arrives takes its real time; computing counts for almost
    nothing. When something arrives, at most half of the time until the next timer has
    passed, so everything that follows from it is handled before that timer runs.
    """

    def __init__(self) -> None:
        self.now = time.monotonic()
        super().__init__(_SteadySelector(self))

    def time(self) -> float:
        return self.now


class _SteadySelector(selectors.DefaultSelector):
    def __init__(self, loop: SteadyLoop) -> None:
        super().__init__()
        self._owner = loop
        self._woke = time.monotonic()

    def select(self, timeout: float | None = None) -> _Ready:
        began = time.monotonic()
        ready = super().select(timeout)
        if not ready and timeout:
            # Data that arrived during a pause is readable, though the wait has ended.
            ready = super().select(0)
        woke = time.monotonic()
        if timeout is None:
            most = _MAX_WAIT_SECONDS
        else:
            most = timeout / 2 if ready else timeout
        passed = min(began - self._woke, _MAX_PASS_SECONDS) + min(woke - began, most)
        self._owner.now += passed
        self._woke = woke
        return ready


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Select the loop of a test; a hook for the `conftest.py` of a folder."""
    marker = item.get_closest_marker("virtual_time")
    if marker is not None:
        settle = _SETTLE_SECONDS if marker.kwargs.get("sockets") else 0.0
        return {"virtual": lambda: VirtualTimeLoop(settle_seconds=settle)}
    return {"steady": SteadyLoop}
