"""Conversions between audio formats."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicelive_mockserver.audio import formats


def test_sizes_follow_the_sample_rate() -> None:
    """A duration is a whole number of samples, also at 44100 Hz."""
    assert formats.pcm16_size(250, 24000) == 12000
    assert formats.pcm16_size(20, 8000) == 320
    assert formats.pcm16_size(1, 44100) == 88
    assert formats.pcm16_duration_ms(12000, 24000) == 250
    assert formats.pcm16_duration_ms(88200, 44100) == 1000


def test_pcm16_is_little_endian() -> None:
    """Samples are read and written with the low byte first."""
    assert formats.samples(b"\x01\x02\xff\xff").tolist() == [0x0201, -1]
    assert formats.pcm16(array("h", [0x0201, -1])) == b"\x01\x02\xff\xff"


def test_half_a_sample_is_dropped() -> None:
    """An odd byte at the end does not disturb the samples before it."""
    assert formats.samples(b"\x01\x00\x7f").tolist() == [1]


@pytest.mark.parametrize(
    ("code", "level"),
    [(0x00, -32124), (0x80, 32124), (0xFF, 0), (0x7F, 0), (0xF0, 120), (0x9E, 8828)],
)
def test_ulaw_levels(code: int, level: int) -> None:
    """u-law bytes stand for the levels of the G.711 table."""
    assert formats.samples(formats.ulaw_to_pcm16(bytes([code]))).tolist() == [level]


@pytest.mark.parametrize(
    ("code", "level"),
    [(0xD5, 8), (0x55, -8), (0x2A, -32256), (0xAA, 32256), (0xC5, 264), (0xB4, 8960)],
)
def test_alaw_levels(code: int, level: int) -> None:
    """A-law bytes stand for the levels of the G.711 table."""
    assert formats.samples(formats.alaw_to_pcm16(bytes([code]))).tolist() == [level]


def test_g711_bytes_survive_a_round_trip() -> None:
    """Encoding what was decoded gives the same byte, but for u-law's negative zero."""
    codes = bytes(range(256))
    assert formats.pcm16_to_alaw(formats.alaw_to_pcm16(codes)) == codes
    ulaw = formats.pcm16_to_ulaw(formats.ulaw_to_pcm16(codes))
    assert ulaw == codes.replace(b"\x7f", b"\xff")


@settings(deadline=None, derandomize=True)
@given(st.integers(-32768, 32767))
def test_g711_is_as_exact_as_it_can_be(sample: int) -> None:
    """A sample comes back within half a step, which grows with the level."""
    pcm = formats.pcm16(array("h", [sample]))
    ulaw = formats.samples(formats.ulaw_to_pcm16(formats.pcm16_to_ulaw(pcm)))[0]
    alaw = formats.samples(formats.alaw_to_pcm16(formats.pcm16_to_alaw(pcm)))[0]
    clipped = max(-32635, min(32635, sample))
    assert abs(ulaw - clipped) <= (abs(clipped) + 132) / 32 + 4
    assert abs(alaw - sample) <= max(16, abs(sample) / 32 + 16)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_resampling_keeps_the_sound(rate: int) -> None:
    """A tone keeps its pitch, its level and, to a sample, its duration."""
    wave = [round(8000 * math.sin(2 * math.pi * 440 * i / 24000)) for i in range(6000)]
    result = formats.samples(
        formats.resample(formats.pcm16(array("h", wave)), 24000, rate)
    )
    assert abs(len(result) - rate / 4) <= 1
    # The last value has no right neighbour to lean on.
    for i, value in enumerate(result[:-4]):
        assert abs(value - 8000 * math.sin(2 * math.pi * 440 * i / rate)) < 40


@settings(deadline=None, derandomize=True)
@given(
    st.binary(max_size=100),
    st.integers(1000, 50000),
    st.integers(1000, 50000),
)
def test_resampling_stays_within_the_signal(pcm: bytes, old: int, new: int) -> None:
    """No value lies outside those around it, whatever the rates."""
    source = formats.samples(pcm)
    result = formats.samples(formats.resample(pcm, old, new))
    assert len(result) == len(source) * new // old
    for i, value in enumerate(result):
        around = source[i * old // new : i * old // new + 2]
        assert min(around) <= value <= max(around)


def test_resampling_to_the_same_rate_changes_nothing() -> None:
    """Equal rates give equal bytes."""
    pcm = random.Random(1).randbytes(200)
    assert formats.resample(pcm, 24000, 24000) == pcm
