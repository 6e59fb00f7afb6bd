"""Event loop in virtual time: its clock advances only while all tasks sleep."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


# From this jump of the clock on, a socket is given the time to become readable.
_LARGE_JUMP_SECONDS = 1.0


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Event loop in which sleeping takes no time, though its clock advances.

    Args:
        settle_seconds: Real time in which a socket of this process may still become
            readable before the clock jumps by more than 1 s; 0 by default.
    """

    def __init__(self, *, settle_seconds: float = 0.0) -> None:
        self.now = 0.0
        super().__init__(_Selector(self, settle_seconds))

    def time(self) -> float:
        return self.now


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop, settle_seconds: float) -> None:
        super().__init__()
        self._owner = loop
        self._settle_seconds = settle_seconds

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
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
