"""Sending, with a place to wait while there is no connection."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.encode import to_frame
from voicelive._errors import ConnectionClosed
from voicelive.resilience._bounded_queue import BoundedQueue
from voicelive.resilience._client_events import REALTIME_AUDIO, audio_bytes, kind_of
from voicelive.resilience._errors import SendQueueFull
from voicelive.resilience._session_snapshot import SessionTracker
from voicelive_protocol import ClientMessage


@dataclass(slots=True, eq=False)
class _Held:
    """An event that waits, and what tells its sender that it was sent."""

    event: ClientMessage
    sent: asyncio.Future[None] | None


class Outbox:
    """Passes events on, or holds them until there is a connection.

    Args:
        tracker: Sees every event that is sent.
        limit: How many events may wait.
        limit_ms: How much audio may wait, in ms.
        on_wait: Called when an event begins to wait.
    """

    def __init__(
        self,
        tracker: SessionTracker,
        *,
        limit: int,
        limit_ms: float,
        on_wait: Callable[[], None],
    ) -> None:
        self._tracker = tracker
        self._limit = limit
        self._on_wait = on_wait
        self._queue: BoundedQueue[_Held] = BoundedQueue(limit_ms)
        self._connection: VoiceLiveConnection | None = None
        self._end: ConnectionClosed | None = None
        self._reported_ms = 0.0

    @property
    def has_waiting_senders(self) -> bool:
        """Whether a task is waiting for its event to be sent."""
        return self._queue.event_count > 0

    async def send(self, event: ClientMessage) -> None:
        """Send an event now, or when there is a connection again."""
        if self._end is not None:
            await asyncio.sleep(0)  # as in Inbox.take
            raise copy.copy(self._end)
        connection = self._connection
        if connection is None or not await self._pass(connection, event):
            await self._wait(event)

    def lost(self, unanswered: list[dict[str, Any]]) -> None:
        """Notice that there is no connection, and what is to be sent again first."""
        self._connection = None
        for event in reversed(unanswered):
            self._queue.push_front(_Held(event, None))

    async def open(self, connection: VoiceLiveConnection) -> None:
        """Send what waits, in order, and everything else from now on.

        If this connection is lost as well, what was not sent goes on waiting.
        """
        while len(self._queue):
            entry = self._queue.take()
            held = entry.event
            try:
                sent = await self._pass(connection, held.event)
            except Exception as error:
                _tell(held.sent, error)
                continue
            if not sent:
                self._queue.put_back(entry)
                return
            _tell(held.sent, None)
        self._connection = connection

    def dropped_ms(self) -> float:
        """How much audio was dropped since this was asked last."""
        before, self._reported_ms = self._reported_ms, self._queue.dropped_ms
        return self._reported_ms - before

    def end(self, error: ConnectionClosed) -> None:
        """Send nothing more; all that wait get the error."""
        self._end, self._connection = error, None
        for entry in self._queue.clear():
            _tell(entry.event.sent, copy.copy(error))

    async def _pass(
        self, connection: VoiceLiveConnection, event: ClientMessage
    ) -> bool:
        """Hand an event over; return False if it has to be sent again."""
        outgoing = self._tracker.before_send(event)
        try:
            call = self._tracker.call_before(outgoing)
            if call is not None:
                await self._pass_call(connection, call)
            await connection.send(outgoing.event)
        except ConnectionClosed:
            # Nothing of it counts: the session that it was for is over.
            return not self._tracker.send_failed(outgoing)
        except Exception:
            self._tracker.send_failed(outgoing)
            raise
        return True

    async def _pass_call(
        self, connection: VoiceLiveConnection, call: ClientMessage
    ) -> None:
        await connection.send(self._tracker.before_send(call).event)

    async def _wait(self, event: ClientMessage) -> None:
        if self._end is not None:
            raise copy.copy(self._end)
        kind = kind_of(event)
        if kind in REALTIME_AUDIO:
            duration = self._tracker.input_format.milliseconds(audio_bytes(event))
            self._queue.add(_Held(event, None), duration)
            return
        to_frame(event)  # what cannot be sent is an error now
        if self._queue.event_count >= self._limit:
            raise SendQueueFull(
                f"{self._limit} events wait for a new connection already; "
                f"{kind or 'this one'} was not accepted (waiting_events)"
            )
        sent = asyncio.get_running_loop().create_future()
        entry = self._queue.add(_Held(event, sent))
        self._on_wait()
        try:
            await sent
        except asyncio.CancelledError:
            self._queue.remove(entry)
            raise


def _tell(sent: asyncio.Future[None] | None, error: Exception | None) -> None:
    if sent is None or sent.done():
        return
    if error is None:
        sent.set_result(None)
    else:
        sent.set_exception(error)
