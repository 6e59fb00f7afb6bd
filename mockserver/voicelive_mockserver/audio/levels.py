"""How loud a piece of audio is: all that voice detection looks at.

About a hundred samples, evenly spread over a frame, are enough for its level and keep
hundreds of sessions affordable without numpy; with numpy it takes a third of the time.
Both ways compute whole numbers below 2**53, so they agree to the last bit, and what is
detected does not depend on what is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from voicelive_mockserver.audio.formats import samples

_SILENCE = bytes(8)

FULL_SCALE = 32768
"""The sample value that 0 dBFS stands for."""


def power_at(dbfs: float) -> float:
    """Return the power (mean square) of a signal whose RMS level is ``dbfs``."""
    return FULL_SCALE**2 * 10 ** (dbfs / 10)


def frame_power(frame: bytes) -> float:
    """Return the power (mean square) of one frame of mono pcm16, less its offset.

    A constant offset is no sound, however large: the result is the variance.

    Args:
        frame: A whole number of samples, at least one.
    """
    # Digital silence is common, and most other frames differ early.
    if frame.startswith(_SILENCE) and frame == bytes(len(frame)):
        return 0.0
    return _power(frame)


def plain_power(frame: bytes) -> float:
    """Return what `frame_power` returns, with the standard library alone."""
    values = samples(frame)[:: _step(frame)]
    count = len(values)
    total = sum(values)
    return (count * sum([value * value for value in values]) - total**2) / count**2


def _make_numpy_power() -> Callable[[bytes], float] | None:
    """Return the same as `plain_power`, but faster, if numpy is installed."""
    try:
        import numpy as np
    except ImportError:
        return None
    as_array, sample = np.frombuffer, np.dtype("<i2")
    ones: dict[int, Any] = {}  # by how many

    def numpy_power(frame: bytes) -> float:
        values = as_array(frame, sample)[:: len(frame) // 200 | 1].astype(float)
        count = len(values)
        one = ones.get(count)
        if one is None:
            one = ones[count] = np.ones(count)
        total = float(values.dot(one))
        return (count * float(values.dot(values)) - total * total) / (count * count)

    return numpy_power


def _step(frame: bytes) -> int:
    """Return the distance between the samples to look at.

    It is odd, so that the frequencies it is blind to (the sample rate divided by the
    step, and multiples) are not the round numbers that test tones have.
    """
    return len(frame) // 200 | 1


numpy_power = _make_numpy_power()
_power = numpy_power or plain_power
