"""Suggestions for mistyped names in error messages."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], *, quote: str = "'") -> str:
    """Return a suggestion to append to a message, such as `; did you mean 'model'?`.

    Args:
        name: The unknown name.
        known: The known names.
        quote: Quotation mark around the suggestion; "" for none.

    Returns:
        The suggestion; "" if no name is similar.
    """
    # Deferred import: only errors need it.
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), 1)
    return f"; did you mean {quote}{close[0]}{quote}?" if close else ""


def snake_case(name: str) -> str:
    """Convert a name from camelCase, as in the JavaScript SDK, to snake_case."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
