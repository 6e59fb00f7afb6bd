"""Names and defaults of the fields of a struct."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct


@cache
def python_names(cls: type[Struct]) -> dict[str, str]:
    """Return the Python name of each field by its wire name."""
    return dict(zip(cls.__struct_encode_fields__, cls.__struct_fields__, strict=True))


def defaults(cls: type[Struct]) -> dict[str, Any]:
    """Return the default of each field by its Python name; `NODEFAULT` if required."""
    fields = cls.__struct_fields__
    values = (*(msgspec.NODEFAULT for _ in fields), *cls.__struct_defaults__)
    return dict(zip(fields, values[-len(fields) :] if fields else (), strict=True))
