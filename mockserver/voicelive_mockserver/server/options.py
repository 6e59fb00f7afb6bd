"""Validation of options and attributes: mistakes are refused where they are made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cache, wraps
from math import inf, isnan
from typing import TYPE_CHECKING, ParamSpec

from voicelive_mockserver.suggest import did_you_mean

_P = ParamSpec("_P")

_OWN = __name__.partition(".")[0]
_LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """Return a value as a message shows it, at most 60 characters of it."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


def known_keywords(init: Callable[_P, None]) -> Callable[_P, None]:
    """Make a constructor suggest the right keyword instead of an unknown one.

    Args:
        init: The `__init__` of a class.

    Raises:
        TypeError: When it is called: a keyword is unknown.
    """
    owner = init.__qualname__.rpartition(".")[0]
    names = list(inspect.signature(init).parameters)[1:]

    @wraps(init)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> None:
        check_keywords(owner, kwargs, names)
        init(*args, **kwargs)

    return checked


def check_keywords(owner: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Reject keywords that do not exist.

    Args:
        owner: What takes the keywords, as the message names it.
        given: The keywords.
        known: Those that exist.

    Raises:
        TypeError: One does not exist.
    """
    names = list(known)
    for name in given:
        if name not in names:
            suggestion = did_you_mean(name, names) or f"; there are {', '.join(names)}"
            raise TypeError(f'{owner} has no option "{name}"{suggestion}')


@cache
def keywords_of(kind: type) -> tuple[str, ...]:
    """Return the names of the options that a constructor takes."""
    return tuple(inspect.signature(kind).parameters)


def check_number(
    name: str,
    value: object,
    *,
    least: float = -inf,
    above: float = -inf,
    most: float = inf,
    whole: bool = False,
) -> None:
    """Reject what is no number, or one out of its range.

    Args:
        name: The option.
        value: Its value.
        least: The lowest value.
        above: What the value must be higher than.
        most: The highest value.
        whole: Whether it must be a whole number.

    Raises:
        TypeError: It is no number.
        ValueError: It is out of range.
    """
    kind = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise TypeError(f"{name}: expected {kind}, not {shown(value)}")
    if isnan(value) or not (least <= value <= most and value > above):
        limits = []
        if above > -inf:
            limits.append(f"above {above:g}")
        if least > -inf:
            limits.append(f"from {least:g}")
        if most < inf:
            limits.append(f"up to {most:g}")
        expected = " ".join([kind, *limits])
        raise ValueError(f"{name}: expected {expected}, not {shown(value)}")


def check_type(
    name: str, value: object, kind: type | tuple[type, ...], expected: str
) -> None:
    """Reject a value of a wrong type.

    Args:
        name: The option.
        value: Its value.
        kind: Its type, or several.
        expected: What the message asks for.

    Raises:
        TypeError: It has another type.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name}: expected {expected}, not {shown(value)}")


def check_key(name: str, value: object) -> None:
    """Reject a key that no header can have; the message does not show it.

    Args:
        name: The option.
        value: Its value.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty, or has other characters than visible ASCII.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a text, not {type(value).__name__}")
    if not value or not all("!" <= character <= "~" for character in value):
        raise ValueError(f"{name}: expected visible ASCII characters without spaces")


class KnownAttributes:
    """Refuses assignments to attributes that do not exist: they would change nothing.

    What can be assigned are properties with a setter. Subclasses of users may have
    attributes of their own.
    `_OPTIONS` has the keywords of a class whose constructor does not name them.
    """

    if not TYPE_CHECKING:
        # Type checkers know the attributes, and would allow any with this method.
        def __setattr__(self, name: str, value: object) -> None:
            kind = type(self)
            if not name.startswith("_") and kind.__module__.startswith(_OWN):
                settable = _settable(kind)
                if name not in settable:
                    raise AttributeError(_not_settable(kind, name, settable))
            super().__setattr__(name, value)


@cache
def _settable(kind: type) -> tuple[str, ...]:
    members = inspect.getmembers(kind, lambda member: isinstance(member, property))
    return tuple(name for name, member in members if member.fset is not None)


def _not_settable(kind: type, name: str, settable: tuple[str, ...]) -> str:
    if isinstance(getattr(kind, name, None), property):
        text = f"{kind.__name__}.{name} cannot be assigned"
    elif hasattr(kind, name):
        return f"{kind.__name__}.{name} is a method: call it, as {name}(...)"
    else:
        text = f"{kind.__name__} has no attribute {name!r} that can be assigned"
    suggestion = did_you_mean(name, settable)
    if suggestion:
        return text + suggestion
    if name in (getattr(kind, "_OPTIONS", None) or keywords_of(kind)):
        return f"{text}; give it as an option: {kind.__name__}({name}=...)"
    if settable:
        return f"{text}; there are {', '.join(settable)}"
    return text
