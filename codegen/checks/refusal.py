"""Errors at a place inside a definition."""

from __future__ import annotations

from typing import NoReturn

from codegen.errors import SchemaError, json_pointer
from codegen.source import Definition


def refuse(
    definition: Definition, where: tuple[str | int, ...], reason: str
) -> NoReturn:
    """Raise the error for a place inside a definition."""
    at = json_pointer(("$defs", definition.name, *where))
    raise SchemaError(f"{definition.topic}.json", at, reason)
