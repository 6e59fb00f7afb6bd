"""Keepalive of input audio: silence while a microphone is paused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

from voicelive._connection.client_events import event_type
from voicelive._connection.clock import Clock, loop_time
from voicelive._connection.protocol import ConnectionProtocol, ConnectionWrapper
from voicelive._errors import ConnectionError
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import (
    ClientEventInputAudioBufferAppend,
    ClientEventType,
    ClientMessage,
    ReceivedEvent,
)

_ENDS_INPUT = frozenset(
    {
        ClientEventType.INPUT_AUDIO_BUFFER_COMMIT.value,
        ClientEventType.INPUT_AUDIO_BUFFER_CLEAR.value,
        ClientEventType.INPUT_AUDIO_CLEAR.value,
    }
)

# Shortest sleep, so that rounding cannot cause a busy loop.
_MIN_SLEEP_SECONDS = 0.001


class SilenceKeepAlive(ConnectionWrapper):
    """A connection wrapper that sends silence while a microphone is paused.

    The service measures pauses in the audio stream, not in wall time: if a microphone
    stops in the middle of a turn, the turn never ends. After `gap_ms` without audio,
    this sends silence in the format of the session, in real time, until audio is sent
    again, the service detects the end of speech, the client commits or clears the
    buffer, or `limit_ms` have passed. With turn detection off it sends nothing.

    Send through it, because it tracks what is sent.

    ```python
    async with SilenceKeepAlive(connection) as quiet:
        await quiet.input_audio_buffer.append(audio=speech)
        async for event in quiet:
            ...
    ```

    Args:
        connection: The connection to wrap. Leaving the context does not close it;
            `close()` does.
        gap_ms: Time without audio before silence is sent; 200 by default.
        chunk_ms: Silence per event; 100 by default.
        limit_ms: Longest silence in one pause; 10,000 by default.
        sleep: Sleeps for a number of seconds; `asyncio.sleep` by default.
        clock: Monotonic time in seconds; that of the event loop by default.

    Attributes:
        silence_ms: Milliseconds of silence sent.
    """

    def __init__(
        self,
        connection: ConnectionProtocol,
        *,
        gap_ms: float = 200.0,
        chunk_ms: float = 100.0,
        limit_ms: float = 10_000.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Clock = loop_time,
    ) -> None:
        super().__init__(connection)
        self._gap = gap_ms / 1000
        self._chunk_ms = chunk_ms
        self._limit_ms = limit_ms
        self._sleep = sleep
        self._clock = clock
        self._last_audio = 0.0
        # Set while the turn of sent audio may still be open.
        self._open = asyncio.Event()
        self._pause_ms = 0.0
        # The session of that audio, and `turn_ends` at the start of the pause.
        self._session_id: str | None = None
        self._turn_ends = 0
        self._task: asyncio.Task[None] | None = None
        self.silence_ms: float = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    async def recv(self) -> ReceivedEvent:
        """Receive the next event, as the connection does."""
        return await self._connection.recv()

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self._connection.__anext__()

    async def send(self, event: ClientMessage) -> None:
        """Send an event, as the connection does."""
        kind = event_type(event)
        if kind == ClientEventType.INPUT_AUDIO_BUFFER_APPEND:
            self._pause_ms = 0.0
            # The gap starts when this event has been sent.
            self._last_audio = float("inf")
            try:
                await self._connection.send(event)
            finally:
                self._last_audio = self._clock()
            self._session_id = self.state.session_id
            self._open.set()
            return
        if kind in _ENDS_INPUT:
            self._open.clear()
        await self._connection.send(event)

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """Stop, and close the connection."""
        try:
            await self._stop()
        finally:
            await self._connection.close(code=code, reason=reason)

    @property
    def _turn_has_ended(self) -> bool:
        """Whether the turn of the sent audio is over."""
        if self._session_id not in (None, self.state.session_id):
            return True  # a new session has no open turn
        # If the microphone was still active, more speech may follow.
        return bool(self._pause_ms) and self.state.turn_ends != self._turn_ends

    async def _run(self) -> None:
        while True:
            await self._open.wait()
            left = self._last_audio + self._gap - self._clock()
            detects_turns = self.state.turn_detection.enabled
            # Before the session has begun, its settings are not known.
            if self._turn_has_ended:
                self._open.clear()
            elif left > 0 or not self.state.ready:
                await self._sleep(min(max(left, _MIN_SLEEP_SECONDS), self._gap))
            elif not detects_turns or self._pause_ms >= self._limit_ms:
                self._open.clear()
            elif not await self._send_silence():
                return

    async def _send_silence(self) -> bool:
        """Send a chunk of silence and sleep for its duration; False if it failed."""
        if not self._pause_ms:
            self._turn_ends = self.state.turn_ends
        self._pause_ms += self._chunk_ms
        self.silence_ms += self._chunk_ms
        silence = self.state.input_format.silence(self._chunk_ms)
        try:
            await self._connection.send(
                ClientEventInputAudioBufferAppend(audio=silence)
            )
        except ConnectionError:
            return False  # the receiving task raises it
        await self._sleep(self._chunk_ms / 1000)
        return True

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
