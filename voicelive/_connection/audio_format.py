"""Audio formats on the wire: sample rate, frame size, silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicelive_core.audio import PCM16
from voicelive_protocol import Model
from voicelive_protocol.audio_formats import DEFAULT_AUDIO_FORMAT, audio_format

# Upper limit of valid sample rates and channel counts.
_MAX_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class WireFormat:
    """A format of raw audio on the wire.

    Attributes:
        frame_bytes: Bytes of a frame, one sample of all channels.
        rate: Sample rate in Hz.
        zero: One frame of silence.
        name: Name in the protocol.
    """

    frame_bytes: int = DEFAULT_AUDIO_FORMAT.bytes_per_sample
    rate: int = DEFAULT_AUDIO_FORMAT.sample_rate
    zero: bytes = DEFAULT_AUDIO_FORMAT.silence
    name: str = PCM16

    @property
    def bytes_per_second(self) -> int:
        """Bytes of one second of audio."""
        return self.rate * self.frame_bytes

    def milliseconds(self, size: int) -> float:
        """Return the duration of a number of bytes."""
        return size * 1000 / self.bytes_per_second

    def silence(self, milliseconds: float) -> bytes:
        """Return silence, rounded to whole frames."""
        return self.zero * round(milliseconds * self.rate / 1000)


def wire_format(name: object, rate: object = None, channels: object = 1) -> WireFormat:
    """Return the format with a name of the protocol.

    Invalid values count as absent.

    Args:
        name: As in `input_audio_format`; `pcm16` by default.
        rate: Sample rate in Hz; by default that of the name.
        channels: Channels of `pcm16`.
    """
    text = name if isinstance(name, str) and name else PCM16
    raw = audio_format(text) or DEFAULT_AUDIO_FORMAT
    if raw.encoding != PCM16:
        return WireFormat(raw.bytes_per_sample, raw.sample_rate, raw.silence, text)
    count = _positive(channels) or 1
    return WireFormat(
        raw.bytes_per_sample * count,
        _positive(rate) or raw.sample_rate,
        raw.silence * count,
        text,
    )


def input_format(session: Model | Mapping[str, Any]) -> WireFormat:
    """Return the input audio format of a session."""
    echo = session.get("input_audio_echo_cancellation")
    channels = echo.get("channels") if isinstance(echo, Model | Mapping) else None
    return wire_format(
        session.get("input_audio_format"),
        session.get("input_audio_sampling_rate"),
        channels,
    )


def _positive(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= _MAX_NUMBER else None
