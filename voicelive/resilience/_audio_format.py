"""Raw audio formats: sample rate, frame size, silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicelive_protocol import InputAudioFormat, Model

_DEFAULT_RATE = 24_000
_G711_RATE = 8_000
# Rates and channels beyond it are no such numbers.
_MAX_NUMBER = 1_000_000

# The byte that stands for the sample 0, or for the one next to it.
_G711_SILENCE = {
    InputAudioFormat.G711_ULAW.value: b"\xff",
    InputAudioFormat.G711_ALAW.value: b"\xd5",
}
_RATE_IN_NAME = re.compile(r"([1-9]\d{0,5})hz$")


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A stream of raw audio.

    Attributes:
        frame_bytes: Bytes of one sample in all channels.
        rate: Samples a second.
        zero: One frame of silence.
    """

    frame_bytes: int = 2
    rate: int = _DEFAULT_RATE
    zero: bytes = b"\0\0"

    def milliseconds(self, size: int) -> float:
        """How long so many bytes last."""
        return size * 1000 / (self.rate * self.frame_bytes)

    def silence(self, milliseconds: float) -> bytes:
        """So much silence, in whole samples."""
        return self.zero * round(milliseconds * self.rate / 1000)


def audio_format(
    name: object, rate: object = None, channels: object = 1
) -> AudioFormat:
    """Return the format with a name of the protocol.

    What is no name, or no positive number, counts as absent.

    Args:
        name: As in `input_audio_format`; None stands for `pcm16`.
        rate: Samples a second; None stands for what the name means.
        channels: Channels of `pcm16`.
    """
    text = name if isinstance(name, str) else ""
    if text in _G711_SILENCE:
        return AudioFormat(1, _G711_RATE, _G711_SILENCE[text])
    named = _RATE_IN_NAME.search(text)
    samples = _positive(rate) or (int(named[1]) if named else _DEFAULT_RATE)
    count = _positive(channels) or 1
    return AudioFormat(2 * count, samples, b"\0\0" * count)


def input_format(session: Model | Mapping[str, Any]) -> AudioFormat:
    """Return the format in which a session takes audio."""
    echo = session.get("input_audio_echo_cancellation")
    channels = echo.get("channels") if isinstance(echo, Model | Mapping) else None
    return audio_format(
        session.get("input_audio_format"),
        session.get("input_audio_sampling_rate"),
        channels,
    )


def output_format(session: Model | Mapping[str, Any]) -> AudioFormat:
    """Return the format in which a session speaks."""
    return audio_format(session.get("output_audio_format"))


def _positive(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= _MAX_NUMBER else None
