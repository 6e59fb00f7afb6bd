"""Argument types of the commands."""

from __future__ import annotations

import argparse
from pathlib import Path

from voicelive_core.command_line.argument_types import shown

_TRANSCRIPT_SUFFIXES = (".vtt", ".txt", ".json")


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
            f"expected a file name that ends in {', '.join(_TRANSCRIPT_SUFFIXES)}, "
            f"not {shown(text)}"
        )
    return path
