"""Rows and figures of a report, with their expectations."""

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
        group: Group of the row, such as `decode`.
        name: Name of the operation.
        unit: Unit of the three values.
        ours: Time of voicelive.
        bare: Time without a client library.
        official: Time of azure-ai-voicelive.
        expected: Expectations.
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
        """Create a row from the seconds of each candidate."""
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
        """Time of the official SDK relative to ours."""
        return self.official / self.ours

    @property
    def ours_to_bare(self) -> float:
        """Time of ours relative to bare."""
        return self.ours / self.bare

    @property
    def missed(self) -> list[str]:
        """The expectations that are not met."""
        return [e.text for e in self.expected if not e.holds(self)]

    def as_dict(self) -> dict[str, Any]:
        """Return the row for a JSON report."""
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
    """One measurement of the mock service or the load generator.

    Attributes:
        group: Group of the figure.
        name: Name of the figure.
        unit: Unit of the value and its bounds.
        value: The measured value.
        at_least: Expected minimum.
        at_most: Expected maximum.
        reference: Name and value of the reference.
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
        """The expectations as text."""
        bounds = ((">=", self.at_least), ("<=", self.at_most))
        return [f"{sign} {bound:g}" for sign, bound in bounds if bound is not None]

    @property
    def missed(self) -> list[str]:
        """The expectations that are not met."""
        low = self.at_least is not None and self.value < self.at_least
        high = self.at_most is not None and self.value > self.at_most
        return self.expected if low or high else []

    def as_dict(self) -> dict[str, Any]:
        """Return the figure for a JSON report."""
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
    """Expectation of a row.

    Attributes:
        text: The expectation as text.
        holds: Predicate of a row.
    """

    text: str
    holds: Callable[[Row], bool]


def faster_than_official(factor: float) -> Expectation:
    """Expect at least this ratio of the time of the official SDK."""
    text = f"official/ours >= {factor:g}"
    return Expectation(text, lambda row: row.official_to_ours >= factor)


def close_to_bare(factor: float) -> Expectation:
    """Expect at most this ratio to the time of bare."""
    text = f"ours/bare <= {factor:g}"
    return Expectation(text, lambda row: row.ours_to_bare <= factor)


def little_above_bare(extra: float, unit: Unit) -> Expectation:
    """Expect at most this much time more than bare."""
    text = f"ours <= bare + {extra:g} {unit}"
    return Expectation(text, lambda row: row.ours - row.bare <= extra)
