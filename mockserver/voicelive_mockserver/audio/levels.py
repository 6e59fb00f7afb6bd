"""Signal power of audio frames, the input of voice activity detection.

About a hundred evenly spaced samples represent a frame, to make hundreds of sessions
feasible without numpy; numpy takes a third of the time. Both implementations compute
integers below 2**53 and agree bit for bit, so detection does not depend on numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from voicelive_mockserver.audio.formats import samples

_SILENCE = bytes(8)

FULL_SCALE = 32768
"""The sample value of 0 dBFS."""


def power_at(dbfs: float) -> float:
    """Return the power (mean square) of a signal whose RMS level is ``dbfs``."""
    return FULL_SCALE**2 * 10 ** (dbfs / 10)


def frame_power(frame: bytes) -> float:
    """Return the power (mean square) of one frame of mono pcm16, without DC offset.

    The result is the variance of the samples.

    Args:
        frame: A whole number of samples, at least one.
    """
    # Fast path for digital silence.
    if frame.startswith(_SILENCE) and frame == bytes(len(frame)):
        return 0.0
    return best_power()(frame)


@cache
def best_power() -> Callable[[bytes], float]:
    """Return the fastest available implementation; import numpy on the first call."""
    return numpy_power() or plain_power


def plain_power(frame: bytes) -> float:
    """Return the power of a frame, without numpy."""
    values = samples(frame)[:: _step(frame)]
    count = len(values)
    total = sum(values)
    return (count * sum([value * value for value in values]) - total**2) / count**2


def numpy_power() -> Callable[[bytes], float] | None:
    """Return the numpy implementation of `plain_power`, if numpy is installed."""
    try:
        import numpy as np
    except ImportError:
        return None
    as_array, sample = np.frombuffer, np.dtype("<i2")
    ones: dict[int, Any] = {}  # by length

    def power(frame: bytes) -> float:
        values = as_array(frame, sample)[:: len(frame) // 200 | 1].astype(float)
        count = len(values)
        one = ones.get(count)
        if one is None:
            one = ones[count] = np.ones(count)
        total = float(values.dot(one))
        return (count * float(values.dot(values)) - total * total) / (count * count)

    return power


def _step(frame: bytes) -> int:
    """Return the sampling step within a frame.

    It is odd, so that the aliased frequencies (the sample rate divided by the step, and
    multiples) are not the round numbers of test tones.
    """
    return len(frame) // 200 | 1
