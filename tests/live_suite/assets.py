"""Speech files for the vendor's live suite, synthesized by eSpeak NG."""

from __future__ import annotations

import wave
from pathlib import Path

from voicelive_core.audio import ALAW, ULAW, encode_g711
from voicelive_mockserver.audio.espeak import SAMPLE_RATE, speak
from voicelive_mockserver.audio.formats import (
    resample,
)

LAKE = "What's the largest lake in the world?"
WEATHER = "What's the weather in Beijing?"
FILLER = "Um."
READING = ("The north wind and the sun were disputing.", "Which of them was stronger?")

_VOICE = "en-us+f1"
_LAKE_MS = 1480
"""Length of this speech, which the suite expects."""
_PAUSE_MS = 1500
_SAMPLE_BYTES = 2
_LOUDNESS_SHARE = 0.02


def write_assets(folder: Path) -> None:
    """Write all files to an existing folder."""
    lake = _stretched(_spoken(LAKE), _LAKE_MS)
    for rate in (8000, 16000, 24000, 44100):
        name = "largest_lake" if rate == 24000 else f"largest_lake.{rate // 1000}kHz"
        _write_wav(folder / f"{name}.wav", resample(lake, 24000, rate), rate)
    narrow = resample(lake, 24000, 8000)
    (folder / "largest_lake.ulaw").write_bytes(encode_g711(narrow, ULAW))
    (folder / "largest_lake.alaw").write_bytes(encode_g711(narrow, ALAW))
    pause = bytes(24 * _PAUSE_MS * _SAMPLE_BYTES)
    weather = _spoken(WEATHER)
    _write_wav(folder / "ask_weather.wav", weather, 24000)
    # The suite sends this file unchanged as pcm16.
    (folder / "ask_weather.mp3").write_bytes(weather)
    _write_wav(folder / "filler_word_24kHz.wav", _spoken(FILLER) + pause, 24000)
    first, second = map(_spoken, READING)
    _write_wav(folder / "4-1.wav", first + pause + second + pause, 24000)


def _spoken(text: str) -> bytes:
    """Return speech at 24 kHz, trimmed of silence."""
    pcm = resample(speak(text, _VOICE), SAMPLE_RATE, 24000)
    samples = memoryview(pcm).cast("h")
    loudest = max(map(abs, samples))
    loud = [i for i, s in enumerate(samples) if abs(s) > loudest * _LOUDNESS_SHARE]
    return pcm[loud[0] * _SAMPLE_BYTES : (loud[-1] + 1) * _SAMPLE_BYTES]


def _stretched(pcm: bytes, milliseconds: int) -> bytes:
    """Return speech at 24 kHz, stretched to a duration."""
    length = milliseconds * 24
    rate = round(24000 * len(pcm) / _SAMPLE_BYTES / length)
    return resample(pcm, rate, 24000)


def _write_wav(path: Path, pcm: bytes, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE_BYTES)
        file.setframerate(rate)
        file.writeframes(pcm)
