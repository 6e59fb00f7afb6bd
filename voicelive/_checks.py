"""Checks of arguments, with errors that name the argument and the value."""

from __future__ import annotations

import math
from typing import Any


def check_text(name: str, value: object) -> None:
    """Check a text.

    Raises:
        TypeError: It is not a string.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} takes a string, not {value!r}")


def check_flag(name: str, value: object) -> None:
    """Check a flag.

    Raises:
        TypeError: It is neither True nor False.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} takes True or False, not {value!r}")


def check_seconds(name: str, value: object, *, zero: bool = True) -> None:
    """Check a duration.

    Args:
        name: Name of the argument.
        value: The duration in seconds.
        zero: Whether 0 is allowed.

    Raises:
        TypeError: It is not a number.
        ValueError: It is negative or not finite, or 0 if that is not allowed.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} takes a number of seconds, not {value!r}")
    if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        limit = "0 or more" if zero else "more than 0"
        raise ValueError(f"{name} must be {limit} seconds, not {value!r}")


def check_function(name: str, value: object) -> None:
    """Check a function.

    Raises:
        TypeError: It cannot be called.
    """
    if not callable(value):
        raise TypeError(f"{name} takes a function, not {value!r}")


def check_instance(name: str, value: object, *kinds: type[Any]) -> None:
    """Check the type of a value.

    Raises:
        TypeError: It is not an instance of one of the types.
    """
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name} takes a {names}, not {value!r}")
