"""The interface of a fuzz target, and the form of a case."""

from __future__ import annotations

from random import Random
from typing import Any, Protocol

Case = dict[str, Any]
"""The input of one run as JSON. `steps` is a list, which can be made shorter."""


class Target(Protocol):
    """Something that is fuzzed."""

    name: str

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        ...

    def run(self, case: Case) -> None:
        """Run a case.

        Raises:
            Finding: An oracle objects to what happened.
        """
        ...
