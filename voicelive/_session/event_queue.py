"""Bounded queue of the events of a session, for iteration."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType

from voicelive._connection.receiving import yield_to_loop
from voicelive._errors import EventsDropped
from voicelive_protocol import ReceivedEvent

UNREAD_LIMIT = 100
"""Queue size before iteration starts, and without handlers."""


class EventQueue:
    """Bounded queue from the reading task to the iterating task.

    Without handlers `put` waits while the queue is full, which applies back pressure to
    the service. With handlers it must not wait: the oldest events are dropped.

    Args:
        limit: Queue size during an iteration while there are handlers.
        has_handlers: Returns whether the session has handlers.
        closing: Returns whether the session is closing; `put` does not wait then.
    """

    def __init__(
        self,
        limit: int,
        has_handlers: Callable[[], bool],
        closing: Callable[[], bool],
    ) -> None:
        self._limit = limit
        self._has_handlers = has_handlers
        self._closing = closing
        self._items: deque[ReceivedEvent | Exception] = deque()
        self._dropped = 0
        self._reading = False
        self._waiting = False
        self._end: Exception | None = None
        self._traceback: TracebackType | None = None
        self._filled = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, item: ReceivedEvent | Exception) -> None:
        """Add an event, or an exception to be raised in its place."""
        while self._must_wait():
            self._room.clear()
            await self._room.wait()
        limit = self._limit if self._reading else UNREAD_LIMIT
        while len(self._items) >= limit and self._has_handlers():
            self._items.popleft()
            # Count drops only once a consumer has started reading.
            self._dropped += self._reading
        self._items.append(item)
        self._filled.set()

    async def get(self) -> ReceivedEvent:
        """Return the next event; cancelling loses none.

        Raises:
            EventsDropped: Events are missing before the next one.
            RuntimeError: Another task is receiving.
            Exception: The exception given to `put` or `finish`.
        """
        self._reading = True
        if self._waiting:
            raise RuntimeError(
                "another task is receiving: iterate over a session in one task, or "
                "subscribe handlers"
            )
        self._waiting = True
        try:
            while not self._items:
                if self._end is not None:
                    await yield_to_loop()
                    # Raised repeatedly, so drop the frames of the last time.
                    raise self._end.with_traceback(self._traceback)
                self._filled.clear()
                await self._filled.wait()
        finally:
            self._waiting = False
        if self._dropped:
            count, self._dropped = self._dropped, 0
            raise EventsDropped(count)
        item = self._items.popleft()
        self._room.set()
        if isinstance(item, Exception):
            raise item
        return item

    @property
    def reading(self) -> bool:
        """Whether a consumer has started reading."""
        return self._reading

    def reconsider(self) -> None:
        """Check again for handlers and for closing; a waiting `put` may go on."""
        self._room.set()

    def finish(self, end: Exception) -> None:
        """Raise an exception once the queue is empty."""
        self._end = end
        self._traceback = end.__traceback__
        self._filled.set()

    def _must_wait(self) -> bool:
        if len(self._items) < UNREAD_LIMIT:
            return False
        return not self._has_handlers() and not self._closing()
