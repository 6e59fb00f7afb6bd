"""Input audio: format, buffer and voice activity detection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from voicelive_core.audio import PCM16, decode_g711
from voicelive_mockserver.audio.formats import (
    BYTES_PER_SAMPLE,
    first_channel,
    pcm16_size,
)
from voicelive_mockserver.audio.vad import SpeechEvent, VadConfig, VoiceActivityDetector
from voicelive_protocol.audio_formats import AUDIO_FORMATS, DEFAULT_AUDIO_FORMAT

MAX_KEPT_MS = 120_000
"""Duration of the newest audio that is kept for the transcriber."""

_SLACK_BYTES = 1 << 20

# The silence after which `semantic_vad` ends a turn, by eagerness.
_PAUSE_MS = {"high": 500, "medium": 1000, "auto": 1000, "low": 1500}


class InputFormat:
    """The input audio format of a session.

    Args:
        session: The effective session.
    """

    __slots__ = ("decode", "sample_rate", "sample_size")

    def __init__(self, session: dict[str, Any]) -> None:
        audio_format = session["input_audio_format"]
        echo = session["input_audio_echo_cancellation"] or {}
        raw = AUDIO_FORMATS.get(audio_format, DEFAULT_AUDIO_FORMAT)
        self.decode: Callable[[bytes], bytes] | None = None
        """Converts whole samples to mono pcm16; `None` if they are mono pcm16."""
        self.sample_rate: int = session["input_audio_sampling_rate"]
        """The sample rate in Hz."""
        self.sample_size = raw.bytes_per_sample
        """The size of one sample of all channels, in bytes."""
        if raw.encoding != PCM16:
            self.decode = partial(decode_g711, encoding=raw.encoding)
            self.sample_rate = raw.sample_rate
        elif echo.get("channels") == 2:
            # The other channel is the loudspeaker reference.
            self.decode = first_channel
            self.sample_size *= 2

    def duration_ms(self, size: int) -> int:
        """Return the duration of a number of bytes of audio, in whole ms."""
        return size // self.sample_size * 1000 // self.sample_rate


class InputAudioBuffer:
    """Measures the input audio of one session and detects speech in it.

    All positions are milliseconds of audio since the session began, independent of a
    clock, so a burst gives the same results as audio in real time.

    Args:
        keep_audio: Whether to store the audio itself, instead of only its duration.
    """

    __slots__ = (
        "_committed_ms",
        "_decode",
        "_detector",
        "_keep_audio",
        "_kept",
        "_rest",
        "_sample_size",
        "sample_rate",
    )

    def __init__(self, *, keep_audio: bool) -> None:
        self._keep_audio = keep_audio
        self._kept = bytearray()
        self._committed_ms = 0
        self._decode: Callable[[bytes], bytes] | None = None
        self._sample_size = BYTES_PER_SAMPLE
        self._rest = b""
        self._detector = VoiceActivityDetector(None)
        self.sample_rate = 24000
        """The sample rate of the mono audio in Hz."""

    @property
    def position_ms(self) -> int:
        """The duration of the audio since the session began."""
        return self._detector.position_ms

    @property
    def analyzed_ms(self) -> int:
        """The duration of the analyzed audio, in whole frames."""
        return self._detector.analyzed_ms

    @property
    def buffered_ms(self) -> int:
        """The duration of the audio since the last commit or clear."""
        return self._detector.position_ms - self._committed_ms

    def configure(self, session: dict[str, Any]) -> None:
        """Apply the audio format and the turn detection of a session.

        Args:
            session: The effective session. Its format can change only before the
                first audio.
        """
        audio = InputFormat(session)
        self._decode = audio.decode
        self._sample_size = audio.sample_size
        if audio.sample_rate != self.sample_rate:
            self.sample_rate = audio.sample_rate
            self._detector = VoiceActivityDetector(None, sample_rate=audio.sample_rate)
        self._detector.config = _vad_config(session["turn_detection"])

    def append(self, audio: bytes) -> list[SpeechEvent]:
        """Append audio and detect speech in it.

        Args:
            audio: Audio in the input format, of any length; it may end within a
                sample.

        Returns:
            The detected starts and ends of speech, in order.
        """
        if self._rest or len(audio) % self._sample_size:
            audio = self._rest + audio
            whole = len(audio) - len(audio) % self._sample_size
            self._rest = audio[whole:]
            audio = audio[:whole]
        pcm = audio if self._decode is None else self._decode(audio)
        if self._keep_audio:
            self._keep(pcm)
        return self._detector.feed(pcm)

    def commit(self, until_ms: int) -> None:
        """Start the next turn at a position."""
        self._committed_ms = min(until_ms, self.position_ms)

    def clear(self) -> None:
        """Drop the uncommitted audio and the speech in progress."""
        self._detector.forget()
        self._committed_ms = self.position_ms

    def between(self, start_ms: int, end_ms: int) -> bytes:
        """Return the kept audio between two positions, as pcm16."""
        size = len(self._kept)
        start = size - self._bytes(self.position_ms - start_ms)
        end = size - self._bytes(self.position_ms - end_ms)
        return bytes(self._kept[max(0, start) : max(0, min(end, size))])

    def _bytes(self, duration_ms: float) -> int:
        return pcm16_size(duration_ms, self.sample_rate)

    def _keep(self, pcm: bytes) -> None:
        self._kept += pcm
        limit = self._bytes(MAX_KEPT_MS)
        # Cut rarely: every cut moves the remaining bytes.
        if len(self._kept) > limit + _SLACK_BYTES:
            del self._kept[: len(self._kept) - limit]


def _vad_config(detection: dict[str, Any] | None) -> VadConfig | None:
    if detection is None:
        return None
    if detection["type"] == "semantic_vad":
        return VadConfig(silence_duration_ms=_PAUSE_MS[detection["eagerness"]])
    names = (
        "threshold",
        "prefix_padding_ms",
        "silence_duration_ms",
        "speech_duration_ms",
    )
    given = {name: detection[name] for name in names if detection[name] is not None}
    return VadConfig(**given)
