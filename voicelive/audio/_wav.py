"""Reading and writing of WAV files."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from voicelive.audio._convert import AudioConverter
from voicelive.audio._format import AudioFormat

FilePath: TypeAlias = str | os.PathLike[str]
"""Path of a file."""

_READ_MS = 1000
_FLIP_SIGN = bytes(value ^ 0x80 for value in range(256))


def wav_format(path: FilePath) -> tuple[AudioFormat, float]:
    """Read format and duration of a WAV file.

    Args:
        path: The file.

    Returns:
        The format in which `wav_pieces` reads it, and its duration in ms.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not a WAV file with PCM samples of 8, 16, 24 or 32 bits.
    """
    with _open(path) as file:
        audio = _format(file)
        return audio, file.getnframes() * 1000 / audio.sample_rate


def wav_pieces(path: FilePath) -> Iterator[bytes]:
    """Yield a WAV file as pcm16 of its own rate and channels, a second at a time.

    Samples of 24 or 32 bits are cut to the upper 16.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not a WAV file with PCM samples of 8, 16, 24 or 32 bits.
    """
    with _open(path) as file:
        width = file.getsampwidth()
        frames = _format(file).sample_rate * _READ_MS // 1000
        while piece := file.readframes(frames):
            yield _pcm16(piece, width)


def write_wav(
    path: FilePath, audio: bytes, audio_format: AudioFormat | None = None
) -> None:
    """Write audio to a WAV file with 16-bit samples.

    Args:
        path: The file; an existing one is replaced.
        audio: The audio.
        audio_format: Format of the audio; by default pcm16 at 24,000 Hz, mono. G.711 is
            decoded.

    Raises:
        OSError: The file cannot be written.
    """
    given = audio_format or AudioFormat()
    linear = AudioFormat(None, given.sample_rate, given.channels)
    converter = AudioConverter(given, linear)
    try:
        with Path(path).open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(linear.channels)
            file.setsampwidth(2)
            file.setframerate(linear.sample_rate)
            file.writeframes(converter.convert(audio))
    except OSError as error:
        # For a full disk the error has no file name.
        if error.filename is None:
            error.filename = os.fspath(path)
        raise


def _open(path: FilePath) -> wave.Wave_read:
    try:
        return wave.open(os.fspath(path), "rb")
    except (wave.Error, EOFError) as error:
        why = str(error) or "it is too short"
        raise ValueError(f"{path} is not a WAV file with PCM samples: {why}") from None


def _format(file: wave.Wave_read) -> AudioFormat:
    return AudioFormat(None, file.getframerate(), file.getnchannels())


def _pcm16(data: bytes, width: int) -> bytes:
    """Convert samples to 16 bits by keeping the upper two bytes."""
    if width == 2:
        return data
    data = data[: len(data) - len(data) % width]
    pcm = bytearray(2 * (len(data) // width))
    if width == 1:
        # 8-bit samples are unsigned.
        pcm[1::2] = data.translate(_FLIP_SIGN)
    else:
        pcm[0::2] = data[width - 2 :: width]
        pcm[1::2] = data[width - 1 :: width]
    return bytes(pcm)
