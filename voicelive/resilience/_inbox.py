"""Events that have come and wait to be taken."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Callable

from voicelive._errors import ConnectionClosed
from voicelive_protocol import ReceivedEvent

# Enough that reading and taking go on side by side; the service has to wait beyond it.
_MAX_EVENTS = 64


class Inbox:
    """One task puts events in, one takes them out, in order.

    Args:
        keep_reading: Whether reading has to go on although nobody takes events, since
            the one who should is waiting for something that only reading brings.
    """

    def __init__(self, keep_reading: Callable[[], bool]) -> None:
        self._keep_reading = keep_reading
        self._events: deque[ReceivedEvent] = deque()
        self._end: ConnectionClosed | None = None
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._taking = False

    async def put(self, event: ReceivedEvent) -> None:
        """Add an event, and wait while there are too many."""
        self._events.append(event)
        self._arrived.set()
        while len(self._events) >= _MAX_EVENTS and not self._keep_reading():
            self._room.clear()
            await self._room.wait()

    def recheck(self) -> None:
        """Let `put` see whether it must go on."""
        self._room.set()

    def end(self, error: ConnectionClosed) -> None:
        """Say what `take` raises when all events are taken."""
        self._end = error
        self._arrived.set()

    def clear(self) -> None:
        """Drop what nobody has taken."""
        self._events.clear()
        self._room.set()

    async def take(self) -> ReceivedEvent:
        """The next event. Cancelling loses none.

        Raises:
            ConnectionClosed: There is no further one.
            RuntimeError: Another task is taking events.
        """
        if self._taking:
            raise RuntimeError(
                "another task is receiving: read the events of a connection in one task"
            )
        self._taking = True
        try:
            while not self._events:
                if self._end is not None:
                    # A loop that ignores the end is not to stop the event loop.
                    await asyncio.sleep(0)
                    raise copy.copy(self._end)
                self._arrived.clear()
                await self._arrived.wait()
        finally:
            self._taking = False
        self._room.set()
        return self._events.popleft()
