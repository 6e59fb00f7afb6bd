"""Errors of the compiler, with file and JSON Pointer."""

from __future__ import annotations

from collections.abc import Iterable


class SchemaError(Exception):
    """The schema cannot be compiled.

    Attributes:
        file: Name of the offending file, relative to the schema folder.
        pointer: JSON Pointer into that file ("" is the whole document).
        reason: The reason, in one sentence.
    """

    def __init__(self, file: str, pointer: str, reason: str) -> None:
        self.file = file
        self.pointer = pointer
        self.reason = reason
        super().__init__(f"{file}#{pointer}: {reason}")


def json_pointer(parts: Iterable[str | int]) -> str:
    """Return the JSON Pointer for a path of keys and indexes."""
    escaped = (str(p).replace("~", "~0").replace("/", "~1") for p in parts)
    return "".join(f"/{part}" for part in escaped)
