"""A microphone as a stream of frames."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from typing import Any, Self

from voicelive.audio._audio_device import AudioDevice
from voicelive.audio._convert import AudioConverter
from voicelive.audio._devices import AudioDeviceError, Device, DeviceStream
from voicelive.audio._format import AudioFormat
from voicelive.audio._frames import Framer


class Microphone(AudioDevice):
    """Frames of what a microphone hears, as an async iterator.

    ```python
    async with Microphone() as microphone:
        await send_audio_stream(connection, microphone)
    ```

    What was not fetched yet waits in a buffer. When that is full the oldest audio is
    dropped and counted in `dropped_ms`: late speech is worth less than fresh speech.

    A device that does not know the sample rate is used with its own, and the audio is
    converted.

    Args:
        audio_format: The format of the frames; by default pcm16 at 24,000 Hz, mono.
        device: Number or part of the name; by default the system's choice.
        frame_ms: Length of a frame in ms.
        buffer_ms: Length of the buffer in ms.
    """

    def __init__(
        self,
        audio_format: AudioFormat | None = None,
        *,
        device: Device | None = None,
        frame_ms: float = 20,
        buffer_ms: float = 1000,
    ) -> None:
        self.format: AudioFormat = audio_format or AudioFormat()
        """The format of the frames."""
        self._device = device
        self._frame_ms = frame_ms
        self._stream: DeviceStream | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._framer = Framer(self.format.size(frame_ms))
        self._frames: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._closed = False
        # Shared with the thread of PortAudio.
        self._lock = threading.Lock()
        self._blocks: deque[bytes] = deque(maxlen=max(1, int(buffer_ms / frame_ms)))
        self._dropped = 0
        self._overflows = 0
        self._notified = False
        self._ended = False

    @property
    def dropped_ms(self) -> float:
        """Audio dropped because it was not fetched in time, in ms."""
        return self._dropped * self._frame_ms

    @property
    def overflows(self) -> int:
        """How often the system reported that it lost audio before it came here."""
        return self._overflows

    def start(self) -> None:
        """Begin to listen; entering the context does it.

        Raises:
            AudioDeviceError: There is no such device, or it cannot be used.
            ModuleNotFoundError: The extra `audio` is missing.
            RuntimeError: It was started before, or no event loop is running.
        """
        if self._loop is not None:
            raise RuntimeError("started already: a Microphone is used once")
        loop = asyncio.get_running_loop()
        linear = AudioFormat(None, self.format.sample_rate, self.format.channels)
        self._stream = DeviceStream(
            "input", linear, self._device, self._frame_ms, self._heard, self._finished
        )
        self._converter = AudioConverter(self._stream.format, self.format)
        self._loop = loop
        self._stream.start()

    def close(self) -> None:
        """Stop listening and release the device; leaving the context does it.

        The iteration ends after what is in the buffer.
        """
        self._closed = True
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        self._wake.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Wait for the next frame. Cancelling loses none.

        Raises:
            AudioDeviceError: The device was lost.
            RuntimeError: It was not started.
        """
        if self._loop is None:
            raise RuntimeError("not started: use `async with Microphone() as …`")
        while not self._frames:
            block = self._next_block()
            if block is not None:
                self._frames.extend(self._framer.push(self._converter.convert(block)))
            elif self._closed:
                raise StopAsyncIteration
            elif self._ended:
                raise AudioDeviceError("the microphone was lost: the device has ended")
            else:
                await self._wake.wait()
        return self._frames.popleft()

    def _next_block(self) -> bytes | None:
        with self._lock:
            if self._blocks:
                return self._blocks.popleft()
            # Under the lock, so that no block can come in between.
            self._notified = False
            if not self._closed:
                self._wake.clear()
            return None

    def _heard(self, data: Any, _frames: int, _time: Any, status: Any) -> None:
        """Take a block, in the thread of PortAudio."""
        block = bytes(data)
        with self._lock:
            if len(self._blocks) == self._blocks.maxlen:
                self._dropped += 1
            self._overflows += bool(status and status.input_overflow)
            self._blocks.append(block)
        self._notify()

    def _finished(self) -> None:
        """Notice the end of the stream, in the thread of PortAudio."""
        with self._lock:
            self._ended = True
            self._notified = False
        self._notify()

    def _notify(self) -> None:
        with self._lock:
            if self._notified or self._loop is None:
                return
            self._notified = True
            # A loop that was closed meanwhile refuses; then nobody waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake.set)
