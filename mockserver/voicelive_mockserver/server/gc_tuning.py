"""Settings of the interpreter for a process that does nothing but serve."""

from __future__ import annotations

import gc

_YOUNG_OBJECTS = 50_000


def tune_collector() -> None:
    """Make the garbage collector rare.

    Sessions make few cycles, and every full collection stops all of them for as long
    as it takes to look at everything there is. Call it once, when the server is up;
    not from a library in somebody else's process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 50, 50)
