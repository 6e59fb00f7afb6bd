"""Suggestions for mistyped names in error messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a suggestion to append to a message, such as `; did you mean 'model'?`.

    Args:
        name: The name that does not exist.
        known: The existing names.

    Returns:
        The suggestion; "" when no name is close.
    """
    close = get_close_matches(snake_case(name), list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def snake_case(name: str) -> str:
    """Convert a name from camelCase to snake_case."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
