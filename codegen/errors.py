"""What stops a build, and where it is."""

from __future__ import annotations


class SchemaError(Exception):
    """The schema cannot be compiled.

    Attributes:
        file: Name of the offending file, relative to the schema folder.
        pointer: JSON Pointer into that file ("" is the whole document).
        reason: What is wrong, in one sentence.
    """

    def __init__(self, file: str, pointer: str, reason: str) -> None:
        self.file = file
        self.pointer = pointer
        self.reason = reason
        super().__init__(f"{file}#{pointer}: {reason}")
