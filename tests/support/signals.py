"""Test signals: made here, always the same, or read from the spoken example.

All of them are mono pcm16; levels are RMS levels in dBFS.
"""

from __future__ import annotations

import math
import random
import wave
from array import array
from functools import cache
from pathlib import Path

from tools.paths import QUESTION
from voicelive_mockserver.audio.formats import pcm16, samples

RATES = (8000, 16000, 24000, 44100)

QUESTION_START_MS = 300
QUESTION_END_MS = 2870


@cache
def question() -> bytes:
    """Return the spoken example, at 24 kHz."""
    with wave.open(str(QUESTION)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getframerate() == 24000
        pcm: bytes = file.readframes(file.getnframes())
        return pcm


def silence(ms: float, rate: int = 24000) -> bytes:
    """Return digital silence."""
    return bytes(2 * _count(ms, rate))


@cache
def tone(
    ms: float, rate: int = 24000, *, dbfs: float = -20, hertz: float = 220
) -> bytes:
    """Return a sine wave."""
    peak = math.sqrt(2) * 32768 * 10 ** (dbfs / 20)
    step = 2 * math.pi * hertz / rate
    wave = [round(peak * math.sin(step * i)) for i in range(_count(ms, rate))]
    return pcm16(array("h", wave))


@cache
def noise(ms: float, rate: int = 24000, *, dbfs: float = -50) -> bytes:
    """Return white noise."""
    sigma = 32768 * 10 ** (dbfs / 20)
    gauss = random.Random(1).gauss
    values = [round(gauss(0, sigma)) for _ in range(_count(ms, rate))]
    return pcm16(array("h", values))


def mix(first: bytes, second: bytes) -> bytes:
    """Return the sum of two signals, as long as the shorter one."""
    pairs = zip(samples(first), samples(second), strict=False)
    return pcm16(array("h", [max(-32768, min(32767, a + b)) for a, b in pairs]))


def louder(pcm: bytes, db: float) -> bytes:
    """Return a signal with its level raised, or lowered, by some dB."""
    gain = 10 ** (db / 20)
    return pcm16(array("h", [round(value * gain) for value in samples(pcm)]))


def rms_dbfs(pcm: bytes) -> float:
    """Return the RMS level of a signal."""
    values = samples(pcm)
    power = sum(value * value for value in values) / len(values)
    return 10 * math.log10(power / 32768**2) if power else -math.inf


def _count(ms: float, rate: int) -> int:
    return round(ms * rate / 1000)


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
