"""Registration of handlers of client events.

Each part of a session that handles client events lists them in its class attribute
`HANDLERS`. `SessionEngine` merges the lists and dispatches by event class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeAlias

from voicelive_protocol import ClientEvent

Handlers: TypeAlias = Mapping[type[ClientEvent], Callable[[Any, Any, bytes], None]]
"""Methods of one class by the client event they handle.

A method gets the decoded event and its frame.
"""


class HandlesClientEvents(Protocol):
    """A part of a session with handlers of client events."""

    HANDLERS: ClassVar[Handlers]


class ResponseIsFinishing(Exception):
    """Raised by a handler before it has any effect, to run after `response.done`.

    On a real network, such a request would arrive after the end of the response whose
    output is complete.
    """


DispatchTable: TypeAlias = Mapping[
    type[ClientEvent], tuple[int, Callable[[Any, Any, bytes], None]]
]
"""The index of the part that handles an event, and its method."""


def dispatch_table(parts: Sequence[type[HandlesClientEvents]]) -> DispatchTable:
    """Merge the handlers of all parts.

    Args:
        parts: The classes of the parts.

    Raises:
        ValueError: Two handlers are registered for one event.
    """
    table: dict[type[ClientEvent], tuple[int, Callable[[Any, Any, bytes], None]]] = {}
    for index, part in enumerate(parts):
        for event_class, handler in part.HANDLERS.items():
            if event_class in table:
                raise ValueError(f"two handlers for {event_class.__name__}")
            table[event_class] = (index, handler)
    return table
