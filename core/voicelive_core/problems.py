"""Values that do not fit their type: exceptions, reports, partial containers."""

from __future__ import annotations

import reprlib
from typing import Any

from msgspec import UNSET, Struct

MAX_PROBLEMS = 100
"""Limit of the problems that are reported for one event."""

# Values come from a peer: limit the length and the depth of what is shown.
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 4
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


class FieldProblem(Struct, frozen=True):
    """A value that does not fit its field.

    Attributes:
        path: The field, as `response.output[0].name`.
        expected: Description of the values that fit.
        value: The value, as decoded JSON; `UNSET` when the field is missing.
    """

    path: str
    expected: str
    value: Any

    def __str__(self) -> str:
        if self.value is UNSET:
            return f"{self.path} is missing"
        shown = _SHORT.repr(self.value)
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        return f"{self.path}: expected {self.expected}, got {shown}"

    def __repr__(self) -> str:
        return f"FieldProblem({self})"


class FieldError(ValueError):
    """A value does not fit its field.

    Attributes:
        path: The field with its outermost type, as `Type.field[0].field`.
        expected: Description of the values that fit.
        value: The value; `UNSET` if it is missing.
    """

    def __init__(self, path: str, expected: str, value: object) -> None:
        super().__init__(path, expected, value)
        self.path = path
        self.expected = expected
        self.value = value

    def __str__(self) -> str:
        return str(FieldProblem(self.path, self.expected, self.value))


class Problems:
    """The problems of one event, in the order of the fields."""

    def __init__(self) -> None:
        self.found: list[FieldProblem] = []

    def add(self, error: FieldError) -> None:
        """Add a problem with its path inside the event, up to `MAX_PROBLEMS`."""
        if len(self.found) < MAX_PROBLEMS:
            path = error.path.partition(".")[2]
            self.found.append(FieldProblem(path, error.expected, error.value))


class PartialList(list[Any]):
    """A list without the elements of its source that do not fit.

    Attributes:
        kept: For each element, its index in the source.
    """

    def __init__(self, items: list[Any], kept: list[int]) -> None:
        super().__init__(items)
        self.kept = kept


class PartialDict(dict[str, Any]):
    """A dict without the values of its source that do not fit.

    Attributes:
        left_out: The keys of those values.
    """

    def __init__(self, items: dict[str, Any], left_out: list[str]) -> None:
        super().__init__(items)
        self.left_out = left_out
