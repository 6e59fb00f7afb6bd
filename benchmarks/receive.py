"""Receiving events through a real socket, from a server in another process.

The median round counts, since the number of frames per read of the socket varies in
both directions.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.lab import Lab, Worker, flood_server
from benchmarks.results import Row, close_to_bare, faster_than_official
from benchmarks.timing import Timing


def measure(lab: Lab) -> Iterator[Row]:
    """Measure the CPU time of the client and the elapsed time, per event."""
    events = lab.effort.receive_events
    with flood_server() as endpoint:

        def measure_round(name: str, worker: Worker) -> Timing:
            return worker.time("receive", endpoint=endpoint, events=events)

        lab.alternate(1, measure_round)  # warm-up
        timings = lab.alternate(lab.effort.receive_rounds, measure_round)
    yield Row.of(
        "receive",
        "spoken replies, CPU time of the client",
        "us",
        {name: median(t.cpu_per_event for t in ts) for name, ts in timings.items()},
        faster_than_official(7),
        close_to_bare(1.3),
    )
    yield Row.of(
        "receive",
        "spoken replies, time that passes",
        "us",
        {name: median(t.wall_per_event for t in ts) for name, ts in timings.items()},
    )
