"""Capacity of the mock service: the server on one core, the load on another.

The load comes from small programs of our own that speak just enough WebSocket, so that
they are cheaper than any server. They say how late they were themselves: a load that
limps measures nothing. Linux only, since nothing else pins a process to a core.

The reference is aimock from the npm registry, which has a realtime endpoint for text.
"""

from __future__ import annotations

from benchmarks.mock.measure import measure

__all__ = ["measure"]
