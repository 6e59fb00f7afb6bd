"""Send queue: a bounded buffer between a microphone and a connection."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

from voicelive._connection.audio_format import wire_format
from voicelive._connection.receiving import yield_to_loop
from voicelive.resilience._bounded_queue import BoundedQueue
from voicelive.resilience._errors import SendQueueFull
from voicelive_protocol import (
    ClientEventInputAudioBufferAppend,
    ClientMessage,
    InputAudioFormat,
    InputAudioFormatOrStr,
    Sender,
)


class SendQueue:
    """Bounded queue that sends realtime audio in a background task.

    ```python
    async with SendQueue(connection) as queue:
        microphone.start(queue.put_audio)  # called in a thread of the audio system
        ...
    ```

    If audio arrives faster than it can be sent, the oldest is dropped and counted,
    which bounds the latency. Other events keep their order relative to the audio, so a
    commit covers the audio before it. They are never dropped; beyond `max_events`,
    `put` raises `SendQueueFull`.

    Leaving the context flushes the queue, or clears it after an exception.

    Args:
        connection: Where to send: a connection, or anything built on one.
        max_ms: Limit of queued audio, in ms; 1000 by default. A single chunk may be
            longer.
        max_events: Limit of other queued events; 100 by default.
        input_audio_format: Format of the audio, as in the session.
        input_audio_sampling_rate: Its rate in Hz, as in the session; 24000 by default
            for `pcm16`.
    """

    def __init__(
        self,
        connection: Sender,
        *,
        max_ms: float = 1000.0,
        max_events: int = 100,
        input_audio_format: InputAudioFormatOrStr = InputAudioFormat.PCM16,
        input_audio_sampling_rate: int | None = None,
    ) -> None:
        self._connection = connection
        self._max_events = max_events
        self._format = wire_format(input_audio_format, input_audio_sampling_rate)
        self._queue: BoundedQueue[ClientMessage | bytes] = BoundedQueue(max_ms)
        # Guards the queue and the state below, which threads and the sender share.
        self._lock = threading.Lock()
        self._closed = False
        self._failure: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sender: asyncio.Task[None] | None = None
        self._filled = asyncio.Event()
        # Set while the sender has nothing to do.
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def queued_ms(self) -> float:
        """Milliseconds of queued audio."""
        return self._queue.audio_ms

    @property
    def dropped_ms(self) -> float:
        """Milliseconds of dropped audio."""
        return self._queue.dropped_ms

    @property
    def dropped(self) -> int:
        """Number of dropped audio chunks."""
        return self._queue.dropped

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._sender = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close(flush=exc is None)

    def put_audio(self, audio: bytes | bytearray | memoryview) -> None:
        """Queue audio; thread-safe, never blocks.

        Args:
            audio: Raw audio in the format of the session.

        Raises:
            RuntimeError: The queue is not open.
            Exception: The error of sending.
        """
        piece = bytes(audio)
        if piece:
            self._add(piece, self._format.milliseconds(len(piece)))

    def put(self, event: ClientMessage) -> None:
        """Queue another event behind the audio so far; thread-safe.

        Raises:
            SendQueueFull: `max_events` events are queued.
            RuntimeError: The queue is not open.
            Exception: The error of sending.
        """
        self._add(event, None)

    def clear(self) -> None:
        """Drop all queued audio and events, without counting them."""
        with self._lock:
            self._queue.clear()

    async def flush(self) -> None:
        """Wait until the queue is empty.

        Raises:
            RuntimeError: The queue is not open.
            Exception: The error of sending.
        """
        if self._failure is not None:
            await yield_to_loop()
        self._check()
        if len(self._queue):
            self._idle.clear()
            self._filled.set()
        await self._idle.wait()
        if self._failure is not None:
            raise self._failure

    async def close(self, *, flush: bool = True) -> None:
        """Close the queue. Further calls do nothing.

        Args:
            flush: Whether to send the queued events first; otherwise drop them.

        Raises:
            Exception: The error of sending, when flushing.
        """
        sender = self._sender
        if sender is None:
            return
        try:
            if flush and not self._closed:
                await self.flush()
        finally:
            with self._lock:
                self._closed = True
                self._queue.clear()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    def _add(self, event: ClientMessage | bytes, audio_ms: float | None) -> None:
        with self._lock:
            loop = self._check()
            if audio_ms is None and self._queue.event_count >= self._max_events:
                raise SendQueueFull(f"{self._max_events} events are already queued")
            was_empty = not len(self._queue)
            self._queue.add(event, audio_ms)
        if was_empty:
            loop.call_soon_threadsafe(self._filled.set)

    def _check(self) -> asyncio.AbstractEventLoop:
        if self._failure is not None:
            raise self._failure
        if self._loop is None or self._closed:
            raise RuntimeError("the send queue is not open: use it in `async with`")
        return self._loop

    async def _run(self) -> None:
        try:
            while True:
                self._filled.clear()
                self._idle.clear()
                await self._send_all()
                self._idle.set()
                await self._filled.wait()
        except Exception as error:
            self._failure = error
        finally:
            self._idle.set()

    async def _send_all(self) -> None:
        while True:
            with self._lock:
                if not len(self._queue):
                    return
                event = self._queue.take().event
            if isinstance(event, bytes):
                event = ClientEventInputAudioBufferAppend(audio=event)
            await self._connection.send(event)
