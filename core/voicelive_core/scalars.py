"""Open enums, Unix times and binary data: scalars that JSON has no type for."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import pybase64
from msgspec import Raw

MYPY = False
"""True for mypy alone, which is what it takes a constant of this name for.

Pyright tells variants apart by a constant that is an enum member or its text, and then
by comparison with either. mypy would do so by neither: it takes any text for a possible
equal of a member of a `StrEnum`. So it gets the member alone.
"""


class OpenEnum(StrEnum):
    """A set of strings that the service may extend at any time.

    A value that is not listed becomes a member of its own that keeps its text, so
    `SomeEnum("new-value") == "new-value"`. Such members are equal but not identical.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    def __repr__(self) -> str:
        known = self._value_ in type(self)._value2member_map_
        name = self._name_ if known else f"({self._value_!r})"
        return f"{type(self).__name__}{'.' if known else ''}{name}"

    # An unlisted member is made anew each time; copying must not look it up by name.
    def __reduce_ex__(self, _protocol: object) -> tuple[Any, ...]:
        return type(self), (self._value_,)


class UnixTime(datetime):
    """A moment that the wire writes as seconds since 1970-01-01 UTC."""

    @classmethod
    def from_seconds(cls, seconds: float) -> Self:
        """The moment that many seconds after the epoch."""
        return cls.fromtimestamp(seconds, UTC)


if TYPE_CHECKING:
    Base64Bytes = bytes
else:

    class Base64Bytes(bytes):
        """Binary data that the wire writes as base64 text.

        To everybody else it is `bytes`. The class is there because audio is most of
        what a connection carries, and pybase64 takes a fraction of the time that
        msgspec takes for plain `bytes`.
        """

        __slots__ = ()


def decode_hook(kind: type, value: Any) -> Any:
    """Read the types that msgspec does not know."""
    if kind is Base64Bytes:
        if isinstance(value, str):
            return Base64Bytes(pybase64.b64decode(value, validate=True))
        if isinstance(value, bytes | bytearray | memoryview):
            return Base64Bytes(value)
        raise ValueError(f"Expected base64 text, got {value!r}")
    if kind is UnixTime:
        if isinstance(value, datetime):
            return UnixTime.from_seconds(value.timestamp())
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return UnixTime.from_seconds(value)
            except (OverflowError, OSError) as error:
                raise ValueError(f"Unix time out of range: {value!r}") from error
        raise ValueError(f"Expected Unix time in seconds, got {value!r}")
    raise NotImplementedError(kind)


def json_hook(value: Any) -> Any:
    """Write the types that msgspec does not know as JSON."""
    if isinstance(value, Base64Bytes):
        return Raw(b'"%b"' % pybase64.b64encode(value))
    return plain_hook(value)


def plain_hook(value: Any) -> Any:
    """Turn the types that msgspec does not know into builtins."""
    if isinstance(value, bytes | bytearray | memoryview):
        return pybase64.b64encode_as_string(value)
    if isinstance(value, UnixTime):
        seconds = value.timestamp()
        # A fraction is unusual, and yet not to be lost.
        return int(seconds) if seconds.is_integer() else seconds
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")
