"""Audio formats: encoding, sample rate, channels."""

from __future__ import annotations

from dataclasses import dataclass

from voicelive_core.audio import RawFormat
from voicelive_protocol import (
    InputAudioFormat,
    InputAudioFormatOrStr,
    OutputAudioFormatOrStr,
)
from voicelive_protocol.audio_formats import AUDIO_FORMATS, audio_format


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
        raw = AUDIO_FORMATS.get(known)
        if raw is None or raw.encoding != known:
            raise ValueError(
                f"unknown encoding {encoding!r}; there are "
                f"{', '.join(InputAudioFormat)}"
            )
        rate = raw.sample_rate if sample_rate is None else sample_rate
        if known is not InputAudioFormat.PCM16 and rate != raw.sample_rate:
            raise ValueError(f"{known} has {raw.sample_rate} Hz, not {sample_rate}")
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
        found = None if name is None else audio_format(name)
        if found is None:
            return cls(name)
        return cls(found.encoding, found.sample_rate)

    @property
    def _raw(self) -> RawFormat:
        return AUDIO_FORMATS[self.encoding]

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self._raw.bytes_per_sample * self.channels

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
        one = self._raw.silence * self.channels
        return one * (self.size(ms) // self.frame_bytes)

    def __str__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(
            self.channels, f"{self.channels} channels"
        )
        return f"{self.encoding}, {self.sample_rate} Hz, {channels}"
