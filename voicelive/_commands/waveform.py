"""Waveforms of pcm16 audio as blocks, and bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from voicelive.audio._samples import to_samples

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*#@"
# Peak of loud speech; what is louder has full blocks as well.
_FULL_SCALE = 24_000


def peak(pcm: bytes) -> int:
    """Return the largest amplitude of audio; 0 without samples."""
    samples = to_samples(pcm[: len(pcm) // 2 * 2])
    return max(max(samples), -min(samples)) if samples else 0


class Blocks:
    """Draws with block characters, or ASCII where the output cannot encode them.

    Args:
        stream: Output that the text is for.
    """

    def __init__(self, stream: TextIO) -> None:
        try:
            _BLOCKS.encode(getattr(stream, "encoding", None) or "ascii")
            self._levels = _BLOCKS
        except (UnicodeEncodeError, LookupError):
            self._levels = _ASCII

    def waveform(self, peaks: Sequence[int], width: int) -> str:
        """Return a waveform.

        Args:
            peaks: Amplitudes of pieces of equal length.
            width: Number of characters.
        """
        count = min(width, len(peaks))
        return "".join(
            self._level(
                max(peaks[n * len(peaks) // count : (n + 1) * len(peaks) // count])
            )
            for n in range(count)
        )

    def bar(self, share: float, width: int) -> str:
        """Return a horizontal bar of at least one character.

        Args:
            share: Its length, from 0 to 1.
            width: Number of characters for 1.
        """
        return self._levels[-1] * max(1, round(share * width))

    def _level(self, amplitude: int) -> str:
        last = len(self._levels) - 1
        return self._levels[min(last, -(-amplitude * last // _FULL_SCALE))]
