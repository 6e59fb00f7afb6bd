"""Events that could not be decoded as their type, with the fields of their type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from voicelive._connection.reading import field
from voicelive_protocol import Peek, ReceivedEvent, ResponseItem

EventHandler: TypeAlias = Callable[[Any, ReceivedEvent, float], None]
"""Handler of the fields of an event, the event itself, and its time.

The fields are attributes: those of the event, or of an `UntypedEvent`, which may have
any value.
"""


class UntypedEvent:
    """The fields of an event as attributes; None for absent ones.

    Args:
        seen: The event.
    """

    __slots__ = ("_seen",)

    def __init__(self, seen: Peek) -> None:
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        return self._seen.get(name)


def identifier(value: object) -> str | None:
    """Return an identifier; None if it is absent or invalid."""
    return value if isinstance(value, str) and value else None


def item_identifier(given: object) -> str | None:
    """Return the identifier of an item, typed or as JSON."""
    if isinstance(given, ResponseItem):
        return given.id or None
    return identifier(field(given, "id"))


def index_of(value: object) -> int:
    """Return the index of a content part; 0 if it is absent or invalid."""
    return value if type(value) is int and value >= 0 else 0
