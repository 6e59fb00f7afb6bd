"""Samples and channels of pcm16."""

from __future__ import annotations

import sys
from array import array


def to_samples(pcm: bytes) -> array[int]:
    """Convert pcm16 to samples."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def to_bytes(samples: array[int]) -> bytes:
    """Convert samples to pcm16."""
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()


def mix_down(pcm: bytes, channels: int) -> bytes:
    """Mix the channels of pcm16 down to mono: their mean, rounded down."""
    samples = to_samples(pcm)
    split = [samples[channel::channels] for channel in range(channels)]
    return to_bytes(
        array("h", [sum(values) // channels for values in zip(*split, strict=True)])
    )


def spread(pcm: bytes, channels: int) -> bytes:
    """Copy mono pcm16 to several channels."""
    samples = to_samples(pcm)
    result = array("h", bytes(2 * channels * len(samples)))
    for channel in range(channels):
        result[channel::channels] = samples
    return to_bytes(result)
