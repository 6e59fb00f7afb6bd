"""G.711 codec, with tables that are computed on first use.

Python 3.13 removed `audioop`. The tables agree with it in every value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from voicelive.audio._samples import to_samples
from voicelive_protocol import InputAudioFormat

_ULAW_BIAS = 33
_ULAW_LARGEST = 8191
_ALAW_INVERTED = 0x55


def decode(data: bytes, encoding: InputAudioFormat) -> bytes:
    """Decode G.711 into pcm16 of the same sample rate."""
    low, high = _decoder(encoding)
    pcm = bytearray(2 * len(data))
    pcm[0::2] = data.translate(low)
    pcm[1::2] = data.translate(high)
    return bytes(pcm)


def encode(pcm: bytes, encoding: InputAudioFormat) -> bytes:
    """Encode pcm16 as G.711 of the same sample rate."""
    codes = _encoder(encoding)
    # Negative samples index from the end, where their codes are.
    return bytes([codes[sample] for sample in to_samples(pcm)])


@cache
def _decoder(encoding: InputAudioFormat) -> tuple[bytes, bytes]:
    """Return the tables from a code to the low and the high byte of its sample."""
    level = _LEVELS[encoding]
    pairs = [level(code).to_bytes(2, "little", signed=True) for code in range(256)]
    return bytes(low for low, _ in pairs), bytes(high for _, high in pairs)


@cache
def _encoder(encoding: InputAudioFormat) -> bytes:
    """Return the table from a sample, taken as unsigned, to its code."""
    code, dropped_bits = _CODES[encoding]
    run = 1 << dropped_bits
    upper = [code(value) for value in range(0x8000 >> dropped_bits)]
    lower = [code(value) for value in range(-0x8000 >> dropped_bits, 0)]
    return b"".join(bytes([one]) * run for one in upper + lower)


def _ulaw_level(code: int) -> int:
    code ^= 0xFF
    exponent, mantissa = code >> 4 & 7, code & 15
    magnitude = ((2 * mantissa + _ULAW_BIAS) << exponent) - _ULAW_BIAS
    return (-magnitude if code & 0x80 else magnitude) * 4


def _alaw_level(code: int) -> int:
    code ^= _ALAW_INVERTED
    exponent, mantissa = code >> 4 & 7, code & 15
    # Middle of the quantization step; from the second segment on with the hidden bit.
    magnitude = 2 * mantissa + 1 + (32 if exponent else 0)
    magnitude <<= max(exponent - 1, 0)
    return (magnitude if code & 0x80 else -magnitude) * 8


def _ulaw_code(value: int) -> int:
    """Return the code of a 14-bit sample."""
    magnitude = min(abs(value) + _ULAW_BIAS, _ULAW_LARGEST)
    exponent = magnitude.bit_length() - 6
    mantissa = magnitude >> (exponent + 1) & 15
    sign = 0x80 if value < 0 else 0
    return (sign | exponent << 4 | mantissa) ^ 0xFF


def _alaw_code(value: int) -> int:
    """Return the code of a 13-bit sample."""
    sign = 0x80 if value >= 0 else 0
    magnitude = value if value >= 0 else ~value
    exponent = max(magnitude.bit_length() - 5, 0)
    mantissa = magnitude >> max(exponent, 1) & 15
    return (sign | exponent << 4 | mantissa) ^ _ALAW_INVERTED


_LEVELS: dict[str, Callable[[int], int]] = {
    InputAudioFormat.G711_ULAW: _ulaw_level,
    InputAudioFormat.G711_ALAW: _alaw_level,
}
# With the number of low bits that each law drops from a 16-bit sample.
_CODES: dict[str, tuple[Callable[[int], int], int]] = {
    InputAudioFormat.G711_ULAW: (_ulaw_code, 2),
    InputAudioFormat.G711_ALAW: (_alaw_code, 3),
}
