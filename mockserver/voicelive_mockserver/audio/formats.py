"""Audio formats: sizes and durations, G.711, sample rate conversion.

Everything works on whole blocks of audio, mono unless it says otherwise. pcm16 means
signed 16 bit samples, little endian. The standard library lost its ``audioop`` module
in Python 3.13, so G.711 is done here with lookup tables.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Callable
from functools import cache

BYTES_PER_SAMPLE = 2
"""Size of one mono pcm16 sample."""

G711_SAMPLE_RATE = 8000
"""Sample rate of both G.711 formats in Hz; one byte holds one sample."""


def pcm16_size(duration_ms: float, sample_rate: int) -> int:
    """Return how many bytes of mono pcm16 last ``duration_ms``.

    The result is rounded down to a whole sample, which matters at 44100 Hz, where
    a millisecond is not a whole number of samples.
    """
    return int(duration_ms * sample_rate / 1000) * BYTES_PER_SAMPLE


def pcm16_duration_ms(size: int, sample_rate: int) -> float:
    """Return how many milliseconds ``size`` bytes of mono pcm16 last."""
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


def ulaw_to_pcm16(data: bytes) -> bytes:
    """Decode G.711 u-law; the result has twice the size."""
    return _expand(data, _ULAW_PLANES)


def alaw_to_pcm16(data: bytes) -> bytes:
    """Decode G.711 A-law; the result has twice the size."""
    return _expand(data, _ALAW_PLANES)


def pcm16_to_ulaw(pcm: bytes) -> bytes:
    """Encode pcm16 as G.711 u-law, without changing the sample rate."""
    codes = _ulaw_codes()
    return bytes([codes[sample >> 2] for sample in samples(pcm)])


def pcm16_to_alaw(pcm: bytes) -> bytes:
    """Encode pcm16 as G.711 A-law, without changing the sample rate."""
    codes = _alaw_codes()
    return bytes([codes[sample >> 2] for sample in samples(pcm)])


def resample(pcm: bytes, from_rate: int, to_rate: int) -> bytes:
    """Convert mono pcm16 to another sample rate by linear interpolation.

    There is no filter: going down folds what lies above half the new rate back
    into the audible band. That is fine for speech, and cheap.

    Args:
        pcm: Mono pcm16 audio.
        from_rate: Its sample rate in Hz.
        to_rate: The wanted sample rate in Hz.

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


def _expand(data: bytes, planes: tuple[bytes, bytes]) -> bytes:
    """Map each byte to two, by a table for the low and one for the high byte."""
    result = bytearray(2 * len(data))
    result[0::2] = data.translate(planes[0])
    result[1::2] = data.translate(planes[1])
    return bytes(result)


def _planes(level: Callable[[int], int]) -> tuple[bytes, bytes]:
    """Return the low and the high bytes of the 256 levels of a G.711 law."""
    raw = pcm16(array("h", [level(code) for code in range(256)]))
    return raw[0::2], raw[1::2]


def _ulaw_level(code: int) -> int:
    """Return the pcm16 sample that a u-law byte stands for."""
    code ^= 0xFF
    level = (((code & 0x0F) << 3) + 132 << (code >> 4 & 7)) - 132
    return -level if code & 0x80 else level


def _alaw_level(code: int) -> int:
    """Return the pcm16 sample that an A-law byte stands for."""
    code ^= 0x55
    exponent = code >> 4 & 7
    level = ((code & 0x0F) << 4) + 8
    if exponent:
        level = level + 256 << exponent - 1
    return level if code & 0x80 else -level


# The encoding tables are indexed by the upper 14 bits of a sample. Python counts
# negative indices from the end, so the second half holds the negative samples.
_UPPER_14_BITS = (*range(8192), *range(-8192, 0))


@cache
def _ulaw_codes() -> bytes:
    """Return the u-law byte for each 14 bit sample."""
    codes = bytearray()
    for value in _UPPER_14_BITS:
        magnitude = min(abs(value), 8158) + 33
        exponent = magnitude.bit_length() - 6
        code = exponent << 4 | magnitude >> exponent + 1 & 0x0F
        codes.append(code ^ (0x7F if value < 0 else 0xFF))
    return bytes(codes)


@cache
def _alaw_codes() -> bytes:
    """Return the A-law byte for each 14 bit sample."""
    codes = bytearray()
    for value in _UPPER_14_BITS:
        magnitude = (~value if value < 0 else value) >> 1
        exponent = max(magnitude.bit_length() - 5, 0)
        code = exponent << 4 | magnitude >> max(exponent, 1) & 0x0F
        codes.append(code ^ (0x55 if value < 0 else 0xD5))
    return bytes(codes)


_ULAW_PLANES = _planes(_ulaw_level)
_ALAW_PLANES = _planes(_alaw_level)
