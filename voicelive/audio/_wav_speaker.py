"""A speaker that nobody hears: it plays into a WAV file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicelive.audio._audio_device import AudioDevice
from voicelive.audio._format import AudioFormat
from voicelive.audio._wav import FilePath, write_wav

_TICK_S = 0.02


class WavSpeaker(AudioDevice):
    """Takes the place of a `Speaker` where there is none.

    It plays in real time, so that an interruption drops what a listener would not have
    heard. The file, written at the end, holds what was played, without the pauses.

    Args:
        path: The file; one that is there is replaced.
        audio_format: The format of the audio; by default pcm16 at 24,000 Hz, mono.
        on_played: Called again and again with how many more milliseconds were played:
            what `PlaybackClock.played` wants to know.
    """

    def __init__(
        self,
        path: FilePath,
        audio_format: AudioFormat | None = None,
        *,
        on_played: Callable[[float], object] | None = None,
    ) -> None:
        self.format: AudioFormat = audio_format or AudioFormat()
        """The format of the audio."""
        self._path = path
        self._on_played = on_played
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._played = bytearray()
        self._waiting = bytearray()
        # When what was played so far ended.
        self._played_until = 0.0

    @property
    def played_ms(self) -> float:
        """Audio that was played since the start, in ms; it never falls."""
        self._advance()
        return self.format.duration_ms(len(self._played))

    @property
    def pending_ms(self) -> float:
        """Audio that was written and not played yet, in ms."""
        self._advance()
        return self.format.duration_ms(len(self._waiting))

    def start(self) -> None:
        """Begin to play; entering the context does it.

        Raises:
            OSError: The file cannot be written.
            RuntimeError: It was started before, or no event loop is running.
        """
        if self._loop is not None:
            raise RuntimeError("started already: a WavSpeaker is used once")
        loop = asyncio.get_running_loop()
        # Fails now rather than after the conversation.
        write_wav(self._path, b"", self.format)
        self._loop = loop

    def close(self) -> None:
        """Stop at once and write the file; leaving the context does it.

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
        """Play audio after what waits already. Returns at once.

        Raises:
            RuntimeError: It was not started, or is closed.
        """
        if self._loop is None or self._closed:
            raise RuntimeError("not open: use `async with WavSpeaker(path) as …`")
        self._advance()
        self._waiting += audio
        if self._timer is None:
            self._timer = self._loop.call_later(_TICK_S, self._tick)

    def flush(self) -> float:
        """Drop what is not played yet, because the listener interrupts.

        Returns:
            How much was dropped, in ms.
        """
        dropped = self.pending_ms
        self._waiting.clear()
        return dropped

    async def drain(self) -> None:
        """Wait until all that was written was played, or was flushed."""
        while True:
            left = self.pending_ms
            if not left:
                return
            # Never quite nothing, or rounding could make this spin.
            await asyncio.sleep(max(left, 1) / 1000)

    def _tick(self) -> None:
        """Play on, as long as there is something to play."""
        assert self._loop is not None
        self._timer = None
        self._advance()
        if self._waiting:
            self._timer = self._loop.call_later(_TICK_S, self._tick)

    def _advance(self) -> None:
        """Play what is due by now."""
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
