"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a suggestion to append to a message, such as `; did you mean "close"?`.

    Args:
        name: The unknown name.
        known: The valid names.

    Returns:
        The suggestion; empty if no name is similar.
    """
    close = get_close_matches(name, list(known), 1)
    return f'; did you mean "{close[0]}"?' if close else ""


def check_known(field: str, name: str | None, known: Iterable[str]) -> None:
    """Reject an unknown name.

    Args:
        field: The field that has the name.
        name: The name; `None` is valid.
        known: The valid names.

    Raises:
        ValueError: The name is unknown.
    """
    names = list(known)
    if name is not None and name not in names:
        raise ValueError(f'{field}: unknown name "{name}"{did_you_mean(name, names)}')
