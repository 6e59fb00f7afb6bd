"""Type of an encoded event, without decoding the rest of it."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from voicelive_protocol import parse

_TYPE = re.compile(rb'"type":\s?"([^"]*)"')


class _Typed(msgspec.Struct):
    type: Any = None


def wire_type(frame: bytes) -> str:
    """Return the `type` of a frame of any origin; "" if it has none.

    Args:
        frame: The frame, valid or not.
    """
    try:
        found = parse(frame, _Typed).type
    except (ValueError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


def own_wire_type(frame: bytes) -> str:
    """Return the `type` of a frame of this service, which has it near the start.

    Args:
        frame: The frame; a fault may have damaged it.
    """
    found = _TYPE.search(frame)
    return found[1].decode(errors="replace") if found else ""
