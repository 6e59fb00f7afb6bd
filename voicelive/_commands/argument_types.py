"""Helpers for argparse: argument types, wrapped descriptions."""

from __future__ import annotations

import argparse
import textwrap


def wrap(text: str) -> str:
    """Wrap a description, which `RawDescriptionHelpFormatter` leaves as it is."""
    return textwrap.fill(text, 78)


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
