"""Names that are easily mistyped."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a suggestion to follow a message, such as `; did you mean "close"?`.

    Args:
        name: What somebody wrote.
        known: What there is.

    Returns:
        The suggestion; empty when nothing is close.
    """
    close = get_close_matches(name, list(known), 1)
    return f'; did you mean "{close[0]}"?' if close else ""


def check_known(field: str, name: str | None, known: Iterable[str]) -> None:
    """Reject a name that does not exist.

    Args:
        field: The field it was given in.
        name: The name; `None` is fine.
        known: The names that exist.

    Raises:
        ValueError: It is none of them.
    """
    names = list(known)
    if name is not None and name not in names:
        raise ValueError(f'{field}: unknown name "{name}"{did_you_mean(name, names)}')
