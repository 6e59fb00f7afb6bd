"""Signal power of a frame."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.signals import noise, silence, tone
from voicelive_mockserver.audio import levels


@pytest.mark.parametrize("dbfs", [-6, -20, -44])
@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100])
def test_the_level_of_a_tone(rate: int, dbfs: float) -> None:
    """The power of a tone matches its level in dBFS."""
    power = levels.frame_power(tone(32, rate, dbfs=dbfs, hertz=1000))
    assert power == pytest.approx(levels.power_at(dbfs), rel=0.05)


def test_silence_has_no_power() -> None:
    """Digital silence has a power of exactly zero."""
    assert levels.frame_power(silence(32)) == 0


def test_an_offset_has_no_power() -> None:
    """A constant offset is ignored."""
    assert levels.frame_power(b"\x00\x40" * 768) == 0


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100, 48000])
@pytest.mark.parametrize("hertz", [100, 440, 1000, 2000, 3000])
def test_sampling_does_not_hide_test_tones(rate: int, hertz: int) -> None:
    """Aliasing does not affect the usual test tones."""
    power = levels.frame_power(tone(32, rate, dbfs=-20, hertz=hertz))
    assert 10 * math.log10(power / levels.power_at(-20)) == pytest.approx(0, abs=1)


@settings(deadline=None, derandomize=True)
@given(st.binary(min_size=2, max_size=4000).filter(lambda frame: len(frame) % 2 == 0))
def test_numpy_makes_no_difference(frame: bytes) -> None:
    """With and without numpy the power is identical."""
    numpy_power = levels.numpy_power()
    assert numpy_power is not None
    assert numpy_power(frame) == levels.plain_power(frame)


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100])
def test_numpy_makes_no_difference_at_full_scale(rate: int) -> None:
    """The power of loud frames is exact as well."""
    numpy_power = levels.numpy_power()
    assert numpy_power is not None
    for frame in (noise(32, rate, dbfs=-10), b"\x00\x80\xff\x7f" * (rate // 63)):
        assert numpy_power(frame) == levels.plain_power(frame)
