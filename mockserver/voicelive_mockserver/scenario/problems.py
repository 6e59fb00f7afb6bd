"""What is wrong with a scenario, said so that it can be found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

FieldPath: TypeAlias = tuple[str | int, ...]
"""Where a value is in a document: keys of mappings and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        message: What it is.
        path: The field it is about; empty for the document as a whole.
        line: The line in the file, counted from 1; `None` when there is no file.
    """

    message: str
    path: FieldPath = ()
    line: int | None = None

    @property
    def field(self) -> str:
        """The field in the usual notation, such as `turns[0].reply`."""
        text = "".join(
            f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path
        )
        return text.removeprefix(".")


class ScenarioError(ValueError):
    """A scenario cannot be used.

    Its text has a line for each problem: file, line, field and what is wrong.

    Args:
        source: The file, or what stands for it.
        problems: What is wrong; at least one thing.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        """The file, or what stands for it."""
        self.problems = tuple(problems)
        """What is wrong, in the order of the file."""
        super().__init__("\n".join(map(self._described, self.problems)))

    def _described(self, problem: Problem) -> str:
        line = "" if problem.line is None else f":{problem.line}"
        field = f" {problem.field}:" if problem.path else ""
        return f"{self.source}{line}:{field} {problem.message}"
