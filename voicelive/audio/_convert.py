"""Conversion between formats."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from voicelive.audio import _g711
from voicelive.audio._extra import require
from voicelive.audio._format import AudioFormat
from voicelive.audio._samples import mix_down, spread
from voicelive_protocol import InputAudioFormat

Quality: TypeAlias = Literal["QQ", "LQ", "MQ", "HQ", "VHQ"]
"""Quality of a change of the sample rate, in the terms of soxr: quick, low, medium,
high, very high."""


def convert(audio: bytes, source: AudioFormat, target: AudioFormat) -> bytes:
    """Convert a whole clip to another format.

    Args:
        audio: Audio; part of a sample at its end is dropped.
        source: Its format.
        target: The wanted format.

    Returns:
        Audio of the same duration, to within one sample.

    Raises:
        ValueError: The numbers of channels differ and neither is 1.
        ModuleNotFoundError: The sample rates differ, and the extra `audio` is missing.
    """
    converter = AudioConverter(source, target)
    return converter.convert(audio) + converter.flush()


class AudioConverter:
    """Converts a stream of audio to another format, piece by piece.

    Pieces may have any size. A change of the sample rate holds some audio back, because
    its filter looks ahead; `flush` gives the rest. How much depends on the quality: at
    8,000 Hz up to 75 ms with `HQ`, 40 ms with `LQ` and next to nothing with `QQ`, at
    24,000 Hz half of that.

    Only a change of the sample rate needs the extra `audio`.

    Args:
        source: The format of what comes in.
        target: The format of what comes out.
        quality: Quality of a change of the sample rate.

    Raises:
        ValueError: The numbers of channels differ and neither is 1.
        ModuleNotFoundError: The sample rates differ, and the extra `audio` is missing.
    """

    def __init__(
        self, source: AudioFormat, target: AudioFormat, *, quality: Quality = "HQ"
    ) -> None:
        if source.channels != target.channels and 1 not in (
            source.channels,
            target.channels,
        ):
            raise ValueError(
                f"cannot make {target.channels} channels of {source.channels}"
            )
        self.source = source
        """The format of what comes in."""
        self.target = target
        """The format of what comes out."""
        self._rest = b""
        self._resampler: _Resampler | None = None
        if source.sample_rate != target.sample_rate:
            channels = min(source.channels, target.channels)
            self._resampler = _Resampler(
                source.sample_rate, target.sample_rate, channels, quality
            )

    def convert(self, audio: bytes) -> bytes:
        """Convert the next piece.

        Returns:
            What can be given so far, maybe nothing.
        """
        if self._rest:
            audio = self._rest + audio
        whole = len(audio) - len(audio) % self.source.frame_bytes
        audio, self._rest = audio[:whole], audio[whole:]
        if self.source == self.target:
            return audio
        return self._convert(audio)

    def flush(self) -> bytes:
        """End the stream: give what was held back. A new stream may follow."""
        self._rest = b""
        if self._resampler is None:
            return b""
        return self._encode(self._resampler.finish())

    def reset(self) -> None:
        """Forget what was held back. A new stream may follow."""
        self._rest = b""
        if self._resampler is not None:
            self._resampler.reset()

    def _convert(self, audio: bytes) -> bytes:
        source, target = self.source, self.target
        if source.encoding is not InputAudioFormat.PCM16:
            audio = _g711.decode(audio, source.encoding)
        if target.channels < source.channels:
            audio = mix_down(audio, source.channels)
        if self._resampler is not None:
            audio = self._resampler.convert(audio)
        return self._encode(audio)

    def _encode(self, pcm: bytes) -> bytes:
        """Bring pcm16 of the right rate and the fewer channels to the target."""
        if self.target.channels > self.source.channels:
            pcm = spread(pcm, self.target.channels)
        if self.target.encoding is InputAudioFormat.PCM16:
            return pcm
        return _g711.encode(pcm, self.target.encoding)


class _Resampler:
    """Changes the sample rate of pcm16."""

    def __init__(self, source: int, target: int, channels: int, quality: str) -> None:
        purpose = f"Changing the sample rate from {source} to {target} Hz"
        self._numpy: Any = require("numpy", purpose)
        soxr = require("soxr", purpose)
        self._channels = channels
        # With integers soxr adds noise, so that silence would not stay silence.
        self._stream: Any = soxr.ResampleStream(
            source, target, channels, dtype="float32", quality=quality
        )

    def convert(self, pcm: bytes) -> bytes:
        return self._process(pcm, last=False)

    def finish(self) -> bytes:
        rest = self._process(b"", last=True)
        self._stream.clear()
        return rest

    def reset(self) -> None:
        self._stream.clear()

    def _process(self, pcm: bytes, *, last: bool) -> bytes:
        numpy = self._numpy
        samples = numpy.frombuffer(pcm, "<i2").astype("float32")
        result = self._stream.resample_chunk(
            samples.reshape(-1, self._channels), last=last
        )
        limited = numpy.clip(numpy.rint(result), -0x8000, 0x7FFF)
        return bytes(limited.astype("<i2").tobytes())
