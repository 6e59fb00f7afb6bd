"""Audio files for the tests."""

from __future__ import annotations

import wave
from pathlib import Path


def write_wav(
    path: Path, pcm: bytes, *, rate: int = 24000, channels: int = 1, width: int = 2
) -> Path:
    """Write audio to a file; return the file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(pcm)
    return path
