"""Audio fingerprints: recognition of speech by its loudness contour.

Audio from a client differs from the file it was read from: in framing, surrounding
silence, sample rate, volume and noise. The loudness contour is robust against all of
these and distinguishes a small number of recordings.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from math import log10, sqrt

from voicelive_mockserver.audio.formats import pcm16_size
from voicelive_mockserver.audio.levels import frame_power, power_at

_FRAME_MS = 32
_DEPTH_DB = 20.0
"""The level below the loudest frame at which silence begins."""

_SILENCE_DB = 10 * log10(power_at(-60))
_MIN_FRAMES = 5
_MAX_SHIFT_FRAMES = 6
"""The maximum offset between two recordings, in frames."""

_LENGTH_TOLERANCE = 0.2
"""The tolerated relative difference in length, from noise and soft onsets."""


class UnreadableAudio(ValueError):
    """An audio file cannot be used."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The loudness contour of speech.

    Attributes:
        levels: The level of each 32 ms from the first sound to the last, in dB above
            silence.
        quiet_frames: The frames of silence after the last sound.
    """

    levels: tuple[float, ...]
    quiet_frames: int = 0

    @property
    def duration_ms(self) -> int:
        """The duration from the first to the last sound, in ms."""
        return len(self.levels) * _FRAME_MS

    @property
    def quiet_ms(self) -> int:
        """The duration of the silence after the last sound, in ms."""
        return self.quiet_frames * _FRAME_MS

    @classmethod
    def of(cls, pcm: bytes, sample_rate: int) -> Fingerprint:
        """Return the fingerprint of audio.

        Args:
            pcm: Mono pcm16.
            sample_rate: Its sample rate in Hz.
        """
        size = pcm16_size(_FRAME_MS, sample_rate)
        powers = [
            frame_power(pcm[start : start + size])
            for start in range(0, len(pcm) - size + 1, size)
        ]
        decibels = [10 * log10(power + 1) for power in powers]
        floor = max(max(decibels, default=0.0) - _DEPTH_DB, _SILENCE_DB)
        levels = [max(level - floor, 0.0) for level in decibels]
        count = len(levels)
        while levels and not levels[-1]:
            levels.pop()
        start = next((index for index, level in enumerate(levels) if level), 0)
        return cls(_smooth(levels[start:]), count - len(levels))

    @classmethod
    def of_file(cls, path: str) -> Fingerprint:
        """Return the fingerprint of the first channel of a WAV file.

        Args:
            path: The file.

        Raises:
            UnreadableAudio: It cannot be read, is not 16 bit, or contains no speech.
        """
        try:
            with wave.open(path) as file:
                width, channels = file.getsampwidth(), file.getnchannels()
                rate = file.getframerate()
                audio = file.readframes(file.getnframes())
        except (OSError, EOFError, wave.Error) as error:
            reason = getattr(error, "strerror", None) or str(error) or "it is cut off"
            raise UnreadableAudio(f"cannot read {path}: {reason}") from None
        if width != 2:
            raise UnreadableAudio(f"{path} has {8 * width} bits per sample, not 16")
        if channels > 1:
            samples = memoryview(audio).cast("h")[::channels]
            audio = samples.tobytes()
        found = cls.of(audio, rate)
        if len(found.levels) < _MIN_FRAMES:
            raise UnreadableAudio(f"{path} contains no speech")
        return found

    def likeness(self, other: Fingerprint) -> float:
        """Return the similarity of two recordings.

        Args:
            other: Another fingerprint.

        Returns:
            1 for equal contours, around 0 for unrelated ones.
        """
        short, long = sorted((self.levels, other.levels), key=len)
        if len(short) < max(_MIN_FRAMES, len(long) * (1 - _LENGTH_TOLERANCE) - 2):
            return 0.0
        spare = len(long) - len(short)
        return max(
            _correlation(*_overlap(short, long, shift))
            for shift in range(-_MAX_SHIFT_FRAMES, spare + _MAX_SHIFT_FRAMES + 1)
        )

    def begins_like(self, part: Fingerprint) -> float:
        """Return the similarity of the beginning of this recording with another one.

        Args:
            part: The fingerprint of the first part of some speech.

        Returns:
            As `likeness` does.
        """
        known, heard = self.levels, part.levels
        if len(heard) > len(known) * (1 + _LENGTH_TOLERANCE) + 2:
            return 0.0
        return max(
            _correlation(*_overlap(heard, known, shift))
            for shift in range(-_MAX_SHIFT_FRAMES, _MAX_SHIFT_FRAMES + 1)
        )


def _smooth(levels: list[float]) -> tuple[float, ...]:
    """Smooth over neighbouring frames, to tolerate different frame offsets."""
    padded = [levels[0], *levels, levels[-1]] if levels else []
    return tuple(
        (padded[index] + 2 * padded[index + 1] + padded[index + 2]) / 4
        for index in range(len(levels))
    )


def _overlap(
    short: tuple[float, ...], long: tuple[float, ...], shift: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the overlapping parts of two contours, one of them shifted."""
    first = max(0, shift)
    last = max(first, min(len(long), shift + len(short)))
    return short[first - shift : last - shift], long[first:last]


def _correlation(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    count = len(first)
    if count < _MIN_FRAMES:
        return 0.0
    mean_first, mean_second = sum(first) / count, sum(second) / count
    product = square_first = square_second = 0.0
    for one, two in zip(first, second, strict=True):
        one, two = one - mean_first, two - mean_second
        product += one * two
        square_first += one * one
        square_second += two * two
    scale = sqrt(square_first * square_second)
    return product / scale if scale else 0.0
