"""Speech as it goes over the wire: frames that are ready to be sent."""

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
_BYTES = 2
# A frame is quiet when it stays below this share of the loudest sample.
_QUIET = 0.02


@dataclass(frozen=True, slots=True)
class Clip:
    """Something to say.

    Attributes:
        name: What it is called.
        frames: Client events with 20 ms of audio each, as JSON. The first one and the
            last one have speech.
    """

    name: str
    frames: tuple[bytes, ...]

    @property
    def seconds(self) -> float:
        """How long it takes to say."""
        return len(self.frames) * FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class Speech:
    """All that the callers of a test can say.

    Attributes:
        clips: What they say, at least one.
        silence: The frame for when nobody speaks.
        sample_rate: Of the audio, in Hz.
    """

    clips: Sequence[Clip]
    silence: bytes
    sample_rate: int


@cache
def shipped_speech() -> Speech:
    """Return the English sentences that come with the package."""
    with as_file(files("voicelive_loadtest") / "speech_files") as folder:
        return load_speech(folder)


def load_speech(folder: Path) -> Speech:
    """Read all WAV files of a folder.

    Silence at both ends is cut off, so that speech ends where a clip ends. A pause in
    the middle should be shorter than what turn detection takes for the end of a turn.

    Args:
        folder: Where the files are: mono, 16 bit, all with the same sample rate.

    Raises:
        ValueError: There is no file, or one has another form or no sound.
        OSError: It cannot be read.
    """
    paths = sorted(folder.glob("*.wav"))
    if not paths:
        raise ValueError(f"{folder}: no *.wav file")
    read = [(path, *_read(path)) for path in paths]
    rates = {rate for _, _, rate in read}
    if len(rates) > 1:
        raise ValueError(f"{folder}: the files differ in sample rate: {sorted(rates)}")
    rate = rates.pop()
    return Speech(
        [_clip(path, pcm, rate) for path, pcm, _ in read], _silence(rate), rate
    )


def tone_speech(seconds: float = 0.2, *, sample_rate: int = 24_000) -> Speech:
    """Return a hum, which turn detection takes for speech.

    Args:
        seconds: How long it is.
        sample_rate: In Hz.
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
    if form != (1, _BYTES):
        raise ValueError(
            f"{path}: needs one channel of 16 bit, has {form[0]} of {form[1] * 8} bit"
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
        raise ValueError(f"{path}: there is no sound in it")
    heard = [number for number, peak in enumerate(peaks) if peak > _QUIET * loudest]
    speech = pcm[heard[0] * step * _BYTES : (heard[-1] + 1) * step * _BYTES]
    return Clip(path.stem, tuple(_frames(speech, rate)))


def _frames(pcm: bytes, rate: int) -> Iterable[bytes]:
    size = round(rate * FRAME_SECONDS) * _BYTES
    for start in range(0, len(pcm), size):
        yield _append(pcm[start : start + size].ljust(size, b"\0"))


def _silence(rate: int) -> bytes:
    return _append(bytes(round(rate * FRAME_SECONDS) * _BYTES))


def _append(pcm: bytes) -> bytes:
    return encode(ClientEventInputAudioBufferAppend(audio=pcm))


def _little_endian(samples: array[int]) -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
