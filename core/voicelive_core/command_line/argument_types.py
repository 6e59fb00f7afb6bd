"""Argument types for argparse, whose errors show the value and what is expected."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TypeVar

_N = TypeVar("_N", int, float)

_MOST_PORT = 65535
_MAX_SHOWN = 60


def shown(text: str) -> str:
    """Return a value in quotes for a message, shortened."""
    text = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
    return repr(text)


def positive_number(text: str) -> float:
    """Parse a number above 0, which may be `inf`.

    Raises:
        ArgumentTypeError: The text is not such a number.
    """
    value = _number(float, text)
    if value is None or not value > 0:
        raise argparse.ArgumentTypeError(
            f"expected a number above 0, not {shown(text)}"
        )
    return value


def seconds(text: str) -> float:
    """Parse a duration in seconds, which is above 0 and finite.

    Raises:
        ArgumentTypeError: The text is not such a number.
    """
    value = _number(float, text)
    if value is None or not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(
            f"expected a number of seconds above 0, not {shown(text)}"
        )
    return value


def integer(text: str) -> int:
    """Parse a whole number.

    Raises:
        ArgumentTypeError: The text is not a whole number.
    """
    value = _number(int, text)
    if value is None:
        raise argparse.ArgumentTypeError(f"expected a whole number, not {shown(text)}")
    return value


def at_least(least: int) -> Callable[[str], int]:
    """Return an argument type for whole numbers with a minimum."""

    def parse(text: str) -> int:
        value = _number(int, text)
        if value is None or value < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least}, not {shown(text)}"
            )
        return value

    return parse


def between(least: int, most: int) -> Callable[[str], int]:
    """Return an argument type for whole numbers in a range."""

    def parse(text: str) -> int:
        value = _number(int, text)
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} to {most}, not {shown(text)}"
            )
        return value

    return parse


def port(text: str) -> int:
    """Parse a port to listen on; 0 is a free one.

    Raises:
        ArgumentTypeError: The text is not a port.
    """
    value = _number(int, text)
    if value is None or not 0 <= value <= _MOST_PORT:
        raise argparse.ArgumentTypeError(
            f"expected a port from 0 to {_MOST_PORT}, not {shown(text)}"
        )
    return value


def host(text: str) -> str:
    """Parse an address to listen on: a host name or an IP address.

    Raises:
        ArgumentTypeError: The text cannot be one.
    """
    try:
        text.encode("idna")
        is_name = bool(text) and text.isprintable() and " " not in text
    except UnicodeError:
        is_name = False
    if not is_name:
        raise argparse.ArgumentTypeError(
            f"expected a host name or an IP address, not {shown(text)}"
        )
    return text


def _number(kind: Callable[[str], _N], text: str) -> _N | None:
    try:
        return kind(text)
    except ValueError:
        return None
