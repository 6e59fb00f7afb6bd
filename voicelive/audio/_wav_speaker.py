"""Speaker that plays into a WAV file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicelive.audio._audio_device import AudioDevice
from voicelive.audio._format import AudioFormat
from voicelive.audio._wav import FilePath, write_wav

_TICK_SECONDS = 0.02


class WavSpeaker(AudioDevice):
    """Drop-in replacement of `Speaker` that writes a WAV file.

    Plays in real time, so that an interruption drops the audio that a listener would
    not have heard. The file is written at the end and has the played audio without
    pauses.

    Args:
        path: The file; an existing one is replaced.
        audio_format: Format of the audio; by default pcm16 at 24,000 Hz, mono.
        on_played: Called repeatedly with the milliseconds played since the last call;
            for `PlaybackClock.played`.
    """

    def __init__(
        self,
        path: FilePath,
        audio_format: AudioFormat | None = None,
        *,
        on_played: Callable[[float], object] | None = None,
    ) -> None:
        self.format: AudioFormat = audio_format or AudioFormat()
        """Format of the audio."""
        self._path = path
        self._on_played = on_played
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._played = bytearray()
        self._waiting = bytearray()
        # Loop time at which the played audio ended.
        self._played_until = 0.0

    @property
    def played_ms(self) -> float:
        """Audio that was played since the start, in ms; never decreases."""
        self._advance()
        return self.format.duration_ms(len(self._played))

    @property
    def pending_ms(self) -> float:
        """Audio that was written and not played yet, in ms."""
        self._advance()
        return self.format.duration_ms(len(self._waiting))

    def start(self) -> None:
        """Start playing; entering the context calls it.

        Raises:
            OSError: The file cannot be written.
            RuntimeError: It was started before, or no event loop is running.
        """
        if self._loop is not None:
            raise RuntimeError("started already: a WavSpeaker is used once")
        loop = asyncio.get_running_loop()
        # Raises now rather than after the conversation.
        write_wav(self._path, b"", self.format)
        self._loop = loop

    def close(self) -> None:
        """Stop at once and write the file; leaving the context calls it.

        Raises:
            OSError: The file cannot be written.
        """
        if self._loop is None or self._closed:
            return
        self._advance()
        self._closed = True
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        write_wav(self._path, bytes(self._played), self.format)

    def write(self, audio: bytes) -> None:
        """Queue audio to play, without waiting.

        Raises:
            RuntimeError: It was not started, or is closed.
        """
        if self._loop is None or self._closed:
            raise RuntimeError("not open: use `async with WavSpeaker(path) as …`")
        self._advance()
        self._waiting += audio
        if self._timer is None:
            self._timer = self._loop.call_later(_TICK_SECONDS, self._tick)

    def flush(self) -> float:
        """Drop the audio that is not played yet, for an interruption.

        Returns:
            Duration of the dropped audio, in ms.
        """
        dropped = self.pending_ms
        self._waiting.clear()
        return dropped

    async def drain(self) -> None:
        """Wait until all written audio was played or flushed."""
        while True:
            left = self.pending_ms
            if not left:
                return
            # At least 1 ms, or rounding could make this a busy loop.
            await asyncio.sleep(max(left, 1) / 1000)

    def _tick(self) -> None:
        """Advance, and schedule the next tick while audio is queued."""
        assert self._loop is not None
        self._timer = None
        self._advance()
        if self._waiting:
            self._timer = self._loop.call_later(_TICK_SECONDS, self._tick)

    def _advance(self) -> None:
        """Play the audio that is due."""
        if self._loop is None or self._closed:
            return
        now = self._loop.time()
        if not self._waiting:
            self._played_until = now
            return
        size = self.format.size((now - self._played_until) * 1000)
        played = self._waiting[:size]
        self._played += played
        del self._waiting[:size]
        self._played_until += self.format.duration_ms(size) / 1000
        if played and self._on_played is not None:
            self._on_played(self.format.duration_ms(len(played)))
