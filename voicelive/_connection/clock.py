"""Clock of the client: the time of the running event loop.

The client measures durations with `loop_time` and waits with `asyncio.sleep`,
`asyncio.timeout`, `asyncio.wait` and `loop.call_later`, never with `time`. So the event
loop is the injected clock: on a loop with a virtual clock the client runs in virtual
time, and no constructor takes a clock for this purpose.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
"""Returns a monotonic time in seconds, from any start; `loop_time` by default."""

wall_time_ns = time.time_ns
"""Return the time in nanoseconds since 1970, for timestamps in telemetry."""


def loop_time() -> float:
    """Return the time of the running event loop in seconds.

    Raises:
        RuntimeError: Called outside of an event loop, such as in another thread.
    """
    return asyncio.get_running_loop().time()
