"""Capacity of the load generator: callers in real time on one core.

`voicelive load`, as people run it, and the plain thing beside it: a greenlet of gevent
that sends and one that receives for each caller, with websocket-client. Both send 50
frames of audio a second and get a spoken reply all the time, from a sink on the other
core that understands nothing. A frame is late by what passes between the time it was
planned for and the end of sending it. Linux only, since nothing else pins a process.
"""

from __future__ import annotations

from benchmarks.load.measure import measure

__all__ = ["measure"]
