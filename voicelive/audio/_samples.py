"""Samples of pcm16 as numbers, and channels."""

from __future__ import annotations

import sys
from array import array


def to_samples(pcm: bytes) -> array[int]:
    """Read the samples of pcm16."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def to_bytes(samples: array[int]) -> bytes:
    """Write samples as pcm16."""
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()


def mix_down(pcm: bytes, channels: int) -> bytes:
    """Make mono of several channels of pcm16: their mean, rounded down."""
    samples = to_samples(pcm)
    each = [samples[channel::channels] for channel in range(channels)]
    return to_bytes(
        array("h", [sum(values) // channels for values in zip(*each, strict=True)])
    )


def spread(pcm: bytes, channels: int) -> bytes:
    """Give mono pcm16 to several channels alike."""
    samples = to_samples(pcm)
    result = array("h", bytes(2 * channels * len(samples)))
    for channel in range(channels):
        result[channel::channels] = samples
    return to_bytes(result)
