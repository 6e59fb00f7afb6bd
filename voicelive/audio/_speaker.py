"""A loudspeaker that can be interrupted and knows what was heard."""

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

# Some systems report no time for a block, or nonsense.
_LONGEST_DELAY_S = 2.0


class Speaker(AudioDevice):
    """Plays audio, whatever the pace it comes at.

    ```python
    async with Speaker() as speaker:
        speaker.write(delta)  # returns at once
        speaker.flush()  # the user has begun to speak
        await speaker.drain()  # until all was heard
    ```

    What was not played yet waits in a buffer. What does not fit any more is dropped
    and counted in `dropped_ms`. While the buffer is empty the speaker is silent.

    A device that does not know the sample rate is used with its own, and the audio is
    converted.

    Args:
        audio_format: The format of the audio; by default pcm16 at 24,000 Hz, mono.
        device: Number or part of the name; by default the system's choice.
        buffer_ms: Length of the buffer in ms; the default of ten minutes is more than
            the longest response of the service.
        on_played: Called again and again with how many more milliseconds were heard, in
            another thread: what `PlaybackClock.played` wants to know.
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
        """The format of the audio."""
        self._device = device
        self._buffer_ms = buffer_ms
        self._on_played = on_played
        self._stream: DeviceStream | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._used = self.format
        self._empty = asyncio.Event()
        self._dropped_ms = 0.0
        # Shared with the thread of PortAudio; in the format of the device.
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
        """Audio that was heard since the start, in ms.

        Silence in between does not count, nor what the device has not played yet. It
        never falls.
        """
        with self._lock:
            return self._heard()

    @property
    def pending_ms(self) -> float:
        """Audio that was written and not heard yet, in ms."""
        with self._lock:
            written = self._used.duration_ms(self._handed + len(self._buffer))
            return max(0.0, written - self._heard())

    @property
    def dropped_ms(self) -> float:
        """Audio dropped because the buffer was full, in ms."""
        return self._dropped_ms

    def start(self) -> None:
        """Open the device; entering the context does it.

        Raises:
            AudioDeviceError: There is no such device, or it cannot be used.
            ModuleNotFoundError: The extra `audio` is missing.
            RuntimeError: It was started before, or no event loop is running.
        """
        if self._loop is not None:
            raise RuntimeError("started already: a Speaker is used once")
        loop = asyncio.get_running_loop()
        linear = AudioFormat(None, self.format.sample_rate, self.format.channels)
        self._stream = DeviceStream(
            "output", linear, self._device, 0, self._play, self._finished
        )
        self._used = self._stream.format
        self._converter = AudioConverter(self.format, self._used)
        self._loop = loop
        self._stream.start()

    def close(self) -> None:
        """Stop at once and release the device; leaving the context does it."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def write(self, audio: bytes) -> None:
        """Play audio after what waits already. Returns at once.

        Args:
            audio: Audio in the format of the speaker; pieces may have any size.

        Raises:
            AudioDeviceError: The device was lost.
            RuntimeError: It was not started, or is closed.
        """
        self._check()
        self._queue(self._converter.convert(audio))

    def flush(self) -> float:
        """Drop what is not played yet, because the listener interrupts.

        What the device has taken already, some hundredths of a second, is still heard;
        it counts as played from now on and is not reported any more.

        Returns:
            How much was dropped, in ms.
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
        """Wait until all that was written was heard, or was flushed.

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
        """Fill a block, in the thread of PortAudio."""
        size = frames * self._used.frame_bytes
        with self._lock:
            audio = bytes(self._buffer[:size])
            del self._buffer[:size]
            if audio:
                delay = moment.outputBufferDacTime - moment.currentTime
                if not 0 < delay <= _LONGEST_DELAY_S:
                    delay = self._stream_latency()
                length = self._used.duration_ms(len(audio)) / 1000
                self._handed += len(audio)
                self._heard_at = time.monotonic() + delay + length
            if self._awaited and not self._buffer:
                self._notify()
            heard = self._heard()
            more, self._reported_ms = heard - self._reported_ms, heard
        out[:] = audio.ljust(size, b"\x00")
        # Without the lock, as it may ask the speaker something.
        if more > 0 and self._on_played is not None:
            self._on_played(more)

    def _heard(self) -> float:
        """How much was heard so far, in ms; call it with the lock."""
        ahead = max(0.0, self._heard_at - time.monotonic()) * 1000
        heard = self._used.duration_ms(self._handed) - ahead
        self._heard_ms = max(self._heard_ms, heard)
        return self._heard_ms

    def _stream_latency(self) -> float:
        # Closing takes the stream away while a last block may be played.
        stream = self._stream
        return 0.0 if stream is None else stream.latency

    def _finished(self) -> None:
        """Notice the end of the stream, in the thread of PortAudio."""
        with self._lock:
            self._ended = True
            self._notify()

    def _notify(self) -> None:
        self._awaited = False
        # A loop that was closed meanwhile refuses; then nobody waits.
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._empty.set)
