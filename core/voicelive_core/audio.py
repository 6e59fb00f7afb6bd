"""Raw audio: facts about a format, and the G.711 codec.

Python 3.13 removed `audioop`. The tables of this codec agree with it in every value;
they are computed on first use.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

PCM16 = "pcm16"
ULAW = "g711_ulaw"
ALAW = "g711_alaw"


@dataclass(frozen=True, slots=True)
class RawFormat:
    """A raw audio format of the protocol.

    Attributes:
        encoding: `pcm16` (signed 16-bit little-endian samples), `g711_ulaw` or
            `g711_alaw`.
        sample_rate: Sample rate in Hz.
        bytes_per_sample: Bytes of one sample of one channel.
        silence: One sample of silence, or of the level closest to it.
    """

    encoding: str
    sample_rate: int
    bytes_per_sample: int
    silence: bytes

    @property
    def bytes_per_second(self) -> int:
        """Bytes of one second of one channel."""
        return self.sample_rate * self.bytes_per_sample


_ULAW_BIAS = 33
_ULAW_MAX = 8191
_ALAW_INVERTED = 0x55


def decode_g711(data: bytes, encoding: str) -> bytes:
    """Decode G.711 (`ULAW` or `ALAW`) into pcm16 of the same sample rate."""
    low, high = _decoder(encoding)
    pcm = bytearray(2 * len(data))
    pcm[0::2] = data.translate(low)
    pcm[1::2] = data.translate(high)
    return bytes(pcm)


def encode_g711(pcm: bytes, encoding: str) -> bytes:
    """Encode pcm16 as G.711 of the same sample rate; an odd byte is dropped."""
    samples = array("h")
    samples.frombytes(pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        samples.byteswap()
    codes = _encoder(encoding)
    # Negative samples index from the end, where their codes are.
    return bytes([codes[sample] for sample in samples])


@cache
def _decoder(encoding: str) -> tuple[bytes, bytes]:
    """Return the tables from a code to the low and the high byte of its sample."""
    level = _LEVELS[encoding]
    pairs = [level(code).to_bytes(2, "little", signed=True) for code in range(256)]
    return bytes(low for low, _ in pairs), bytes(high for _, high in pairs)


@cache
def _encoder(encoding: str) -> bytes:
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
    magnitude = min(abs(value) + _ULAW_BIAS, _ULAW_MAX)
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
    ULAW: _ulaw_level,
    ALAW: _alaw_level,
}
# With the number of low bits that each law drops from a 16-bit sample.
_CODES: dict[str, tuple[Callable[[int], int], int]] = {
    ULAW: (_ulaw_code, 2),
    ALAW: (_alaw_code, 3),
}
