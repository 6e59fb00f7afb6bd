"""Partial comparison of decoded JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def contains(value: Any, wanted: Any) -> bool:
    """Return whether a value contains another one.

    Objects may have additional keys, at every depth.

    Args:
        value: Decoded JSON.
        wanted: The value to look for. Lists must have the same length.
    """
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and contains(value[key], inner)
            for key, inner in wanted.items()
        )
    if isinstance(wanted, (list, tuple)):
        return (
            isinstance(value, list)
            and len(value) == len(wanted)
            and all(map(contains, value, wanted))
        )
    return bool(value == wanted)
