"""Fixture: every test ends in time and releases tasks, sockets and threads."""

from __future__ import annotations

import asyncio
import gc
import os
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.event_loops import VirtualTimeLoop

LIMIT_SECONDS = 30.0
"""Most that a test may take, so that a deadlock is reported."""

# In virtual time a deadlock is reached at once, and a test may wait for hours.
_VIRTUAL_LIMIT_SECONDS = 7 * 86_400.0
_THREAD_SECONDS = 10.0
_DESCRIPTORS = Path("/dev/fd")


def open_sockets() -> set[int]:
    """Return the descriptors of all sockets of this process."""
    found = set()
    for entry in os.listdir(_DESCRIPTORS) if _DESCRIPTORS.exists() else []:
        try:
            mode = os.fstat(int(entry)).st_mode
        except OSError:
            continue  # the descriptor of the listing itself
        if stat.S_ISSOCK(mode):
            found.add(int(entry))
    return found


def new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that were started since and do not end."""
    # Threads of the default executor end with the event loop.
    began = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.name.startswith("asyncio_")
    ]
    if began:
        # A speech synthesizer of the mock service stops its thread when collected.
        gc.collect()
    for thread in began:
        thread.join(_THREAD_SECONDS)
    return [thread for thread in began if thread.is_alive()]


class _Limit:
    """Watchdog that cancels all tasks of a test that takes too long.

    Attributes:
        waited: Where each task was waiting.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.waited: list[str] = []
        self._loop = loop
        virtual = isinstance(loop, VirtualTimeLoop)
        seconds = _VIRTUAL_LIMIT_SECONDS if virtual else LIMIT_SECONDS
        self._timer = loop.call_later(seconds, self._stop)

    def lift(self) -> None:
        self._timer.cancel()

    def _stop(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            where = [f"{f.f_code.co_qualname}:{f.f_lineno}" for f in task.get_stack()]
            self.waited.append(f"{task.get_name()} in {' > '.join(where)}")
            task.cancel()


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    """Check that a test ends in time and releases tasks, sockets and threads.

    Callbacks must not fail in the event loop, which only logs their exceptions.
    """
    loop = asyncio.get_running_loop()
    sockets, threads = open_sockets(), set(threading.enumerate())
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: failures.append(context))
    limit = _Limit(loop)
    yield
    limit.lift()
    assert limit.waited == [], "the test took too long"
    for _ in range(3):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert open_sockets() == sockets
    assert new_threads(threads) == []
    assert failures == []
