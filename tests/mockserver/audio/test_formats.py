"""Samples of pcm16, and conversion between sample rates."""

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
    """An odd byte at the end does not affect the samples before it."""
    assert formats.samples(b"\x01\x00\x7f").tolist() == [1]


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
    """Each value is between its neighbours, at any rate."""
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
