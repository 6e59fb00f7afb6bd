"""Speaker with interruption and playback position."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from voicelive.audio._audio_device import AudioDevice
from voicelive.audio._convert import AudioConverter
from voicelive.audio._devices import AudioDeviceError, Device, DeviceStream
from voicelive.audio._format import AudioFormat

# Some systems report no time for a block, or an implausible one.
_MAX_DELAY_SECONDS = 2.0


class Speaker(AudioDevice):
    """Speaker that buffers and plays audio.

    ```python
    async with Speaker() as speaker:
        speaker.write(delta)  # returns at once
        speaker.flush()  # the user has started to speak
        await speaker.drain()  # until everything was played
    ```

    Audio is buffered until it is played. Audio that does not fit into the buffer is
    dropped and counted in `dropped_ms`. The speaker is silent while the buffer is
    empty.

    A device that does not support the sample rate is used with its own, and the audio
    is resampled.

    Args:
        audio_format: Format of the audio; by default pcm16 at 24,000 Hz, mono.
        device: Index or part of the name; by default the system default.
        buffer_ms: Length of the buffer in ms; the default of ten minutes is more than
            the longest response of the service.
        on_played: Called repeatedly, in another thread, with the milliseconds played
            since the last call; for `PlaybackClock.played`.
    """

    def __init__(
        self,
        audio_format: AudioFormat | None = None,
        *,
        device: Device | None = None,
        buffer_ms: float = 600_000,
        on_played: Callable[[float], object] | None = None,
    ) -> None:
        self.format: AudioFormat = audio_format or AudioFormat()
        """Format of the audio."""
        self._device = device
        self._buffer_ms = buffer_ms
        self._on_played = on_played
        self._stream: DeviceStream | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._used = self.format
        self._empty = asyncio.Event()
        self._dropped_ms = 0.0
        # Shared with the PortAudio thread; in the format of the device.
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._handed = 0
        self._heard_at = 0.0
        self._heard_ms = 0.0
        self._reported_ms = 0.0
        self._awaited = False
        self._ended = False

    @property
    def played_ms(self) -> float:
        """Audio that was audible since the start, in ms.

        Excludes silence in between and audio that the device has not played yet. Never
        decreases.
        """
        with self._lock:
            return self._heard()

    @property
    def pending_ms(self) -> float:
        """Audio that was written and is not audible yet, in ms."""
        with self._lock:
            written = self._used.duration_ms(self._handed + len(self._buffer))
            return max(0.0, written - self._heard())

    @property
    def dropped_ms(self) -> float:
        """Audio dropped because the buffer was full, in ms."""
        return self._dropped_ms

    def start(self) -> None:
        """Open the device; entering the context calls it.

        Raises:
            AudioDeviceError: The device does not exist or cannot be used.
            ModuleNotFoundError: The extra `audio` is missing.
            RuntimeError: It was started before, or no event loop is running.
        """
        if self._loop is not None:
            raise RuntimeError("started already: a Speaker is used once")
        loop = asyncio.get_running_loop()
        linear = AudioFormat(None, self.format.sample_rate, self.format.channels)
        self._stream = DeviceStream(
            "output", linear, self._device, 0, self._play, self._on_finished
        )
        self._used = self._stream.format
        self._converter = AudioConverter(self.format, self._used)
        self._loop = loop
        self._stream.start()

    def close(self) -> None:
        """Stop at once and release the device; leaving the context calls it."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def write(self, audio: bytes) -> None:
        """Queue audio to play, without waiting.

        Args:
            audio: Audio in the format of the speaker; chunks may have any size.

        Raises:
            AudioDeviceError: The device was lost.
            RuntimeError: It was not started, or is closed.
        """
        self._check()
        self._queue(self._converter.convert(audio))

    def flush(self) -> float:
        """Drop the audio that is not played yet, for an interruption.

        Audio already handed to the device, some hundredths of a second, is still
        audible; it counts as played from now on and is not reported any more.

        Returns:
            Duration of the dropped audio, in ms.
        """
        with self._lock:
            dropped = len(self._buffer)
            self._buffer.clear()
            self._heard_at = 0.0
            self._reported_ms = self._heard()
        if self._loop is not None:
            self._converter.reset()
        self._empty.set()
        return self._used.duration_ms(dropped)

    async def drain(self) -> None:
        """Wait until all written audio was played or flushed.

        Raises:
            AudioDeviceError: The device was lost.
            RuntimeError: It was not started, or is closed.
        """
        self._check()
        self._queue(self._converter.flush())
        while True:
            with self._lock:
                empty = not self._buffer
                self._awaited = not empty
                self._empty.clear()
            if empty:
                break
            await self._empty.wait()
            self._check()
        await asyncio.sleep(max(0.0, self._heard_at - time.monotonic()))

    def _queue(self, audio: bytes) -> None:
        with self._lock:
            room = max(0, self._used.size(self._buffer_ms) - len(self._buffer))
            self._buffer += audio[:room]
        self._dropped_ms += self._used.duration_ms(len(audio[room:]))

    def _check(self) -> None:
        if self._ended and self._stream is not None:
            raise AudioDeviceError("the speaker was lost: the device has ended")
        if self._stream is None:
            raise RuntimeError("not open: use `async with Speaker() as …`")

    def _play(self, out: Any, frames: int, moment: Any, _status: Any) -> None:
        """Fill a block; called in the PortAudio thread."""
        size = frames * self._used.frame_bytes
        with self._lock:
            audio = bytes(self._buffer[:size])
            del self._buffer[:size]
            if audio:
                delay = moment.outputBufferDacTime - moment.currentTime
                if not 0 < delay <= _MAX_DELAY_SECONDS:
                    delay = self._stream_latency()
                length = self._used.duration_ms(len(audio)) / 1000
                self._handed += len(audio)
                self._heard_at = time.monotonic() + delay + length
            if self._awaited and not self._buffer:
                self._notify()
            heard = self._heard()
            more, self._reported_ms = heard - self._reported_ms, heard
        out[:] = audio.ljust(size, b"\x00")
        # Without the lock, as the callback may use the speaker.
        if more > 0 and self._on_played is not None:
            self._on_played(more)

    def _heard(self) -> float:
        """Return the audible audio so far, in ms; the caller holds the lock."""
        ahead = max(0.0, self._heard_at - time.monotonic()) * 1000
        heard = self._used.duration_ms(self._handed) - ahead
        self._heard_ms = max(self._heard_ms, heard)
        return self._heard_ms

    def _stream_latency(self) -> float:
        # The stream may be closed during its last block.
        stream = self._stream
        return 0.0 if stream is None else stream.latency

    def _on_finished(self) -> None:
        """Handle the end of the stream; called in the PortAudio thread."""
        with self._lock:
            self._ended = True
            self._notify()

    def _notify(self) -> None:
        self._awaited = False
        # Raises if the loop was closed meanwhile; then no task is waiting.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._empty.set)
