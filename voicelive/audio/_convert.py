"""Conversion between audio formats: encoding, channels, sample rate."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from voicelive.audio._extra import require
from voicelive.audio._format import AudioFormat
from voicelive.audio._samples import mix_down, spread
from voicelive_core.audio import decode_g711, encode_g711
from voicelive_protocol import InputAudioFormat

Quality: TypeAlias = Literal["QQ", "LQ", "MQ", "HQ", "VHQ"]
"""Resampling quality, in terms of soxr: quick, low, medium, high, very high."""


def convert(audio: bytes, source: AudioFormat, target: AudioFormat) -> bytes:
    """Convert a whole clip to another format.

    Args:
        audio: The audio; an incomplete sample at its end is dropped.
        source: Format of the audio.
        target: Format to convert to.

    Returns:
        Audio of the same duration, to within one sample.

    Raises:
        ValueError: The numbers of channels differ and neither is 1.
        ModuleNotFoundError: The sample rates differ, and the extra `audio` is missing.
    """
    converter = AudioConverter(source, target)
    return converter.convert(audio) + converter.flush()


class AudioConverter:
    """Converter of an audio stream to another format, chunk by chunk.

    Chunks may have any size. Resampling delays the audio, because its filter looks
    ahead; `flush` returns the rest. The delay depends on the quality: at 8,000 Hz up to
    75 ms with `HQ`, 40 ms with `LQ` and almost none with `QQ`, at 24,000 Hz half of
    that.

    Only resampling needs the extra `audio`.

    Args:
        source: Input format.
        target: Output format.
        quality: Resampling quality.

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
        """Input format."""
        self.target = target
        """Output format."""
        self._rest = b""
        self._resampler: _Resampler | None = None
        if source.sample_rate != target.sample_rate:
            channels = min(source.channels, target.channels)
            self._resampler = _Resampler(
                source.sample_rate, target.sample_rate, channels, quality
            )

    def convert(self, audio: bytes) -> bytes:
        """Convert the next chunk.

        Returns:
            The audio that is available so far, possibly none.
        """
        if self._rest:
            audio = self._rest + audio
        whole = len(audio) - len(audio) % self.source.frame_bytes
        audio, self._rest = audio[:whole], audio[whole:]
        if self.source == self.target:
            return audio
        return self._convert(audio)

    def flush(self) -> bytes:
        """End the stream and return the rest. A new stream may follow."""
        self._rest = b""
        if self._resampler is None:
            return b""
        return self._encode(self._resampler.finish())

    def reset(self) -> None:
        """Discard the rest of the stream. A new stream may follow."""
        self._rest = b""
        if self._resampler is not None:
            self._resampler.reset()

    def _convert(self, audio: bytes) -> bytes:
        source, target = self.source, self.target
        if source.encoding is not InputAudioFormat.PCM16:
            audio = decode_g711(audio, source.encoding)
        if target.channels < source.channels:
            audio = mix_down(audio, source.channels)
        if self._resampler is not None:
            audio = self._resampler.convert(audio)
        return self._encode(audio)

    def _encode(self, pcm: bytes) -> bytes:
        """Add channels to resampled pcm16 and encode it."""
        if self.target.channels > self.source.channels:
            pcm = spread(pcm, self.target.channels)
        if self.target.encoding is InputAudioFormat.PCM16:
            return pcm
        return encode_g711(pcm, self.target.encoding)


class _Resampler:
    """Resampler of pcm16."""

    def __init__(self, source: int, target: int, channels: int, quality: str) -> None:
        purpose = f"Changing the sample rate from {source} to {target} Hz"
        self._numpy: Any = require("numpy", purpose)
        soxr = require("soxr", purpose)
        self._channels = channels
        # With integers soxr adds dither, so that silence would not stay silence.
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
