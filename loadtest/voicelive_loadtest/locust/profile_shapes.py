"""The shapes of a load: how many callers, when, and for how long."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Callers = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(ge=0)]
_Length = Annotated[float, msgspec.Meta(gt=0)]
_Rate = Annotated[float, msgspec.Meta(gt=0)]


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What is the same in the files of all shapes."""


class Ramp(_Shape, frozen=True, tag="ramp"):
    """Callers come evenly, and stay.

    Attributes:
        users: How many.
        ramp: Seconds in which they come.
        hold: Seconds that all of them stay.
    """

    users: _Callers
    ramp: _Seconds = 10.0
    hold: _Length = 50.0


class Soak(_Shape, frozen=True, tag="soak"):
    """As `Ramp`, but for hours: what grows or gets slower with time shows.

    Attributes:
        users: How many.
        ramp: Seconds in which they come.
        hold: Seconds that all of them stay.
    """

    users: _Callers
    ramp: _Seconds = 60.0
    hold: _Length = 3600.0


class Spike(_Shape, frozen=True, tag="spike"):
    """Many more callers come at once, stay for a while, and leave again.

    Attributes:
        users: How many there are before and after.
        spike: How many there are at the peak.
        rate: How many come in a second when there are more.
        before: Seconds before the peak.
        hold: Seconds of the peak.
        after: Seconds after it.
    """

    users: _Callers
    spike: _Callers
    rate: _Rate = 50.0
    before: _Length = 20.0
    hold: _Length = 20.0
    after: _Length = 20.0

    def __post_init__(self) -> None:
        if self.spike <= self.users:
            raise ValueError("spike has to be more than users")


class Steps(_Shape, frozen=True, tag="steps"):
    """More callers step by step, until a threshold breaks or the generator gives up.

    Attributes:
        users: Callers of the first step, and how many more each step has.
        most: Callers of the last step.
        rate: How many come in a second.
        settle: Seconds after they have come that are not judged.
        hold: Seconds that are judged.
        at_least: How many have to hold; with fewer, the run has failed.
    """

    users: _Callers
    most: _Callers
    rate: _Rate = 10.0
    settle: _Seconds = 5.0
    hold: _Length = 30.0
    at_least: Annotated[int, msgspec.Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        if self.most < self.users:
            raise ValueError("most has to be at least users")


Shape = Ramp | Soak | Spike | Steps


def most_users(shape: Shape) -> int:
    """Return how many callers a shape has at most."""
    match shape:
        case Spike():
            return shape.spike
        case Steps():
            return shape.most
        case Ramp() | Soak():
            return shape.users


def scaled(shape: Shape, users: int | None, seconds: float | None) -> Shape:
    """Return a shape with another number of callers, or another length.

    Args:
        shape: The shape.
        users: Callers at most; a spike keeps its proportion. None for no change.
        seconds: Length of the run, coming and staying. None for no change.

    Raises:
        ValueError: Steps end by themselves and have no length, or there are too few
            callers for a spike.
    """
    match shape:
        case Ramp() | Soak():
            users = users or shape.users
            if seconds is None:
                return type(shape)(users, shape.ramp, shape.hold)
            # At least two thirds of a run are with all callers.
            ramp = min(shape.ramp, seconds / 3)
            return type(shape)(users, ramp, seconds - ramp)
        case Spike():
            whole = shape.before + shape.hold + shape.after
            factor = 1.0 if seconds is None else seconds / whole
            spike = users or shape.spike
            return Spike(
                max(1, round(shape.users * spike / shape.spike)),
                spike,
                shape.rate,
                shape.before * factor,
                shape.hold * factor,
                shape.after * factor,
            )
        case Steps():
            if seconds is not None:
                raise ValueError("steps end by themselves: leave out the length")
            most = users or shape.most
            return Steps(
                min(shape.users, most),
                most,
                shape.rate,
                shape.settle,
                shape.hold,
                shape.at_least,
            )
