"""Helpers for argparse: argument types, wrapped descriptions."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

_TRANSCRIPT_SUFFIXES = (".vtt", ".txt", ".json")


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


def transcript_file(text: str) -> Path:
    """Parse the path of a transcript, whose suffix decides about the format.

    Raises:
        ArgumentTypeError: The suffix is unknown.
    """
    path = Path(text)
    if path.suffix.lower() not in _TRANSCRIPT_SUFFIXES:
        raise argparse.ArgumentTypeError(
            f"must end in {', '.join(_TRANSCRIPT_SUFFIXES)}"
        )
    return path
