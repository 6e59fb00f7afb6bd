"""Microphone as an async iterator of frames."""

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
    """Microphone as an async iterator of frames.

    ```python
    async with Microphone() as microphone:
        await send_audio_stream(connection, microphone)
    ```

    Audio is buffered until it is read. When the buffer is full the oldest audio is
    dropped and counted in `dropped_ms`.

    A device that does not support the sample rate is used with its own, and the audio
    is resampled.

    Args:
        audio_format: Format of the frames; by default pcm16 at 24,000 Hz, mono.
        device: Index or part of the name; by default the system default.
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
        """Format of the frames."""
        self._device = device
        self._frame_ms = frame_ms
        self._stream: DeviceStream | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._framer = Framer(self.format.size(frame_ms))
        self._frames: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._closed = False
        # Shared with the PortAudio thread.
        self._lock = threading.Lock()
        self._blocks: deque[bytes] = deque(maxlen=max(1, int(buffer_ms / frame_ms)))
        self._dropped = 0
        self._overflows = 0
        self._notified = False
        self._ended = False

    @property
    def dropped_ms(self) -> float:
        """Audio dropped because it was not read in time, in ms."""
        return self._dropped * self._frame_ms

    @property
    def overflows(self) -> int:
        """Number of overflows that the device reported."""
        return self._overflows

    def start(self) -> None:
        """Start recording; entering the context calls it.

        Raises:
            AudioDeviceError: The device does not exist or cannot be used.
            ModuleNotFoundError: The extra `audio` is missing.
            RuntimeError: It was started before, or no event loop is running.
        """
        if self._loop is not None:
            raise RuntimeError("started already: a Microphone is used once")
        loop = asyncio.get_running_loop()
        linear = AudioFormat(None, self.format.sample_rate, self.format.channels)
        self._stream = DeviceStream(
            "input",
            linear,
            self._device,
            self._frame_ms,
            self._on_block,
            self._on_finished,
        )
        self._converter = AudioConverter(self._stream.format, self.format)
        self._loop = loop
        self._stream.start()

    def close(self) -> None:
        """Stop recording and release the device; leaving the context calls it.

        The iteration ends after the buffered audio.
        """
        self._closed = True
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        self._wake.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return the next frame; cancelling loses none.

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
            # Under the lock, so that no block arrives in between.
            self._notified = False
            if not self._closed:
                self._wake.clear()
            return None

    def _on_block(self, data: Any, _frames: int, _time: Any, status: Any) -> None:
        """Buffer a block; called in the PortAudio thread."""
        block = bytes(data)
        with self._lock:
            if len(self._blocks) == self._blocks.maxlen:
                self._dropped += 1
            self._overflows += bool(status and status.input_overflow)
            self._blocks.append(block)
        self._notify()

    def _on_finished(self) -> None:
        """Handle the end of the stream; called in the PortAudio thread."""
        with self._lock:
            self._ended = True
            self._notified = False
        self._notify()

    def _notify(self) -> None:
        with self._lock:
            if self._notified or self._loop is None:
                return
            self._notified = True
            # Raises if the loop was closed meanwhile; then no task is waiting.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake.set)
