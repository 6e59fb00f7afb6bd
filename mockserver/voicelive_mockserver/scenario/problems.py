"""Errors in scenarios, with file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

FieldPath: TypeAlias = tuple[str | int, ...]
"""The path of a value in a document: keys of mappings and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in a scenario.

    Attributes:
        message: The message.
        path: The path of the field; empty for the whole document.
        line: The line in the file, counted from 1; `None` without a file.
    """

    message: str
    path: FieldPath = ()
    line: int | None = None

    @property
    def field(self) -> str:
        """The path as text, such as `turns[0].reply`."""
        text = "".join(
            f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path
        )
        return text.removeprefix(".")


class ScenarioError(ValueError):
    """A scenario is invalid.

    The message has one line per problem, with file, line, field and problem.

    Args:
        source: The file, or the name of the scenario.
        problems: The problems, at least one.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        """The file, or the name of the scenario."""
        self.problems = tuple(problems)
        """The problems, in the order of the file."""
        super().__init__("\n".join(map(self._described, self.problems)))

    def _described(self, problem: Problem) -> str:
        line = "" if problem.line is None else f":{problem.line}"
        field = f" {problem.field}:" if problem.path else ""
        return f"{self.source}{line}:{field} {problem.message}"


class UnreadableScenario(ScenarioError):
    """The file of a scenario does not exist or cannot be read."""
