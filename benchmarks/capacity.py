"""Search for the largest load that a limit allows."""

from __future__ import annotations

from collections.abc import Callable


def search(holds: Callable[[int], bool], start: int, step: int, most: int) -> int:
    """Return the largest load, to a multiple of a step, that holds.

    The load doubles until it does not hold, then the range is halved. A load that
    does not hold is tried twice, as other processes can spoil a try.

    Args:
        holds: Whether a load holds.
        start: The first load.
        step: The accuracy.
        most: The largest load to try.
    """

    def try_twice(load: int) -> bool:
        return holds(load) or holds(load)

    low, high = 0, start
    while high <= most and try_twice(high):
        low, high = high, high * 2
    high = min(high, most + step)
    while high - low > step:
        middle = low + max(step, (high - low) // 2 // step * step)
        if try_twice(middle):
            low = middle
        else:
            high = middle
    return low
