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
from voicelive.resilience._bounded_queue import AudioLine
from voicelive.resilience._client_events import REALTIME_AUDIO, audio_bytes, kind_of
from voicelive.resilience._errors import SendQueueFull
from voicelive.resilience._session_snapshot import SessionMemory
from voicelive_protocol import ClientMessage


@dataclass(slots=True, eq=False)
class _Held:
    """An event that waits, and what tells its sender that it was sent."""

    event: ClientMessage
    sent: asyncio.Future[None] | None


class Outbox:
    """Passes events on, or holds them until there is a connection.

    Args:
        memory: Sees every event that is sent.
        limit: How many events may wait.
        limit_ms: How much audio may wait, in ms.
        on_wait: Called when an event begins to wait.
    """

    def __init__(
        self,
        memory: SessionMemory,
        *,
        limit: int,
        limit_ms: float,
        on_wait: Callable[[], None],
    ) -> None:
        self._memory = memory
        self._limit = limit
        self._on_wait = on_wait
        self._line: AudioLine[_Held] = AudioLine(limit_ms)
        self._link: VoiceLiveConnection | None = None
        self._end: ConnectionClosed | None = None
        self._reported_ms = 0.0

    @property
    def someone_waits(self) -> bool:
        """Whether a task is waiting for its event to be sent."""
        return self._line.others > 0

    async def send(self, event: ClientMessage) -> None:
        """Send an event now, or when there is a connection again."""
        if self._end is not None:
            await asyncio.sleep(0)  # as in Inbox.take
            raise copy.copy(self._end)
        link = self._link
        if link is None or not await self._pass(link, event):
            await self._wait(event)

    def lost(self, unanswered: list[dict[str, Any]]) -> None:
        """Notice that there is no connection, and what is to be sent again first."""
        self._link = None
        for event in reversed(unanswered):
            self._line.add_first(_Held(event, None))

    async def open(self, link: VoiceLiveConnection) -> None:
        """Send what waits, in order, and everything else from now on.

        If this connection is lost as well, what was not sent goes on waiting.
        """
        while len(self._line):
            entry = self._line.take()
            held = entry.event
            try:
                sent = await self._pass(link, held.event)
            except Exception as error:
                _tell(held.sent, error)
                continue
            if not sent:
                self._line.put_back(entry)
                return
            _tell(held.sent, None)
        self._link = link

    def dropped_ms(self) -> float:
        """How much audio was dropped since this was asked last."""
        before, self._reported_ms = self._reported_ms, self._line.dropped_ms
        return self._reported_ms - before

    def end(self, error: ConnectionClosed) -> None:
        """Send nothing more; all that wait get the error."""
        self._end, self._link = error, None
        for entry in self._line.clear():
            _tell(entry.event.sent, copy.copy(error))

    async def _pass(self, link: VoiceLiveConnection, event: ClientMessage) -> bool:
        """Hand an event over; return False if it has to be sent again."""
        outgoing = self._memory.sending(event)
        try:
            call = self._memory.call_before(outgoing)
            if call is not None:
                await self._pass_call(link, call)
            await link.send(outgoing.event)
        except ConnectionClosed:
            # Nothing of it counts: the session that it was for is over.
            return not self._memory.not_sent(outgoing)
        except Exception:
            self._memory.not_sent(outgoing)
            raise
        return True

    async def _pass_call(self, link: VoiceLiveConnection, call: ClientMessage) -> None:
        await link.send(self._memory.sending(call).event)

    async def _wait(self, event: ClientMessage) -> None:
        if self._end is not None:
            raise copy.copy(self._end)
        kind = kind_of(event)
        if kind in REALTIME_AUDIO:
            duration = self._memory.input_format.milliseconds(audio_bytes(event))
            self._line.add(_Held(event, None), duration)
            return
        to_frame(event)  # what cannot be sent is an error now
        if self._line.others >= self._limit:
            raise SendQueueFull(
                f"{self._limit} events wait for a new connection already; "
                f"{kind or 'this one'} was not accepted (waiting_events)"
            )
        sent = asyncio.get_running_loop().create_future()
        entry = self._line.add(_Held(event, sent))
        self._on_wait()
        try:
            await sent
        except asyncio.CancelledError:
            self._line.remove(entry)
            raise


def _tell(sent: asyncio.Future[None] | None, error: Exception | None) -> None:
    if sent is None or sent.done():
        return
    if error is None:
        sent.set_result(None)
    else:
        sent.set_exception(error)
