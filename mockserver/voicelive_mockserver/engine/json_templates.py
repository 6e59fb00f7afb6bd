"""JSON templates: encoded once, filled in for each event."""

from __future__ import annotations

from typing import Any

import msgspec

from voicelive_core.json import encode_plain as encode

__all__ = ["NUMBER", "VALUE", "encode", "json_form", "members"]

# JSON never contains these two bytes, so the placeholders are unambiguous.
VALUE = msgspec.Raw(b"\0")
"""Placeholder of a value, filled in as JSON `bytes`."""

NUMBER = msgspec.Raw(b"\1")
"""Placeholder of an integer."""


def json_form(value: Any) -> bytes:
    """Return a JSON template.

    Args:
        value: A value that can be encoded as JSON, with `VALUE` and `NUMBER` inside.

    Returns:
        The template; `form % (value, ...)` gives the JSON, with the values in order.
    """
    form = encode(value).replace(b"%", b"%%")
    return form.replace(VALUE, b"%b").replace(NUMBER, b"%d")


def members(value: dict[str, Any]) -> bytes:
    """Return the JSON of an object without its braces."""
    return encode(value)[1:-1]
