"""Settings of the interpreter for a process that does nothing but call."""

from __future__ import annotations

import gc
import sys

# Looking at so many takes about 2 ms.
_YOUNG_OBJECTS = 5_000
_SWITCH_SECONDS = 0.001


def tune_garbage_collection() -> None:
    """Let nothing stop all callers at once for long.

    A full garbage collection with 600 callers takes 100 ms, in which no frame leaves;
    there is little for it to find. And Locust's thread, which prints and sends, gives
    the interpreter back sooner than the usual 5 ms. Call it once, when a process of the
    load test begins; not from a library in somebody else's process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 100, 50)
    sys.setswitchinterval(_SWITCH_SECONDS)
