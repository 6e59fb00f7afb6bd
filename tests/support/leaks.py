"""A fixture: no test leaves anything behind, and none goes on for ever."""

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

LIMIT_S = 30.0
"""No test may take longer; one that waits for nothing would take for ever."""

_THREAD_S = 10.0
_DESCRIPTORS = Path("/dev/fd")


def open_sockets() -> set[int]:
    """The descriptors of all sockets of this process."""
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
    """The threads that have begun since and do not end."""
    # Those of the default executor belong to the event loop, which ends them later.
    began = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.name.startswith("asyncio_")
    ]
    if began:
        # A voice of the mock service keeps its thread for as long as it exists.
        gc.collect()
    for thread in began:
        thread.join(_THREAD_S)
    return [thread for thread in began if thread.is_alive()]


class _Limit:
    """Cancels everything when a test takes too long, and remembers who waited."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.waited: list[str] = []
        self._loop = loop
        self._timer = loop.call_later(LIMIT_S, self._stop)

    def lift(self) -> None:
        self._timer.cancel()

    def _stop(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            where = [f"{f.f_code.co_qualname}:{f.f_lineno}" for f in task.get_stack()]
            self.waited.append(f"{task.get_name()} in {' > '.join(where)}")
            task.cancel()


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    """Every test is also one of ending in time, and of releasing all it has used.

    That is tasks, sockets and threads; and no callback may fail in the event loop,
    where nobody would notice.
    """
    loop = asyncio.get_running_loop()
    sockets, threads = open_sockets(), set(threading.enumerate())
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: failures.append(context))
    limit = _Limit(loop)
    yield
    limit.lift()
    assert limit.waited == [], f"not done after {LIMIT_S:g} s"
    for _ in range(3):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert open_sockets() == sockets
    assert new_threads(threads) == []
    assert failures == []
