"""Voice activity detection on independently synthesized speech, with noise.

The speech is at -20 dBFS, the noise at -50 dBFS. The true start and end are those of
the clean signal: the first and the last 10 ms that are louder than the noise.
"""

from __future__ import annotations

import math
from base64 import b64encode
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.engine_driver import Event, Session, every, update
from voicelive_core.audio import ALAW, ULAW, encode_g711
from voicelive_mockserver.audio import espeak
from voicelive_mockserver.audio.formats import (
    resample,
)

Signal = npt.NDArray[np.float64]

SPEECH_DBFS = -20
NOISE_DBFS = -50
AUDIBLE_DBFS = -48
LEAD_MS = 737
PAUSE_MS = 900
TOLERANCE_MS = 64
# Multiples of 32 ms, so that no rounding hides in the offsets.
DETECTION = {
    "type": "server_vad",
    "prefix_padding_ms": 0,
    "silence_duration_ms": 512,
    "create_response": False,
}

SENTENCES = [
    ("Hello there.", "en"),
    ("What is the weather like in London today?", "en+f3"),
    ("I would like to book a table for four people, please.", "en-us"),
    ("Yes.", "en"),
    ("Ich hätte gern einen Kaffee.", "de"),
    ("Dzień dobry, nazywam się Marcelo.", "pl"),
]
FORMATS = [
    ("pcm16", 8000, 1),
    ("pcm16", 16000, 1),
    ("pcm16", 24000, 1),
    ("pcm16", 44100, 1),
    ("pcm16", 24000, 2),
    ("g711_ulaw", 8000, 1),
    ("g711_alaw", 8000, 1),
]


@cache
def clean(text: str, voice: str, rate: int) -> Signal:
    """Return a spoken sentence at `SPEECH_DBFS`, without noise."""
    pcm = resample(espeak.speak(text, voice), espeak.SAMPLE_RATE, rate)
    signal = np.frombuffer(pcm, "<i2").astype(np.float64)
    loud = np.abs(signal) > 0.03 * np.abs(signal).max()
    level = math.sqrt(float(np.mean(signal[loud] ** 2)))
    return signal * (32768 * 10 ** (SPEECH_DBFS / 20) / level)


def truth(signal: Signal, rate: int) -> tuple[float, float]:
    """Return the start and the end of the speech in a clean signal, in ms."""
    size = rate // 100
    count = len(signal) // size
    power = (signal[: count * size].reshape(count, size) ** 2).mean(1)
    audible = np.nonzero(power > 32768**2 * 10 ** (AUDIBLE_DBFS / 10))[0]
    step = size / rate * 1000
    return float(audible[0] * step), float((audible[-1] + 1) * step)


def noisy(parts: list[Signal]) -> bytes:
    """Return the concatenation of signals, with noise."""
    signal = np.concatenate(parts)
    noise = np.random.default_rng(7).normal(
        0, 32768 * 10 ** (NOISE_DBFS / 20), len(signal)
    )
    return np.clip(signal + noise, -32768, 32767).astype("<i2").tobytes()


def silent(milliseconds: int, rate: int) -> Signal:
    return np.zeros(milliseconds * rate // 1000)


def encoded(pcm: bytes, audio_format: str, channels: int) -> bytes:
    if audio_format == "g711_ulaw":
        return encode_g711(pcm, ULAW)
    if audio_format == "g711_alaw":
        return encode_g711(pcm, ALAW)
    if channels == 1:
        return pcm
    # The loudspeaker on the second channel is loud all the time.
    microphone = np.frombuffer(pcm, "<i2")
    loudspeaker = np.resize(np.array([9000, -9000], "<i2"), len(microphone))
    return np.column_stack((microphone, loudspeaker)).tobytes()


def listening(audio_format: str, rate: int, channels: int) -> Session:
    """Return a session with an input format."""
    session = Session(
        api_version="2026-07-15", features=frozenset({"client_ec_reference"})
    )
    settings: dict[str, Any] = {
        "input_audio_format": audio_format,
        "input_audio_sampling_rate": rate,
        "turn_detection": DETECTION,
    }
    if channels == 2:
        settings["input_audio_echo_cancellation"] = {
            "type": "server_echo_cancellation",
            "reference_source": "client",
            "channels": 2,
        }
    session.ask(update(**settings))
    return session


def append(audio: bytes) -> Event:
    data = b64encode(audio).decode()
    return {"type": "input_audio_buffer.append", "audio": data}


def detected(session: Session) -> list[tuple[int, int]]:
    """Return the announced starts and ends of speech, in ms."""
    starts = every(session.events, "input_audio_buffer.speech_started")
    stops = every(session.events, "input_audio_buffer.speech_stopped")
    return [
        (start["audio_start_ms"], stop["audio_end_ms"] - 512)
        for start, stop in zip(starts, stops, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("audio_format", "rate", "channels"), FORMATS)
@pytest.mark.parametrize(("text", "voice"), SENTENCES)
def test_offsets_of_speech_in_noise(
    text: str, voice: str, audio_format: str, rate: int, channels: int
) -> None:
    """At each format and rate, both ends are within 64 ms of the truth."""
    speech = clean(text, voice, rate)
    pcm = noisy([silent(LEAD_MS, rate), speech, silent(PAUSE_MS, rate)])
    session = listening(audio_format, rate, channels)
    session.ask(append(encoded(pcm, audio_format, channels)))
    ((start, end),) = detected(session)
    true_start, true_end = truth(speech, rate)
    assert abs(start - LEAD_MS - true_start) <= TOLERANCE_MS
    assert abs(end - LEAD_MS - true_end) <= TOLERANCE_MS


@pytest.mark.parametrize("rate", [8000, 24000])
def test_sentences_with_pauses_are_turns(rate: int) -> None:
    """Each of several sentences is a separate turn, in one append or many."""
    parts = [silent(LEAD_MS, rate)]
    expected = []
    for text, voice in SENTENCES:
        speech = clean(text, voice, rate)
        before = sum(map(len, parts)) / rate * 1000
        expected.append(tuple(before + at for at in truth(speech, rate)))
        parts += [speech, silent(PAUSE_MS, rate)]
    pcm = noisy(parts)
    burst = listening("pcm16", rate, 1)
    burst.ask(append(pcm))
    found = detected(burst)
    assert len(found) == len(expected)
    for (start, end), (true_start, true_end) in zip(found, expected, strict=True):
        assert abs(start - true_start) <= TOLERANCE_MS
        assert abs(end - true_end) <= TOLERANCE_MS
    pieces = listening("pcm16", rate, 1)
    for at in range(0, len(pcm), 642):
        pieces.send(append(pcm[at : at + 642]))
    pieces.finish()
    assert detected(pieces) == found


@pytest.mark.parametrize(("audio_format", "rate", "channels"), FORMATS)
def test_noise_is_not_speech(audio_format: str, rate: int, channels: int) -> None:
    """Ten seconds of noise at -50 dBFS do not start a turn."""
    session = listening(audio_format, rate, channels)
    session.ask(append(encoded(noisy([silent(10_000, rate)]), audio_format, channels)))
    assert detected(session) == []
