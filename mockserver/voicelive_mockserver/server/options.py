"""Validation of constructor arguments and attribute assignments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cache, wraps
from math import inf, isnan
from typing import TYPE_CHECKING, ParamSpec

from voicelive_mockserver.suggest import did_you_mean

_P = ParamSpec("_P")

_OWN = __name__.partition(".")[0]
_MAX_SHOWN = 60


def shown(value: object) -> str:
    """Return the representation of a value for a message, at most 60 characters."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


def known_keywords(init: Callable[_P, None]) -> Callable[_P, None]:
    """Decorate a constructor to suggest a similar keyword for an unknown one.

    Args:
        init: The `__init__` of a class.

    Raises:
        TypeError: On a call: a keyword is unknown.
    """
    owner = init.__qualname__.rpartition(".")[0]
    names = list(inspect.signature(init).parameters)[1:]

    @wraps(init)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> None:
        check_keywords(owner, kwargs, names)
        init(*args, **kwargs)

    return checked


def check_keywords(owner: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Reject unknown keywords.

    Args:
        owner: The name of the class or function, for the message.
        given: The given keywords.
        known: The valid keywords.

    Raises:
        TypeError: A keyword is unknown.
    """
    names = list(known)
    for name in given:
        if name not in names:
            valid = f"; expected one of {', '.join(names)}"
            suggestion = did_you_mean(name, names) or valid
            raise TypeError(f'{owner} has no option "{name}"{suggestion}')


@cache
def keywords_of(kind: type) -> tuple[str, ...]:
    """Return the parameter names of a constructor."""
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
    """Reject a value that is not a number in a range.

    Args:
        name: The option.
        value: The value.
        least: The minimum.
        above: The exclusive minimum.
        most: The maximum.
        whole: Whether the value must be an integer.

    Raises:
        TypeError: The value is not a number.
        ValueError: The value is out of range.
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
        value: The value.
        kind: The valid type or types.
        expected: The description of valid values, for the message.

    Raises:
        TypeError: The value has another type.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name}: expected {expected}, not {shown(value)}")


def check_key(name: str, value: object) -> None:
    """Reject a key that cannot be sent in a header; the message does not contain it.

    Args:
        name: The option.
        value: The key.

    Raises:
        TypeError: The key is not a string.
        ValueError: The key is empty, or not visible ASCII.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a text, not {type(value).__name__}")
    if not value or not all("!" <= character <= "~" for character in value):
        raise ValueError(f"{name}: expected visible ASCII characters without spaces")


class KnownAttributes:
    """Rejects assignments to unknown attributes, which would have no effect.

    Only properties with a setter can be assigned. Subclasses in other packages may have
    attributes of their own.
    `_OPTIONS` lists the keywords of a class whose constructor does not name them.
    """

    if not TYPE_CHECKING:
        # Hidden from type checkers, which would allow any attribute.
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
        return f"{text}; expected one of {', '.join(settable)}"
    return text
