"""In place of PyAudio: a microphone that hears a recording, and a speaker.

`MICROPHONE` names the WAV file that is heard once; silence follows. What is played is
appended to the file that `SPEAKER` names. Time passes ten times as fast as it should.
"""

from __future__ import annotations

import os
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

paInt16 = 8
paContinue = 0
paComplete = 1

_SPEED = 10


def get_sample_size(_format: int) -> int:
    return 2


class PyAudio:
    """The audio system."""

    def open(self, **options: Any) -> Stream:
        return Stream(**options)

    def get_device_count(self) -> int:
        return 1

    def get_device_info_by_index(self, _index: int) -> dict[str, int]:
        return {"maxInputChannels": 1, "maxOutputChannels": 1}

    def terminate(self) -> None:
        """Nothing is open."""


class Stream:
    """A microphone or a speaker: it is read and written, or it calls back."""

    def __init__(
        self,
        *,
        rate: int,
        frames_per_buffer: int,
        input: bool = False,
        stream_callback: Callable[..., Any] | None = None,
        **_: Any,
    ) -> None:
        self._rate = rate
        self._heard: bytes = _microphone() if input else b""
        self._due = time.monotonic()
        self._open = True
        self._thread: threading.Thread | None = None
        if stream_callback is not None:
            self._thread = threading.Thread(
                target=self._run,
                args=(input, frames_per_buffer, stream_callback),
                daemon=True,
            )
            self._thread.start()

    def start_stream(self) -> None:
        """It runs from the beginning."""

    def stop_stream(self) -> None:
        self._open = False
        if self._thread is not None:
            self._thread.join(timeout=10)

    def close(self) -> None:
        self._open = False

    def read(self, frames: int, exception_on_overflow: bool = True) -> bytes:
        self._pass(frames)
        data, self._heard = self._heard[: 2 * frames], self._heard[2 * frames :]
        return data.ljust(2 * frames, b"\0")

    def write(self, data: bytes) -> None:
        self._pass(len(data) // 2)
        with Path(os.environ["SPEAKER"]).open("ab") as speaker:
            speaker.write(data)

    def _run(self, hears: bool, frames: int, callback: Callable[..., Any]) -> None:
        while self._open:
            if hears:
                callback(self.read(frames), frames, {}, 0)
            else:
                self.write(callback(None, frames, {}, 0)[0])

    def _pass(self, frames: int) -> None:
        self._due += frames / self._rate / _SPEED
        time.sleep(max(0.0, self._due - time.monotonic()))


def _microphone() -> bytes:
    with wave.open(os.environ["MICROPHONE"]) as file:
        return bytes(file.readframes(file.getnframes()))
