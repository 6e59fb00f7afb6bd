"""Suggestions for mistyped names, and their rejection."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from voicelive_core import suggest

did_you_mean = partial(suggest.did_you_mean, quote='"')
"""Returns a suggestion in the quotation marks of the messages of this package."""


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
