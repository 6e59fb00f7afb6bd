"""Argument types for argparse: durations and audio devices."""

from __future__ import annotations

import argparse


def seconds(text: str) -> float:
    """Parse a duration in seconds.

    Raises:
        ArgumentTypeError: The value is not above 0.
        ValueError: The text is not a number.
    """
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def device(text: str) -> int | str:
    """Parse an audio device: an index, or a substring of its name."""
    return int(text) if text.isdecimal() else text
