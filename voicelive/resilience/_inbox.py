"""Inbox: bounded buffer of received events."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Callable

from voicelive._connection.receiving import second_reader, yield_to_loop
from voicelive._errors import ConnectionClosed
from voicelive_protocol import ReceivedEvent

# Enough to decouple reader and consumer; beyond it, back pressure reaches the service.
_MAX_EVENTS = 64


class Inbox:
    """Queue of received events with one producer and one consumer.

    Args:
        keep_reading: Whether to read beyond the limit, because the consumer is blocked
            on something that only reading can resolve.
    """

    def __init__(self, keep_reading: Callable[[], bool]) -> None:
        self._keep_reading = keep_reading
        self._events: deque[ReceivedEvent] = deque()
        self._end: ConnectionClosed | None = None
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._taking = False

    async def put(self, event: ReceivedEvent) -> None:
        """Add an event; wait while the buffer is full."""
        self._events.append(event)
        self._arrived.set()
        while len(self._events) >= _MAX_EVENTS and not self._keep_reading():
            self._room.clear()
            await self._room.wait()

    def recheck(self) -> None:
        """Make `put` evaluate `keep_reading` again."""
        self._room.set()

    def end(self, error: ConnectionClosed) -> None:
        """Set the error that `take` raises when the buffer is empty."""
        self._end = error
        self._arrived.set()

    def clear(self) -> None:
        """Drop all unread events."""
        self._events.clear()
        self._room.set()

    async def take(self) -> ReceivedEvent:
        """Return the next event. Cancellation does not lose events.

        Raises:
            ConnectionClosed: There are no further events.
            RuntimeError: Another task is receiving.
        """
        if self._taking:
            raise second_reader()
        self._taking = True
        try:
            while not self._events:
                if self._end is not None:
                    await yield_to_loop()
                    raise copy.copy(self._end)
                self._arrived.clear()
                await self._arrived.wait()
        finally:
            self._taking = False
        self._room.set()
        return self._events.popleft()
