"""Profiles: load shape, journeys, settings and thresholds of a run.

A profile is a TOML file. Built-in profiles are selected by name.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import msgspec

from voicelive_loadtest.callers.journeys import JOURNEYS
from voicelive_loadtest.callers.samples import GENERATOR, Interval
from voicelive_loadtest.locust.profile_shapes import Shape
from voicelive_loadtest.results.thresholds import Thresholds, TimeLimits

_Seconds = Annotated[float, msgspec.Meta(ge=0)]
_Length = Annotated[float, msgspec.Meta(gt=0)]
_Weight = Annotated[int, msgspec.Meta(ge=1)]


class ProfileError(ValueError):
    """A profile cannot be used. The message names file, key and value."""


class CallerOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Behaviour of the callers, named as the options; None for their default.

    Attributes:
        turns: Turns of a long call.
        think: Pause between a response and the next turn, in seconds.
        pause: Pause between two calls of a caller, in seconds.
        tool: Duration of a tool call, in seconds.
        turn_limit: Time limit of a turn, in seconds.
    """

    turns: Annotated[int, msgspec.Meta(ge=1)] | None = None
    think: _Seconds | None = None
    pause: _Seconds | None = None
    tool: _Seconds | None = None
    turn_limit: _Length | None = None


class GeneratorOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the generator, beyond which a run is invalid.

    Attributes:
        lateness_ms: Limit of the 99th percentile of frame lateness and event loop lag,
            in milliseconds.
        cpu: Limit of the mean share of a core per process.
    """

    lateness_ms: _Length | None = None
    cpu: _Length | None = None


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A profile.

    Attributes:
        about: Purpose, in one line.
        shape: Load shape; None for `--users`, `--spawn-rate` and `--run-time`.
        journeys: Weights of the journeys; empty for the defaults.
        calls: Behaviour of the callers.
        generator: Limits of the generator.
        thresholds: Thresholds of the run.
    """

    about: str = ""
    shape: Shape | None = None
    journeys: dict[str, _Weight] = {}
    calls: CallerOptions = CallerOptions()
    generator: GeneratorOptions = GeneratorOptions()
    thresholds: Thresholds = Thresholds()

    def __post_init__(self) -> None:
        for name in self.journeys:
            if name not in JOURNEYS:
                known = ", ".join(JOURNEYS)
                raise ValueError(
                    f"journeys: unknown journey {name!r}, expected one of {known}"
                )
        for interval in self.thresholds.ms:
            if interval in GENERATOR:
                raise ValueError(
                    f"thresholds.ms: {str(interval)!r} is a statistic of the "
                    "generator; set generator.lateness_ms"
                )

    def options(self) -> dict[str, Any]:
        """Return the values that the profile sets, by the names of the options."""
        found = {
            "turns": self.calls.turns,
            "think": self.calls.think,
            "pause": self.calls.pause,
            "tool": self.calls.tool,
            "turn_limit": self.calls.turn_limit,
            "most_lateness": self.generator.lateness_ms,
            "most_cpu": self.generator.cpu,
            "journeys": ",".join(f"{name}={w}" for name, w in self.journeys.items()),
        }
        return {name: value for name, value in found.items() if value not in (None, "")}


def profile_names() -> list[str]:
    """Return the names of the built-in profiles."""
    folder = files("voicelive_loadtest") / "profiles"
    names = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if "." in name)


def load_profile(name: str) -> Profile:
    """Read a profile.

    Args:
        name: Name of a built-in profile, or path of a file.

    Raises:
        ProfileError: The profile is missing or invalid.
    """
    known = profile_names()
    try:
        if name in known:
            source = files("voicelive_loadtest") / "profiles" / f"{name}.toml"
            text = source.read_text("utf-8")
        else:
            text = Path(name).read_text("utf-8")
    except FileNotFoundError:
        raise ProfileError(
            f"{name}: neither a file nor a built-in profile ({', '.join(known)})"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{name}: {error}") from None
    return parse_profile(text, name)


def parse_profile(text: str, name: str) -> Profile:
    """Parse a profile.

    Args:
        text: Content of the file.
        name: Name of the file, for errors.

    Raises:
        ProfileError: The profile is invalid.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{name}: {error}") from None
    try:
        return msgspec.convert(content, Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(f"{name}: {_explain(str(error), content)}") from None


# Tables with arbitrary keys, whose names msgspec leaves out of its errors.
_TABLES: dict[str, Any] = {"journeys": _Weight, "thresholds.ms": TimeLimits}


def _explain(message: str, content: dict[str, Any]) -> str:
    """Return an error of msgspec as key, value and reason."""
    found = re.fullmatch(r"(.*?) - at (`key` in )?`\$\.?(.*?)`", message, re.S)
    if found is None:
        return message
    reason, is_key, path = found.groups()
    if not path:
        return reason
    if is_key:
        return f"{path}: {reason}, expected one of {', '.join(Interval)}"
    table, in_table, _ = path.partition("[...]")
    value = _look_up(content, table)
    if in_table:
        for key, entry in value.items():
            try:
                msgspec.convert(entry, _TABLES[table])
            except msgspec.ValidationError as error:
                inner = f"{error}" if " - at `" in f"{error}" else f"{error} - at `$`"
                reason = _explain(inner, entry if isinstance(entry, dict) else {})
                shown = "" if isinstance(entry, dict) else f" = {entry!r}"
                return f"{table}.{key!r}{shown}: {reason}"
    shown = "" if value is None or isinstance(value, dict) else f" = {value!r}"
    return f"{path}{shown}: {reason}"


def _look_up(content: dict[str, Any], path: str) -> Any:
    value: Any = content
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
