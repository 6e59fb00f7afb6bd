"""Colours of a terminal, by ANSI escape sequences."""

from __future__ import annotations

import os
from typing import TextIO

_RESET = "\x1b[0m"
_CODES = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "cyan": "\x1b[36m",
}


def is_live(stream: TextIO) -> bool:
    """Return whether a stream is a terminal on which lines can be redrawn."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def has_colours(stream: TextIO) -> bool:
    """Return whether to colour the output to a stream.

    Terminals have colours unless `NO_COLOR` is set; `FORCE_COLOR` colours other outputs
    as well. Empty variables have no effect.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_live(stream)


class Style:
    """Colours text for a stream, or leaves it as it is.

    Args:
        stream: Output that the text is for.
    """

    def __init__(self, stream: TextIO) -> None:
        self._enabled = has_colours(stream)

    def __call__(self, text: str, *names: str) -> str:
        """Return a text in colours.

        Args:
            text: The text.
            names: bold, dim, red, green, yellow or cyan; can be combined.
        """
        if not self._enabled or not text or not names:
            return text
        return f"{''.join(_CODES[name] for name in names)}{text}{_RESET}"
