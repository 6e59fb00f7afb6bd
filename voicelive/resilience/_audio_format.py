"""How many bytes a second of audio has, and what silence is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicelive_protocol import AudioEchoCancellation, InputAudioFormat, ResponseSession

_DEFAULT_RATE = 24_000
_G711_RATE = 8_000

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


def audio_format(name: str | None, rate: int | None, channels: int = 1) -> AudioFormat:
    """The format with a name of the protocol.

    Args:
        name: As in `input_audio_format`; None stands for `pcm16`.
        rate: Samples a second; None stands for what the name means.
        channels: Channels of `pcm16`.
    """
    if name in _G711_SILENCE:
        return AudioFormat(1, _G711_RATE, _G711_SILENCE[name])
    named = _RATE_IN_NAME.search(name or "")
    samples = rate or (int(named[1]) if named else _DEFAULT_RATE)
    return AudioFormat(2 * channels, samples, b"\0\0" * channels)


def input_format(session: ResponseSession) -> AudioFormat:
    """The format in which a session takes audio."""
    echo = session.input_audio_echo_cancellation
    channels = echo.channels if isinstance(echo, AudioEchoCancellation) else None
    return audio_format(
        session.input_audio_format, session.input_audio_sampling_rate, channels or 1
    )


def output_format(session: ResponseSession) -> AudioFormat:
    """The format in which a session speaks."""
    return audio_format(session.output_audio_format, None)
