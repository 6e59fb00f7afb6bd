"""JSON of which only a few values change: encoded once, then filled in."""

from __future__ import annotations

from typing import Any

import msgspec

from voicelive_protocol import encode

__all__ = ["NUMBER", "VALUE", "encode", "json_form", "members"]

# No JSON contains the two bytes, so what they stand for cannot be mistaken.
VALUE = msgspec.Raw(b"\0")
"""Leaves a value of a form open: JSON, to be filled in as `bytes`."""

NUMBER = msgspec.Raw(b"\1")
"""Leaves a whole number of a form open."""


def json_form(value: Any) -> bytes:
    """Return the JSON of something, with places left open.

    Args:
        value: Anything that has a JSON form, with `VALUE` and `NUMBER` inside.

    Returns:
        What becomes JSON with `form % (value, ...)`, the values in their order.
    """
    form = encode(value).replace(b"%", b"%%")
    return form.replace(VALUE, b"%b").replace(NUMBER, b"%d")


def members(value: dict[str, Any]) -> bytes:
    """Return the JSON of an object without its braces."""
    return encode(value)[1:-1]
