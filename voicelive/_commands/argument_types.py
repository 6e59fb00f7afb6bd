"""Values of options."""

from __future__ import annotations

import argparse


def seconds(text: str) -> float:
    """Read a time limit.

    Raises:
        ArgumentTypeError: It is not above 0.
        ValueError: It is no number.
    """
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def device(text: str) -> int | str:
    """Read a device: its number, or part of its name."""
    return int(text) if text.isdecimal() else text
