"""Capacity of the mock service: the server on one core, the load on another.

The load comes from small programs with a minimal WebSocket implementation, so that they
need less CPU time than any server. They report their own lateness, since a load that
falls behind its schedule measures nothing. Linux only, as processes are pinned to
cores.

The reference is aimock from the npm registry, which has a realtime endpoint for text.
"""

from __future__ import annotations

from benchmarks.mock.measure import measure

__all__ = ["measure"]
