"""Catalogue of the journeys, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from voicelive_loadtest.callers.call import Call
from voicelive_loadtest.callers.journeys.quiet import (
    connect_and_leave,
    silent_line,
    text_only,
)
from voicelive_loadtest.callers.journeys.spoken import (
    barge_in,
    long_conversation,
    short_question,
)
from voicelive_loadtest.callers.journeys.tool import tool_call


@dataclass(frozen=True, slots=True)
class Journey:
    """A kind of call.

    Attributes:
        name: Name of the journey.
        weight: Relative frequency.
        run: Runs the journey on an open call.
        has_turns: Whether the caller asks for responses.
    """

    name: str
    weight: int
    run: Callable[[Call], Awaitable[None]]
    has_turns: bool = True


JOURNEYS: Mapping[str, Journey] = {
    journey.name: journey
    for journey in (
        Journey("short_question", 30, short_question),
        Journey("long_conversation", 30, long_conversation),
        Journey("barge_in", 10, barge_in),
        Journey("tool_call", 10, tool_call),
        Journey("text_only", 10, text_only),
        Journey("silent_line", 5, silent_line, has_turns=False),
        Journey("connect_and_leave", 5, connect_and_leave, has_turns=False),
    )
}
"""The default journeys."""


def parse_weights(text: str) -> dict[str, int]:
    """Parse journeys with weights, such as `short_question=3,barge_in`.

    The default weight is 1; omitted journeys are not run.

    Raises:
        ValueError: The text is empty, a journey is unknown, or a weight is not a
            positive integer.
    """
    weights: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = part.partition("=")
        if name not in JOURNEYS:
            known = ", ".join(JOURNEYS)
            raise ValueError(f"unknown journey {name!r}, expected one of {known}")
        if weight and (not weight.isdecimal() or int(weight) == 0):
            raise ValueError(f"{part!r}: the weight must be a positive integer")
        weights[name] = int(weight or 1)
    if not weights:
        raise ValueError("no journeys given")
    return weights
