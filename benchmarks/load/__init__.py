"""Capacity of the load generator: callers in real time on one core.

`voicelive load` is compared with a minimal load generator: two gevent greenlets per
caller, for sending and receiving, with websocket-client. Both send 50 audio frames a
second and receive a continuous spoken reply from a sink on the other core, which does
not parse its input. The lateness of a frame is the time from its schedule to the end of
sending. Linux only, as processes are pinned to cores.
"""

from __future__ import annotations

from benchmarks.load.measure import measure

__all__ = ["measure"]
