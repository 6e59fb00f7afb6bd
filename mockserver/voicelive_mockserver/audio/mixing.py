"""The arithmetic of the synthetic voice: waves are added up and become pcm16.

With numpy it takes a tenth of the time. Both ways do the same operations on the same
numbers in the same order, so they agree to the last bit.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from array import array
from collections.abc import Sequence
from functools import cache
from typing import Any

from voicelive_mockserver.audio.formats import pcm16

SAMPLE_RATE = 24000
"""Of everything that is mixed, in Hz."""

WAVE = SAMPLE_RATE // 50
"""How long one beat of the voice rings, in samples."""


class Mixer(ABC):
    """A piece of audio, silent to begin with.

    Args:
        length: How long it is, in samples.
    """

    def __init__(self, length: int) -> None:
        self.length = length

    @abstractmethod
    def hiss(self, start: int, length: int, loudness: float, *, sharp: bool) -> None:
        """Put noise where nothing is yet.

        Args:
            start: Where it begins, in samples.
            length: How long it lasts, in samples.
            loudness: How loud it is, 0 to 1.
            sharp: Whether it is that of an "s" or that of an "h".
        """

    def beat(
        self,
        start: int,
        waves: Sequence[tuple[int, int]],
        loudness: Sequence[float],
    ) -> None:
        """Add one beat of the voice.

        Args:
            start: Where it begins, in samples; what does not fit is left out.
            waves: Frequency and bandwidth of each wave, in Hz.
            loudness: How loud each of them is.
        """
        for wave, factor in zip(waves, loudness, strict=True):
            self.add(slice(start, start + WAVE), wave, factor)

    @abstractmethod
    def add(self, place: slice, wave: tuple[int, int], factor: float) -> None:
        """Add one wave.

        Args:
            place: Where, in samples; what does not fit is left out.
            wave: Its frequency and bandwidth in Hz.
            factor: How loud it is.
        """

    @abstractmethod
    def pcm(self, peak: int) -> bytes:
        """Return all of it as pcm16.

        Args:
            peak: The value of the loudest sample.
        """


class PlainMixer(Mixer):
    """Needs nothing but the standard library."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._values = [0.0] * length

    def hiss(self, start: int, length: int, loudness: float, *, sharp: bool) -> None:
        """Put noise where nothing is yet."""
        noise = _noise(sharp)
        edge = _edge(length)
        self._values[start : start + length] = [
            loudness
            * min(edge, i, length - i)
            / edge
            * noise[(start + i) % SAMPLE_RATE]
            for i in range(length)
        ]

    def add(self, place: slice, wave: tuple[int, int], factor: float) -> None:
        """Add one wave."""
        self._values[place] = [
            value + factor * added
            for value, added in zip(self._values[place], _wave(*wave), strict=False)
        ]

    def pcm(self, peak: int) -> bytes:
        """Return all of it as pcm16."""
        scale = peak / max(map(abs, self._values))
        return pcm16(array("h", [round(value * scale) for value in self._values]))


def _make_numpy_mixer() -> type[Mixer] | None:
    """Return the same as `PlainMixer`, but faster, if numpy is installed."""
    try:
        import numpy as np
    except ImportError:
        return None

    @cache
    def ready(frequency: int, bandwidth: int) -> Any:
        return np.array(_wave(frequency, bandwidth))

    @cache
    def noise(sharp: bool) -> Any:
        return np.array(_noise(sharp))

    class NumpyMixer(Mixer):
        def __init__(self, length: int) -> None:
            super().__init__(length)
            self._values = np.zeros(length)

        def hiss(
            self, start: int, length: int, loudness: float, *, sharp: bool
        ) -> None:
            edge = _edge(length)
            rise = np.minimum(np.arange(length), length - np.arange(length))
            envelope = loudness * np.minimum(edge, rise) / edge
            places = (start + np.arange(length)) % SAMPLE_RATE
            self._values[start : start + length] = envelope * noise(sharp)[places]

        def add(self, place: slice, wave: tuple[int, int], factor: float) -> None:
            values = self._values[place]
            values += factor * ready(*wave)[: len(values)]

        def pcm(self, peak: int) -> bytes:
            scale = peak / float(np.abs(self._values).max())
            return np.rint(self._values * scale).astype("<i2").tobytes()

    return NumpyMixer


NumpyMixer = _make_numpy_mixer()
"""`None` without numpy."""


def mixer(length: int) -> Mixer:
    """Return the fastest mixer there is.

    Args:
        length: How long the audio is, in samples.
    """
    return (NumpyMixer or PlainMixer)(length)


def _edge(length: int) -> int:
    """Return how many samples a sound of a length takes to begin and to end."""
    return max(1, min(SAMPLE_RATE * 12 // 1000, length // 3))


@cache
def _wave(frequency: int, bandwidth: int) -> tuple[float, ...]:
    """Return the wave that one beat of the voice excites in one formant.

    It starts and ends at 0, so that none clicks.
    """
    return tuple(
        round(
            math.sin(2 * math.pi * frequency * i / SAMPLE_RATE)
            * math.exp(-math.pi * bandwidth * i / SAMPLE_RATE)
            * min(1, i / 30, (WAVE - i) / 100)
            * 32768
        )
        / 32768
        for i in range(WAVE)
    )


@cache
def _noise(sharp: bool) -> tuple[float, ...]:
    """Return a second of noise: high for an "s", or low for an "h"."""
    state = 1
    raw: list[float] = []
    for _ in range(SAMPLE_RATE + 3):
        state = (state * 1664525 + 1013904223) % 2**32
        raw.append((state >> 16) / 32768 - 1)
    a, b, c, d = (1, -1, -1, 1) if sharp else (1, 2, 1, 0)
    return tuple(
        (a * raw[i] + b * raw[i + 1] + c * raw[i + 2] + d * raw[i + 3]) / 4
        for i in range(SAMPLE_RATE)
    )
