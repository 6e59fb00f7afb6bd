"""What was measured, and what was expected of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

Unit: TypeAlias = Literal["us", "ms"]

_PER_SECOND: dict[Unit, float] = {"us": 1e6, "ms": 1e3}


@dataclass(frozen=True)
class Row:
    """One measurement of the three candidates.

    Attributes:
        group: What the row belongs to, such as `decode`.
        name: What was done.
        unit: Unit of the three values.
        ours: Time that our code takes.
        bare: Time without a client library.
        official: Time that azure-ai-voicelive takes.
        expected: What should hold.
    """

    group: str
    name: str
    unit: Unit
    ours: float
    bare: float
    official: float
    expected: tuple[Expectation, ...]

    @classmethod
    def of(
        cls,
        group: str,
        name: str,
        unit: Unit,
        seconds: Mapping[str, float],
        *expected: Expectation,
    ) -> Self:
        """A row from the seconds that each candidate took."""
        factor = _PER_SECOND[unit]
        return cls(
            group,
            name,
            unit,
            ours=seconds["ours"] * factor,
            bare=seconds["bare"] * factor,
            official=seconds["official"] * factor,
            expected=expected,
        )

    @property
    def official_to_ours(self) -> float:
        """How many times faster ours is than the official SDK."""
        return self.official / self.ours

    @property
    def ours_to_bare(self) -> float:
        """How many times as long as bare ours takes."""
        return self.ours / self.bare

    @property
    def missed(self) -> list[str]:
        """The expectations that do not hold."""
        return [e.text for e in self.expected if not e.holds(self)]

    def as_dict(self) -> dict[str, Any]:
        """The row for a JSON report."""
        return {
            "group": self.group,
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "bare": self.bare,
            "official": self.official,
            "official_to_ours": self.official_to_ours,
            "ours_to_bare": self.ours_to_bare,
            "expected": [e.text for e in self.expected],
            "missed": self.missed,
        }


@dataclass(frozen=True)
class Figure:
    """One measurement of the mock service.

    Attributes:
        group: What the figure belongs to.
        name: What was measured.
        unit: Unit of the value, and of its bound.
        value: What it is.
        at_least: What it should reach.
        at_most: What it should not exceed.
        reference: What it is compared with, and the value of that.
    """

    group: str
    name: str
    unit: str
    value: float
    at_least: float | None = None
    at_most: float | None = None
    reference: tuple[str, float] | None = None

    @property
    def expected(self) -> list[str]:
        """What should hold, in the words of the table."""
        bounds = ((">=", self.at_least), ("<=", self.at_most))
        return [f"{sign} {bound:g}" for sign, bound in bounds if bound is not None]

    @property
    def missed(self) -> list[str]:
        """The expectations that do not hold."""
        low = self.at_least is not None and self.value < self.at_least
        high = self.at_most is not None and self.value > self.at_most
        return self.expected if low or high else []

    def as_dict(self) -> dict[str, Any]:
        """The figure for a JSON report."""
        return {
            "group": self.group,
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "reference": dict([self.reference]) if self.reference else None,
            "expected": self.expected,
            "missed": self.missed,
        }


@dataclass(frozen=True)
class Expectation:
    """Something that should hold for a row.

    Attributes:
        text: The expectation in the words of the table.
        holds: Whether a row fulfils it.
    """

    text: str
    holds: Callable[[Row], bool]


def faster_than_official(factor: float) -> Expectation:
    """At least that many times faster than the official SDK."""
    text = f"official/ours >= {factor:g}"
    return Expectation(text, lambda row: row.official_to_ours >= factor)


def close_to_bare(factor: float) -> Expectation:
    """At most that many times as long as bare."""
    text = f"ours/bare <= {factor:g}"
    return Expectation(text, lambda row: row.ours_to_bare <= factor)


def little_above_bare(extra: float, unit: Unit) -> Expectation:
    """At most that much longer than bare."""
    text = f"ours <= bare + {extra:g} {unit}"
    return Expectation(text, lambda row: row.ours - row.bare <= extra)
