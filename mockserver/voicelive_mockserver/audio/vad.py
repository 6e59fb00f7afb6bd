"""Voice activity detection on audio time.

Audio is judged in frames of 32 ms. Time is counted in samples, never on a clock, so
the same audio gives the same events whether it comes in real time, in a burst, or one
byte at a time.

What decides is the level of each frame: a fixed rule, so that a test can predict it.
There is no estimate of the background noise: in a noisy room, raise the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicelive_mockserver.audio.formats import BYTES_PER_SAMPLE
from voicelive_mockserver.audio.levels import frame_power, power_at

FRAME_MS = 32
"""Length of a frame in ms; all detected times are multiples of it."""

_WEAK_DB = 2
"""How far below the threshold a frame may be and still belong to the speech next to
it, in dB: words begin and end softly."""

_WEAK_FRAMES = 6
"""How many such frames may precede the first, or follow the last loud frame. Without
this limit, noise just under the threshold would never let speech end."""

_GAP_FRAMES = 3
"""How many silent frames in a row the beginning of speech may contain: the closed lips
of a "p" last about 100 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VadConfig:
    """When speech counts as begun and as over.

    Attributes:
        threshold: How sure to be that it is speech, above 0 and up to 1. The service
            means a probability; here it stands for a level: -44 dBFS at 0.5, and 3 dB
            more for each 0.1 more.
        prefix_padding_ms: How much audio before the detected start belongs to the
            utterance.
        silence_duration_ms: How long it must be silent for speech to be over. A
            shorter pause does not end it.
        speech_duration_ms: Sounds shorter than this are not speech.
    """

    threshold: float = 0.5
    prefix_padding_ms: int = 400
    silence_duration_ms: int = 500
    speech_duration_ms: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """Someone began to speak.

    Attributes:
        audio_start_ms: Where the utterance begins, padding included, in ms of all
            audio since the session began. Never negative.
        speech_start_ms: Where speech was detected, without padding; a multiple of
            `FRAME_MS`.
        certain_ms: Where it had gone on for long enough to be speech; a multiple of
            `FRAME_MS`.
    """

    audio_start_ms: int
    speech_start_ms: int
    certain_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStopped:
    """It has been silent for long enough since the last speech.

    Attributes:
        audio_end_ms: The end of speech plus the silence waited for, rounded up to a
            multiple of `FRAME_MS`, in ms of all audio since the session began.
        speech_end_ms: Where speech ended, without the silence; a multiple of
            `FRAME_MS`.
    """

    audio_end_ms: int
    speech_end_ms: int


SpeechEvent = SpeechStarted | SpeechStopped


class VoiceActivityDetector:
    """Finds speech in the audio of one session."""

    __slots__ = (
        "_config",
        "_frame_size",
        "_frames",
        "_is_even",
        "_loud",
        "_rest",
        "_sample_rate",
        "_utterance",
        "_weak",
        "_weak_run",
    )

    def __init__(self, config: VadConfig | None, *, sample_rate: int = 24000) -> None:
        """Start at time 0.

        Args:
            config: How to detect, or None for not at all.
            sample_rate: Sample rate of the audio in Hz. It cannot change later.

        Raises:
            ValueError: The sample rate is below 1000 Hz.
        """
        if sample_rate < 1000:
            raise ValueError(f"sample_rate: expected at least 1000, got {sample_rate}")
        self._sample_rate = sample_rate
        self._frames = 0  # complete frames so far
        self._frame_size = self._size_of(0)  # of the next one, in bytes
        self._is_even = sample_rate * FRAME_MS % 1000 == 0  # all have the same size
        self._rest = b""  # audio of the frame that is not complete yet
        self.forget()
        self.config = config

    @property
    def config(self) -> VadConfig | None:
        """How to detect, or None for not at all.

        It may be replaced at any time, and then applies from the frame on that is not
        complete yet. The count of audio goes on. None drops the speech in progress.
        """
        return self._config

    @config.setter
    def config(self, config: VadConfig | None) -> None:
        self._config = config
        if config is None:
            self.forget()
        else:
            level = 30 * config.threshold - 59
            self._loud = power_at(level)
            self._weak = power_at(level - _WEAK_DB)

    @property
    def position_ms(self) -> int:
        """How much audio came since the session began, in whole ms."""
        samples = self._first_sample(self._frames) + len(self._rest) // BYTES_PER_SAMPLE
        return samples * 1000 // self._sample_rate

    @property
    def judged_ms(self) -> int:
        """How much audio was looked at, in ms; a multiple of `FRAME_MS`."""
        return self._frames * FRAME_MS

    @property
    def speaking(self) -> bool:
        """Whether speech has started and not stopped."""
        return self._utterance is not None and self._utterance.confirmed

    def forget(self) -> None:
        """Drop the speech in progress, as when the client clears the buffer.

        No `SpeechStopped` follows for it. The count of audio goes on.
        """
        self._utterance: _Utterance | None = None
        self._weak_run = 0  # weak frames just before, while there is no utterance

    def feed(self, pcm: bytes) -> list[SpeechEvent]:
        """Take the next audio and tell what was detected.

        Args:
            pcm: Mono pcm16 audio of any length; it may even end within a sample.

        Returns:
            What became certain with this audio, in order of time.
        """
        audio = self._rest + pcm
        end = self._frame_size
        if len(audio) < end:
            # So it is with every other append of a client in real time.
            self._rest = audio
            return []
        events: list[SpeechEvent] = []
        start = 0
        while end <= len(audio):
            self._frames += 1
            if not self._is_even:
                self._frame_size = self._size_of(self._frames)
            if self._config is not None:
                event = self._judge(frame_power(audio[start:end]), self._config)
                if event is not None:
                    events.append(event)
            start = end
            end += self._frame_size
        self._rest = audio[start:]
        return events

    def _first_sample(self, frame: int) -> int:
        """Return where a frame begins, as a count of samples.

        A frame is not a whole number of samples at 44100 Hz, so frames differ by
        one sample there.
        """
        return frame * self._sample_rate * FRAME_MS // 1000

    def _size_of(self, frame: int) -> int:
        """Return the size of a frame in bytes."""
        count = self._first_sample(frame + 1) - self._first_sample(frame)
        return count * BYTES_PER_SAMPLE

    def _judge(self, power: float, config: VadConfig) -> SpeechEvent | None:
        """Take the power of the frame that was completed last."""
        now = self._frames
        utterance = self._utterance
        if power >= self._loud:
            if utterance is None:
                before = min(self._weak_run, _WEAK_FRAMES)
                utterance = self._utterance = _Utterance(start=now - 1 - before)
            return self._hear(utterance, config)
        weak = power >= self._weak
        if utterance is None:
            self._weak_run = self._weak_run + 1 if weak else 0
            return None
        if weak and now - utterance.loud_end <= _WEAK_FRAMES:
            utterance.end = now
            return None
        silent = now - utterance.end
        if not utterance.confirmed:
            if silent > _GAP_FRAMES:
                self.forget()
            return None
        if silent * FRAME_MS < config.silence_duration_ms:
            return None
        self.forget()
        end_ms = utterance.end * FRAME_MS
        frames = -(-(end_ms + config.silence_duration_ms) // FRAME_MS)
        return SpeechStopped(audio_end_ms=frames * FRAME_MS, speech_end_ms=end_ms)

    def _hear(self, utterance: _Utterance, config: VadConfig) -> SpeechEvent | None:
        """Add a loud frame to the utterance; announce it once it is long enough.

        A sound shorter than n frames can still touch n + 1 of them, hence the margin.
        """
        utterance.loud_frames += 1
        utterance.loud_end = utterance.end = self._frames
        needed_ms = config.speech_duration_ms + 2 * FRAME_MS
        if utterance.confirmed or utterance.loud_frames * FRAME_MS < needed_ms:
            return None
        utterance.confirmed = True
        start_ms = utterance.start * FRAME_MS
        return SpeechStarted(
            audio_start_ms=max(0, start_ms - config.prefix_padding_ms),
            speech_start_ms=start_ms,
            certain_ms=self._frames * FRAME_MS,
        )


@dataclass(slots=True)
class _Utterance:
    """Speech, or a sound that may turn out to be speech. All values count frames."""

    start: int
    loud_frames: int = 0
    loud_end: int = 0
    end: int = 0  # like loud_end, but with the weak frames that follow
    confirmed: bool = False  # SpeechStarted was announced
