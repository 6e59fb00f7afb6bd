"""Benchmark of the CPU time that the account of a conversation adds to receiving.

Rounds with and without an account alternate in one process. The median of the ratios of
two consecutive rounds counts, which a change of the load of the machine hardly affects.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.lab import Lab, flood_server
from benchmarks.results import Figure

# Lengths of replies, in sentences of two seconds.
_SENTENCES = (1, 5)
# Ratio of the CPU time with an account to that without, by the length of replies.
_AT_MOST = {1: 1.35, 5: 1.2}


def measure(lab: Lab) -> Iterator[Figure]:
    """Measure the CPU time per event with an account, relative to without."""
    ours, events = lab.workers["ours"], lab.effort.receive_events
    with flood_server() as endpoint:
        for sentences in _SENTENCES:
            ratios, plain = list[float](), list[float]()
            for number in range(lab.effort.receive_rounds + 1):
                found: dict[bool, float] = {}
                # The order changes, because a round may benefit from the one before.
                for account in (False, True) if number % 2 else (True, False):
                    timing = ours.time(
                        "receive_ours",
                        endpoint=endpoint,
                        query={"events": events, "sentences": sentences},
                        account=account,
                    )
                    found[account] = timing.cpu_per_event
                if number:  # the first round is a warm-up
                    ratios.append(found[True] / found[False])
                    plain.append(found[False])
            yield Figure(
                "account",
                f"spoken replies of {2 * sentences} s, CPU time with/without",
                "",
                median(ratios),
                at_most=_AT_MOST[sentences],
                reference=("us per event without", median(plain) * 1e6),
            )
