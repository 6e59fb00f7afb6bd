"""Validation of the fields of faults."""

from __future__ import annotations

from typing import Any

from msgspec import ValidationError, convert

_MAX_SECONDS = 86_400
"""The maximum of all times: a day."""


def check_type(name: str, value: object, kind: Any) -> None:
    """Raise if a value has the wrong type: msgspec validates only when decoding."""
    try:
        convert(value, kind)
    except ValidationError as error:
        raise ValueError(f"{name}: {str(error).lower()} ({value!r})") from None


def check_time(name: str, seconds: float | None) -> None:
    """Raise if a time is negative or above a day."""
    check_range(name, seconds, 0, _MAX_SECONDS)


def check_range(name: str, value: float | None, least: float, most: float) -> None:
    """Raise if a number is out of range."""
    # Also rejects NaN.
    if value is not None and not least <= value <= most:
        raise ValueError(f"{name}: expected {least:,g} to {most:,g}, not {value:g}")
