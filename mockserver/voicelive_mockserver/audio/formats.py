"""Samples of pcm16: sizes and durations, channels, sample rate conversion.

Functions take whole blocks of mono audio, unless stated otherwise. pcm16 is signed
16 bit, little endian.
"""

from __future__ import annotations

import math
import sys
from array import array

BYTES_PER_SAMPLE = 2
"""Size of one mono pcm16 sample."""


def pcm16_size(duration_ms: float, sample_rate: int) -> int:
    """Return the size in bytes of ``duration_ms`` of mono pcm16.

    The result is rounded down to a whole sample, which matters at 44100 Hz, where
    a millisecond is not a whole number of samples.
    """
    return int(duration_ms * sample_rate / 1000) * BYTES_PER_SAMPLE


def pcm16_duration_ms(size: int, sample_rate: int) -> float:
    """Return the duration in ms of ``size`` bytes of mono pcm16."""
    return size / BYTES_PER_SAMPLE * 1000 / sample_rate


def samples(pcm: bytes | bytearray | memoryview) -> array[int]:
    """Return the samples of pcm16 audio; half a sample at the end is dropped."""
    values = array("h")
    values.frombytes(pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        values.byteswap()
    return values


def pcm16(values: array[int]) -> bytes:
    """Return samples of type ``"h"`` as pcm16 audio."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def first_channel(pcm: bytes) -> bytes:
    """Return the first channel of stereo pcm16 as mono; half a pair is dropped."""
    return pcm16(samples(pcm[: len(pcm) & ~3])[::2])


def resample(pcm: bytes, from_rate: int, to_rate: int) -> bytes:
    """Convert mono pcm16 to another sample rate by linear interpolation.

    There is no low-pass filter, so downsampling aliases frequencies above half the
    new rate. That is acceptable for speech, and fast.

    Args:
        pcm: Mono pcm16 audio.
        from_rate: Its sample rate in Hz.
        to_rate: The target sample rate in Hz.

    Returns:
        Audio of the same duration, to within one sample.
    """
    source = samples(pcm)
    if from_rate == to_rate or not source:
        return pcm16(source)
    # The position of an output sample between its two neighbours repeats after
    # `ups` output samples, which take `downs` input samples. So there are only
    # `ups` different pairs of weights, and each pair is applied to a whole slice.
    common = math.gcd(from_rate, to_rate)
    ups, downs = to_rate // common, from_rate // common
    length = len(source) * ups // downs
    source.append(source[-1])
    result = array("h", bytes(length * BYTES_PER_SAMPLE))
    for phase in range(min(ups, length)):
        first, right = divmod(phase * downs, ups)
        left = ups - right
        result[phase::ups] = array(
            "h",
            [
                (a * left + b * right) // ups
                for a, b in zip(
                    source[first:-1:downs], source[first + 1 :: downs], strict=True
                )
            ][: len(range(phase, length, ups))],
        )
    return pcm16(result)
