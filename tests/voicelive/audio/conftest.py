from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest


def tone(
    ms: float, rate: int = 24_000, hertz: float = 440.0, level: int = 12_000
) -> bytes:
    """A sine as mono pcm16."""
    step = 2 * math.pi * hertz / rate
    count = int(ms * rate / 1000)
    return array(
        "h", [round(level * math.sin(n * step)) for n in range(count)]
    ).tobytes()


@pytest.fixture
def wav(tmp_path: Path) -> Callable[..., Path]:
    """Writes a WAV file by hand, so that any header is possible."""

    def write(
        data: bytes,
        *,
        width: int = 2,
        rate: int = 24_000,
        channels: int = 1,
        tag: int = 1,
    ) -> Path:
        align = width * channels
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF",
            36 + len(data),
            b"WAVE",
            b"fmt ",
            16,
            tag,
            channels,
            rate,
            rate * align,
            align,
            8 * width,
            b"data",
            len(data),
        )
        path = tmp_path / f"{width}-{rate}-{channels}-{tag}.wav"
        path.write_bytes(head + data)
        return path

    return write
