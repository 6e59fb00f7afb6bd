"""Benchmark of the CPU time that the account of a conversation adds to receiving.

Rounds with and without an account alternate in one process. The median round counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.lab import Lab, flood_server
from benchmarks.results import Figure

# Lengths of replies, in sentences of two seconds.
_SENTENCES = (1, 5)
# Ratio of the CPU time with an account to that without, by the length of replies.
_AT_MOST = {1: 1.4, 5: 1.25}


def measure(lab: Lab) -> Iterator[Figure]:
    """Measure the CPU time per event with an account, relative to without."""
    ours, events = lab.workers["ours"], lab.effort.receive_events
    with flood_server() as endpoint:
        for sentences in _SENTENCES:
            times: dict[bool, list[float]] = {False: [], True: []}
            for _ in range(lab.effort.receive_rounds + 1):
                for account, found in times.items():
                    timing = ours.time(
                        "receive_ours",
                        endpoint=endpoint,
                        query={"events": events, "sentences": sentences},
                        account=account,
                    )
                    found.append(timing.cpu_per_event)
            # The first round is a warm-up.
            plain, kept = (median(found[1:]) for found in times.values())
            yield Figure(
                "account",
                f"spoken replies of {2 * sentences} s, CPU time with/without",
                "",
                kept / plain,
                at_most=_AT_MOST[sentences],
                reference=("us per event without", plain * 1e6),
            )
