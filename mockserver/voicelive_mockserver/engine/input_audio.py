"""The audio that a client sends: its format, its amount, and speech in it."""

from typing import Any

from voicelive_mockserver.audio.formats import alaw_to_pcm16, pcm16_size, ulaw_to_pcm16
from voicelive_mockserver.audio.vad import SpeechEvent, VadConfig, VoiceActivityDetector

_KEPT_MS = 120_000
_SLACK_BYTES = 1 << 20
_DECODERS = {"g711_ulaw": ulaw_to_pcm16, "g711_alaw": alaw_to_pcm16}
_G711_RATE = 8000


class InputAudioBuffer:
    """Counts and judges the input audio of one session.

    All positions are milliseconds of audio since the session began; nothing looks at
    a clock, so a burst is judged like audio in real time.

    Args:
        keep_audio: Whether somebody will ask for the audio itself. Without, only its
            amount is remembered.
    """

    __slots__ = (
        "_committed_ms",
        "_decoder",
        "_detector",
        "_keep_audio",
        "_kept",
        "_kept_end_ms",
        "sample_rate",
    )

    def __init__(self, *, keep_audio: bool) -> None:
        self._keep_audio = keep_audio
        self._kept = bytearray()
        self._kept_end_ms = 0
        self._committed_ms = 0
        self._decoder = _DECODERS.get("pcm16")
        self._detector = VoiceActivityDetector(None)
        self.sample_rate = 24000
        """The sample rate of the audio in Hz, as it is judged."""

    @property
    def position_ms(self) -> int:
        """How much audio came since the session began."""
        return self._detector.position_ms

    @property
    def buffered_ms(self) -> int:
        """How much audio came since the last commit or clear."""
        return self._detector.position_ms - self._committed_ms

    def configure(self, session: dict[str, Any]) -> None:
        """Follow the audio format and the turn detection of a session.

        Args:
            session: The effective session. Its format may only differ from the one
                before as long as no audio came.
        """
        audio_format = session["input_audio_format"]
        self._decoder = _DECODERS.get(audio_format)
        rate = _G711_RATE if self._decoder else session["input_audio_sampling_rate"]
        if rate != self.sample_rate:
            self.sample_rate = rate
            self._detector = VoiceActivityDetector(None, sample_rate=rate)
        self._detector.config = _vad_config(session["turn_detection"])

    def append(self, audio: bytes) -> list[SpeechEvent]:
        """Take the next audio.

        Args:
            audio: Audio in the input format, of any length.

        Returns:
            The beginnings and ends of speech that became certain with it, in order.
        """
        pcm = audio if self._decoder is None else self._decoder(audio)
        if self._keep_audio:
            self._keep(pcm)
        return self._detector.feed(pcm)

    def commit(self, until_ms: int) -> None:
        """Count what follows a position as the next turn."""
        self._committed_ms = min(until_ms, self.position_ms)

    def clear(self) -> None:
        """Drop what was not committed, and the speech in progress with it."""
        self._detector.forget()
        self._committed_ms = self.position_ms

    def between(self, start_ms: int, end_ms: int) -> bytes:
        """Return the audio between two positions as pcm16, as far as it was kept."""
        size = len(self._kept)
        start = size - self._bytes(self.position_ms - start_ms)
        end = size - self._bytes(self.position_ms - end_ms)
        return bytes(self._kept[max(0, start) : max(0, min(end, size))])

    def _bytes(self, duration_ms: float) -> int:
        return pcm16_size(duration_ms, self.sample_rate)

    def _keep(self, pcm: bytes) -> None:
        self._kept += pcm
        limit = self._bytes(_KEPT_MS)
        # Cut rarely: every cut moves what is left.
        if len(self._kept) > limit + _SLACK_BYTES:
            del self._kept[: len(self._kept) - limit]


def _vad_config(detection: dict[str, Any] | None) -> VadConfig | None:
    if detection is None:
        return None
    defaults = VadConfig()
    # `semantic_vad` has no such fields: it waits by the sense of what was said.
    given = {
        name: detection[name]
        for name in (
            "threshold",
            "prefix_padding_ms",
            "silence_duration_ms",
            "speech_duration_ms",
        )
        if detection.get(name) is not None
    }
    return VadConfig(
        threshold=given.get("threshold", defaults.threshold),
        prefix_padding_ms=given.get("prefix_padding_ms", defaults.prefix_padding_ms),
        silence_duration_ms=given.get(
            "silence_duration_ms", defaults.silence_duration_ms
        ),
        speech_duration_ms=given.get("speech_duration_ms", defaults.speech_duration_ms),
    )
