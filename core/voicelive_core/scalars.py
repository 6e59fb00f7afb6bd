"""Scalars that JSON has no type for: open enums, Unix times, binary data."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import pybase64
from msgspec import Raw

MYPY = False
"""False at run time; mypy takes a constant with this name for true.

Pyright narrows a union by a discriminator that is a literal of an enum member or its
text, on comparison with either. mypy narrows by the member alone: for it, any string
may equal a member of a `StrEnum`. So the two get different declarations.
"""


class OpenEnum(StrEnum):
    """An enum that accepts unlisted strings, as the service may add values.

    An unlisted value becomes a member that keeps its text, so
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

    # Unlisted members cannot be looked up by name, as copying would.
    def __reduce_ex__(self, _protocol: object) -> tuple[Any, ...]:
        return type(self), (self._value_,)


class UnixTime(datetime):
    """A datetime that is encoded as seconds since 1970-01-01 UTC."""

    @classmethod
    def from_seconds(cls, seconds: float) -> Self:
        """Return the time a number of seconds after the epoch."""
        return cls.fromtimestamp(seconds, UTC)


if TYPE_CHECKING:
    Base64Bytes = bytes
else:

    class Base64Bytes(bytes):
        """Binary data that is encoded as base64 text.

        For applications it is `bytes`. It exists because audio is most of the traffic,
        and pybase64 takes a fraction of the time that msgspec takes for `bytes`.
        """

        __slots__ = ()


def decode_hook(kind: type, value: Any) -> Any:
    """Decode the types that msgspec does not support."""
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
    """Encode the types that msgspec does not support as JSON."""
    if isinstance(value, Base64Bytes):
        return Raw(b'"%b"' % pybase64.b64encode(value))
    return plain_hook(value)


def plain_hook(value: Any) -> Any:
    """Convert the types that msgspec does not support to builtins."""
    if isinstance(value, bytes | bytearray | memoryview):
        return pybase64.b64encode_as_string(value)
    if isinstance(value, UnixTime):
        seconds = value.timestamp()
        # Keep a fraction, though it is unusual.
        return int(seconds) if seconds.is_integer() else seconds
    raise TypeError(f"cannot be written as JSON: {type(value).__name__}")
