"""Garbage collector settings for a process that only runs the server."""

from __future__ import annotations

import gc

_YOUNG_OBJECTS = 50_000


def tune_collector() -> None:
    """Make garbage collections rare.

    Sessions create few reference cycles, and a full collection pauses all of them. Call
    this once, when the server has started; never in a process of an application.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 50, 50)
