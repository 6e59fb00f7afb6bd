"""The journals of a server, one per connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from voicelive_mockserver.journal.entry import (
    EventDict,
    EventPattern,
    EventWaiter,
    FrameWaiter,
)
from voicelive_mockserver.journal.journal import SessionJournal

_MAX_JOURNALS = 100


class Journals:
    """The journals of the newest 100 connections of a server.

    Older sessions that are still open are not recorded any more, which bounds the
    memory.

    Args:
        limit: The maximum number of frames per session.
        limit_bytes: The maximum size of the frames per session in bytes.
    """

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._journals: deque[SessionJournal] = deque()
        # Shared with the journals, which notify its elements of new frames.
        self._waiters: list[EventWaiter | FrameWaiter] = []

    def open(
        self,
        session_id: str,
        model: str,
        api_version: str,
        number: int = 1,
        *,
        test: str = "",
    ) -> SessionJournal:
        """Create the journal of a connection.

        Args:
            session_id: The identifier of the session; empty if there is no session.
            model: The model that the client requested.
            api_version: The API version of the connection.
            number: The number of the connection, counted from 1.
            test: The test that the client named.
        """
        journal = SessionJournal(
            session_id,
            model,
            api_version,
            self._limit,
            self._limit_bytes,
            number=number,
            test=test,
            _waiters=self._waiters,
        )
        self._journals.append(journal)
        if len(self._journals) > _MAX_JOURNALS:
            self._journals.popleft().forget()
        return journal

    def all(self) -> Sequence[SessionJournal]:
        """Return the journals, oldest first."""
        return tuple(self._journals)

    def unmet_expectations(self) -> list[str]:
        """Return a text for each expectation that a client has not met."""
        return [
            f"session {journal.session_id}: {outcome}"
            for journal in self._journals
            for outcome in journal.expectations
            if not outcome.met
        ]

    def forget(self, test: str = "") -> None:
        """Drop all journals, or those of a test."""
        dropped = [one for one in self._journals if test in ("", one.test)]
        for journal in dropped:
            self._journals.remove(journal)
            journal.forget()

    def session_ended(self) -> None:
        """Wake the callers of `wait_for_frame`."""
        for waiter in self._waiters:
            if isinstance(waiter, FrameWaiter):
                waiter.wake()

    async def wait_for_frame(self, seconds: float) -> None:
        """Wait until any session records a frame or ends, or a time has passed.

        Args:
            seconds: The time.
        """
        waiter = FrameWaiter()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter.found
        except TimeoutError:
            pass
        finally:
            self._waiters.remove(waiter)

    async def wait_for(
        self,
        event_type: str,
        fields: Mapping[str, Any],
        *,
        from_client: bool,
        count: int,
        within: float | None,
    ) -> EventDict:
        """Wait for an event in any session; return the event.

        Args:
            event_type: Its type.
            fields: Fields that it must contain.
            from_client: Whether the client or the server sends it.
            count: The number of such events, including those in the journals; the last
                one is returned.
            within: The timeout in seconds; `None` for no timeout.

        Raises:
            TimeoutError: The event did not occur. The message lists the others.
        """
        pattern = EventPattern(event_type, from_client, fields)
        found = [
            event for journal in self.all() for event in pattern.events(journal.entries)
        ]
        if len(found) >= count:
            return found[count - 1]
        waiter = EventWaiter(pattern, count - len(found))
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(within):
                return await waiter.found
        except TimeoutError:
            instead = self._journals[-1].summary() if self._journals else ""
            raise TimeoutError(
                f"no {pattern} within {within} s{instead or '; no client connected'}"
            ) from None
        finally:
            self._waiters.remove(waiter)
