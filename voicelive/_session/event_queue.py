"""The events of a session that wait for somebody to iterate over them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType

from voicelive._errors import EventsDropped
from voicelive_protocol import ReceivedEvent

UNREAD = 100
"""How many events are kept before anybody has asked for one, or has handlers."""


class EventQueue:
    """A bounded queue from the task that reads to the one that iterates.

    Without handlers the one that reads has to wait while the queue is full, so that the
    service notices. With handlers it must not wait: the oldest events are dropped.

    Args:
        limit: How many events are kept for somebody who iterates besides handlers.
        has_handlers: Tells whether there are any.
        closing: Tells whether the session is being closed: then nothing waits either.
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
        limit = self._limit if self._reading else UNREAD
        while len(self._items) >= limit and self._has_handlers():
            self._items.popleft()
            # Nobody misses what nobody has begun to read.
            self._dropped += self._reading
        self._items.append(item)
        self._filled.set()

    async def get(self) -> ReceivedEvent:
        """Take the next event; cancelling loses none.

        Raises:
            EventsDropped: Some are missing before the next one.
            RuntimeError: Another task is waiting for one.
            Exception: What `put` or `finish` were given.
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
                    # A loop that ignores the end is not to stop the event loop.
                    await asyncio.sleep(0)
                    # Raised anew each time, so without the frames of the last time.
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
        """Whether anybody has asked for an event."""
        return self._reading

    def look_again(self) -> None:
        """Check again for handlers and for closing; a waiting `put` may go on."""
        self._room.set()

    def finish(self, end: Exception) -> None:
        """Raise this when all events are taken."""
        self._end = end
        self._traceback = end.__traceback__
        self._filled.set()

    def _must_wait(self) -> bool:
        if len(self._items) < UNREAD:
            return False
        return not self._has_handlers() and not self._closing()
