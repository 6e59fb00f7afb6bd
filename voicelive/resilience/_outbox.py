"""Outbox: sends events, and queues them while reconnecting."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from voicelive._connection.client_events import REALTIME_AUDIO, audio_size, event_type
from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.encode import to_frame
from voicelive._connection.receiving import yield_to_loop
from voicelive._errors import ConnectionClosed
from voicelive.resilience._bounded_queue import BoundedQueue
from voicelive.resilience._errors import SendQueueFull
from voicelive.resilience._session_snapshot import SessionTracker
from voicelive_protocol import ClientMessage


@dataclass(slots=True, eq=False)
class _Held:
    """A queued event, and the future of its sender."""

    event: ClientMessage
    sent: asyncio.Future[None] | None


class Outbox:
    """Sends events over the current connection, or queues them.

    Args:
        tracker: Tracks the state of the session.
        limit: Limit of queued events.
        limit_ms: Limit of queued audio, in ms.
        on_wait: Called when a sender starts to wait.
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
        """Whether a task is blocked in `send`."""
        return self._queue.event_count > 0

    async def send(self, event: ClientMessage) -> None:
        """Send an event now, or on the next connection."""
        if self._end is not None:
            await yield_to_loop()
            raise copy.copy(self._end)
        connection = self._connection
        if connection is None or not await self._send_on(connection, event):
            await self._wait(event)

    def lost(self, unanswered: list[dict[str, Any]]) -> None:
        """Queue events from now on, after those to be sent again."""
        self._connection = None
        for event in reversed(unanswered):
            self._queue.push_front(_Held(event, None))

    async def open(self, connection: VoiceLiveConnection) -> None:
        """Send the queued events in order, then send directly.

        If this connection is lost too, unsent events stay queued.
        """
        while len(self._queue):
            entry = self._queue.take()
            held = entry.event
            try:
                sent = await self._send_on(connection, held.event)
            except Exception as error:
                _resolve(held.sent, error)
                continue
            if not sent:
                self._queue.put_back(entry)
                return
            _resolve(held.sent, None)
        self._connection = connection

    def dropped_ms(self) -> float:
        """Return the milliseconds of audio dropped since the last call."""
        before, self._reported_ms = self._reported_ms, self._queue.dropped_ms
        return self._reported_ms - before

    def end(self, error: ConnectionClosed) -> None:
        """Reject further events, and fail all blocked senders."""
        self._end, self._connection = error, None
        for entry in self._queue.clear():
            _resolve(entry.event.sent, copy.copy(error))

    async def _send_on(
        self, connection: VoiceLiveConnection, event: ClientMessage
    ) -> bool:
        """Send an event; return False if it has to be sent again."""
        outgoing = self._tracker.before_send(event)
        try:
            call = self._tracker.call_before(outgoing)
            if call is not None:
                await self._send_call(connection, call)
            await connection.send(outgoing.event)
        except ConnectionClosed:
            # The session has ended: whether the event arrived does not matter.
            return not self._tracker.send_failed(outgoing)
        except Exception:
            self._tracker.send_failed(outgoing)
            raise
        return True

    async def _send_call(
        self, connection: VoiceLiveConnection, call: ClientMessage
    ) -> None:
        await connection.send(self._tracker.before_send(call).event)

    async def _wait(self, event: ClientMessage) -> None:
        if self._end is not None:
            raise copy.copy(self._end)
        kind = event_type(event)
        if kind in REALTIME_AUDIO:
            duration = self._tracker.input_format.milliseconds(audio_size(event))
            self._queue.add(_Held(event, None), duration)
            return
        to_frame(event)  # report encoding errors immediately
        if self._queue.event_count >= self._limit:
            raise SendQueueFull(
                f"{self._limit} events are already queued for a new connection; "
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


def _resolve(sent: asyncio.Future[None] | None, error: Exception | None) -> None:
    if sent is None or sent.done():
        return
    if error is None:
        sent.set_result(None)
    else:
        sent.set_exception(error)
