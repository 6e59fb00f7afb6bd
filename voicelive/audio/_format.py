"""Audio formats: encoding, sample rate, channels."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicelive_protocol import (
    InputAudioFormat,
    InputAudioFormatOrStr,
    OutputAudioFormatOrStr,
)

PCM16_RATE = 24_000
G711_RATE = 8_000

_BYTES = {
    InputAudioFormat.PCM16: 2,
    InputAudioFormat.G711_ULAW: 1,
    InputAudioFormat.G711_ALAW: 1,
}
# The codes that decode to the level nearest to zero.
_SILENCE = {
    InputAudioFormat.PCM16: b"\x00\x00",
    InputAudioFormat.G711_ULAW: b"\xff",
    InputAudioFormat.G711_ALAW: b"\xd5",
}
_OUTPUT_WITH_RATE = re.compile(r"(pcm16)[_-](\d+)hz")


@dataclass(frozen=True, slots=True, init=False)
class AudioFormat:
    """Audio format; the default is the default format of a session.

    Channels are interleaved. pcm16 is signed, 16 bit, little endian.

    Args:
        encoding: `pcm16`, `g711_ulaw` or `g711_alaw`; None for pcm16.
        sample_rate: Sample rate in Hz; None for 24,000 with pcm16 and 8,000 with G.711,
            which supports no other.
        channels: Number of channels.

    Raises:
        ValueError: The format is not supported.
    """

    encoding: InputAudioFormat
    sample_rate: int
    channels: int

    def __init__(
        self,
        encoding: InputAudioFormatOrStr | None = None,
        sample_rate: int | None = None,
        channels: int = 1,
    ) -> None:
        known = InputAudioFormat(encoding or InputAudioFormat.PCM16)
        if known not in _BYTES:
            raise ValueError(
                f"unknown encoding {encoding!r}; there are {', '.join(_BYTES)}"
            )
        if known is InputAudioFormat.PCM16:
            rate = PCM16_RATE if sample_rate is None else sample_rate
        else:
            rate = G711_RATE
            if sample_rate not in (None, G711_RATE):
                raise ValueError(f"{known} has {G711_RATE} Hz, not {sample_rate}")
        if rate < 1 or channels < 1:
            raise ValueError("sample_rate and channels must be above 0")
        object.__setattr__(self, "encoding", known)
        object.__setattr__(self, "sample_rate", rate)
        object.__setattr__(self, "channels", channels)

    @classmethod
    def of_output(cls, name: OutputAudioFormatOrStr | None) -> AudioFormat:
        """Return the format for a value of `output_audio_format`.

        Args:
            name: A name such as `pcm16`, `pcm16_16000hz` or `g711_alaw`; None for
                pcm16.

        Raises:
            ValueError: The format is not supported.
        """
        found = _OUTPUT_WITH_RATE.fullmatch(name or "")
        if found is None:
            return cls(name)
        return cls(found[1], int(found[2]))

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return _BYTES[self.encoding] * self.channels

    @property
    def bytes_per_second(self) -> int:
        """Bytes of one second of audio."""
        return self.frame_bytes * self.sample_rate

    def size(self, ms: float) -> int:
        """Return the bytes of a duration, rounded down to whole samples."""
        return int(ms * self.sample_rate / 1000) * self.frame_bytes

    def duration_ms(self, size: int) -> float:
        """Return the duration of a number of bytes, in milliseconds."""
        return size * 1000 / self.bytes_per_second

    def silence(self, ms: float) -> bytes:
        """Return silence of a duration."""
        one = _SILENCE[self.encoding] * self.channels
        return one * (self.size(ms) // self.frame_bytes)

    def __str__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(
            self.channels, f"{self.channels} channels"
        )
        return f"{self.encoding}, {self.sample_rate} Hz, {channels}"
