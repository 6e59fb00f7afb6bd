"""Load shapes as they are written in profiles."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Callers = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(ge=0)]
_Length = Annotated[float, msgspec.Meta(gt=0)]
_Rate = Annotated[float, msgspec.Meta(gt=0)]


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of all shapes."""


class Ramp(_Shape, frozen=True, tag="ramp"):
    """Callers are spawned evenly and stay.

    Attributes:
        users: Number of callers.
        ramp: Duration of spawning, in seconds.
        hold: Duration with all callers, in seconds.
    """

    users: _Callers
    ramp: _Seconds = 10.0
    hold: _Length = 50.0


class Soak(_Shape, frozen=True, tag="soak"):
    """A `Ramp` for hours, to detect leaks and slowdown.

    Attributes:
        users: Number of callers.
        ramp: Duration of spawning, in seconds.
        hold: Duration with all callers, in seconds.
    """

    users: _Callers
    ramp: _Seconds = 60.0
    hold: _Length = 3600.0


class Spike(_Shape, frozen=True, tag="spike"):
    """A sudden, temporary increase of callers.

    Attributes:
        users: Number of callers before and after the peak.
        spike: Number of callers at the peak.
        rate: Spawn rate per second.
        before: Duration before the peak, in seconds.
        hold: Duration of the peak, in seconds.
        after: Duration after the peak, in seconds.
    """

    users: _Callers
    spike: _Callers
    rate: _Rate = 50.0
    before: _Length = 20.0
    hold: _Length = 20.0
    after: _Length = 20.0

    def __post_init__(self) -> None:
        if self.spike <= self.users:
            raise ValueError("spike must be greater than users")


class Steps(_Shape, frozen=True, tag="steps"):
    """Increasing load, until a threshold breaks or the generator is the bottleneck.

    Attributes:
        users: Callers of the first step, and the increment of each step.
        most: Callers of the last step.
        rate: Spawn rate per second.
        settle: Seconds after spawning that are not judged.
        hold: Seconds that are judged.
        at_least: Required capacity; below, the run fails.
    """

    users: _Callers
    most: _Callers
    rate: _Rate = 10.0
    settle: _Seconds = 5.0
    hold: _Length = 30.0
    at_least: Annotated[int, msgspec.Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        if self.most < self.users:
            raise ValueError("most must be at least users")


class Search(Steps, frozen=True, tag="search"):
    """Search for the capacity: doubled load until a threshold breaks, then bisection.

    Attributes:
        users: Callers of the first step.
        most: Maximum number of callers.
        rate: Spawn rate per second.
        settle: Seconds after spawning that are not judged.
        hold: Seconds of each step that are judged.
        at_least: Required capacity; below, the run fails.
    """


Shape = Ramp | Soak | Spike | Steps | Search


def most_users(shape: Shape) -> int:
    """Return the maximum number of callers of a shape."""
    match shape:
        case Spike():
            return shape.spike
        case Steps():
            return shape.most
        case Ramp() | Soak():
            return shape.users


def planned_seconds(shape: Shape) -> float | None:
    """Return the duration of a shape; None if it depends on the measurements."""
    match shape:
        case Ramp() | Soak():
            return shape.ramp + shape.hold
        case Spike():
            spawning = (shape.users + shape.spike) / shape.rate
            return spawning + shape.before + shape.hold + shape.after
        case Steps():
            return None


def scaled(shape: Shape, users: int | None, seconds: float | None) -> Shape:
    """Return a shape scaled to another number of callers or duration.

    Args:
        shape: The shape.
        users: Maximum number of callers; a spike keeps its ratio. None for no change.
        seconds: Duration of the run, spawning included. None for no change.

    Raises:
        ValueError: The duration of steps cannot be set, or there are too few callers
            for a spike.
    """
    match shape:
        case Ramp() | Soak():
            users = users or shape.users
            if seconds is None:
                return type(shape)(users, shape.ramp, shape.hold)
            # Keep all callers for at least two thirds of the run.
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
                raise ValueError("the duration of steps cannot be set")
            most = users or shape.most
            return type(shape)(
                min(shape.users, most),
                most,
                shape.rate,
                shape.settle,
                shape.hold,
                shape.at_least,
            )
