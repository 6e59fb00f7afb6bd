"""Speech clips as pre-encoded frames."""

from __future__ import annotations

import math
import sys
import wave
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from voicelive_protocol import ClientEventInputAudioBufferAppend, encode

FRAME_SECONDS = 0.02
_SAMPLE_BYTES = 2
# Frames below this share of the peak sample are silence.
_SILENCE_RATIO = 0.02


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip of speech.

    Attributes:
        name: Name of the clip.
        frames: Client events as JSON, with 20 ms of audio each. The first and the
            last one contain speech.
    """

    name: str
    frames: tuple[bytes, ...]

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.frames) * FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class Speech:
    """Clips of a test.

    Attributes:
        clips: At least one clip.
        silence: Frame of silence.
        sample_rate: Sample rate in Hz.
    """

    clips: Sequence[Clip]
    silence: bytes
    sample_rate: int


@cache
def shipped_speech() -> Speech:
    """Return the English clips that ship with the package."""
    with as_file(files("voicelive_loadtest") / "speech_files") as folder:
        return load_speech(folder)


def load_speech(folder: Path) -> Speech:
    """Read all WAV files of a directory.

    Silence at both ends is trimmed, so that a clip ends with speech. Pauses should be
    shorter than the silence that ends a turn.

    Args:
        folder: Directory of mono 16-bit files with the same sample rate.

    Raises:
        ValueError: There are no files, or a file has another format or is silent.
        OSError: A file cannot be read.
    """
    paths = sorted(folder.glob("*.wav"))
    if not paths:
        raise ValueError(f"{folder}: no *.wav files")
    read = [(path, *_read(path)) for path in paths]
    rates = {rate for _, _, rate in read}
    if len(rates) > 1:
        raise ValueError(f"{folder}: different sample rates: {sorted(rates)}")
    rate = rates.pop()
    return Speech(
        [_clip(path, pcm, rate) for path, pcm, _ in read], _silence(rate), rate
    )


def tone_speech(seconds: float = 0.2, *, sample_rate: int = 24_000) -> Speech:
    """Return a tone that turn detection classifies as speech.

    Args:
        seconds: Duration.
        sample_rate: Sample rate in Hz.
    """
    step = 2 * math.pi * 220 / sample_rate
    count = round(seconds * sample_rate)
    pcm = array("h", (round(9000 * math.sin(i * step)) for i in range(count)))
    clip = Clip("tone", tuple(_frames(_little_endian(pcm), sample_rate)))
    return Speech([clip], _silence(sample_rate), sample_rate)


def _read(path: Path) -> tuple[bytes, int]:
    try:
        with wave.open(str(path)) as source:
            form = source.getnchannels(), source.getsampwidth()
            rate, pcm = source.getframerate(), source.readframes(source.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path}: {error}") from None
    if form != (1, _SAMPLE_BYTES):
        raise ValueError(
            f"{path}: expected mono 16-bit audio, got {form[0]} x {form[1] * 8} bit"
        )
    return pcm, rate


def _clip(path: Path, pcm: bytes, rate: int) -> Clip:
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    step = round(rate * FRAME_SECONDS)
    peaks = [
        max(map(abs, samples[start : start + step]))
        for start in range(0, len(samples), step)
    ]
    loudest = max(peaks, default=0)
    if not loudest:
        raise ValueError(f"{path}: the file is silent")
    heard = [
        number for number, peak in enumerate(peaks) if peak > _SILENCE_RATIO * loudest
    ]
    speech = pcm[
        heard[0] * step * _SAMPLE_BYTES : (heard[-1] + 1) * step * _SAMPLE_BYTES
    ]
    return Clip(path.stem, tuple(_frames(speech, rate)))


def _frames(pcm: bytes, rate: int) -> Iterable[bytes]:
    size = round(rate * FRAME_SECONDS) * _SAMPLE_BYTES
    for start in range(0, len(pcm), size):
        yield _append(pcm[start : start + size].ljust(size, b"\0"))


def _silence(rate: int) -> bytes:
    return _append(bytes(round(rate * FRAME_SECONDS) * _SAMPLE_BYTES))


def _append(pcm: bytes) -> bytes:
    return encode(ClientEventInputAudioBufferAppend(audio=pcm))


def _little_endian(samples: array[int]) -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
