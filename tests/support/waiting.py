"""Waiting for conditions and for events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from voicelive_protocol import peek

_LIMIT_SECONDS = 30.0
_INTERVAL_SECONDS = 0.01


class Receiver(Protocol):
    """A connection, session or wrapper that receives events."""

    def recv(self) -> Awaitable[Any]:
        """Return the next event."""
        ...


async def eventually(
    condition: Callable[[], object], *, limit_seconds: float = _LIMIT_SECONDS
) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: It does not hold in time.
    """
    async with asyncio.timeout(limit_seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(_INTERVAL_SECONDS)


async def receive_until(
    receiver: Receiver, wanted: str | Callable[[Any], bool], *, count: int = 1
) -> list[Any]:
    """Receive events up to a wanted one, and return them.

    Args:
        receiver: Source of the events.
        wanted: The type of an event, or a condition.
        count: How many wanted events to receive.

    Raises:
        TimeoutError: They do not arrive in time.
    """
    events: list[Any] = []
    async with asyncio.timeout(_LIMIT_SECONDS):
        while count:
            event = await receiver.recv()
            events.append(event)
            is_wanted = (
                wanted(event) if callable(wanted) else peek(event).type == wanted
            )
            count -= bool(is_wanted)
    return events
