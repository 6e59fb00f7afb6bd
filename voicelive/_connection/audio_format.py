"""Audio formats on the wire: sample rate, frame size, silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicelive_protocol import InputAudioFormat, Model

_DEFAULT_NAME = InputAudioFormat.PCM16.value
_DEFAULT_RATE = 24_000
_G711_RATE = 8_000
# Upper limit of valid sample rates and channel counts.
_MAX_NUMBER = 1_000_000

# The byte of sample 0, or of the closest value.
_G711_SILENCE = {
    InputAudioFormat.G711_ULAW.value: b"\xff",
    InputAudioFormat.G711_ALAW.value: b"\xd5",
}
_RATE_IN_NAME = re.compile(r"([1-9]\d{0,5})hz$")


@dataclass(frozen=True, slots=True)
class WireFormat:
    """A format of raw audio on the wire.

    Attributes:
        frame_bytes: Bytes of a frame, one sample of all channels.
        rate: Sample rate in Hz.
        zero: One frame of silence.
        name: Name in the protocol.
    """

    frame_bytes: int = 2
    rate: int = _DEFAULT_RATE
    zero: bytes = b"\0\0"
    name: str = _DEFAULT_NAME

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
    text = name if isinstance(name, str) else ""
    if text in _G711_SILENCE:
        return WireFormat(1, _G711_RATE, _G711_SILENCE[text], text)
    named = _RATE_IN_NAME.search(text)
    samples = _positive(rate) or (int(named[1]) if named else _DEFAULT_RATE)
    count = _positive(channels) or 1
    return WireFormat(2 * count, samples, b"\0\0" * count, text or _DEFAULT_NAME)


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
