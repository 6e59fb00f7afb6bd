"""Voice activity detection on audio time.

Audio is analyzed in frames of 32 ms. Time is counted in samples, so the same audio
gives the same events in real time, in a burst, or byte by byte.

The decision is a fixed threshold on the level of each frame, so that tests can predict
it. Background noise is not estimated: in a noisy room, raise the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicelive_mockserver.audio.formats import BYTES_PER_SAMPLE
from voicelive_mockserver.audio.levels import frame_power, power_at

FRAME_MS = 32
"""Length of a frame in ms; all detected times are multiples of it."""

_WEAK_DB = 2
"""Hysteresis: the margin below the threshold for frames next to speech, in dB."""

_WEAK_FRAMES = 6
"""The maximum number of such frames before the first and after the last loud frame, so
that noise just below the threshold cannot extend speech indefinitely."""

_GAP_FRAMES = 3
"""The maximum number of consecutive silent frames at the beginning of speech: the
closure of a "p" lasts about 100 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VadConfig:
    """Parameters of voice activity detection.

    Attributes:
        threshold: The threshold, above 0 and up to 1. In the service it is a
            probability; here it is a level: -44 dBFS at 0.5, plus 3 dB per 0.1.
        prefix_padding_ms: The audio before the detected start that belongs to the
            utterance.
        silence_duration_ms: The silence that ends speech.
        speech_duration_ms: The minimum duration of speech.
    """

    threshold: float = 0.5
    prefix_padding_ms: int = 400
    silence_duration_ms: int = 500
    speech_duration_ms: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """Speech has started.

    Attributes:
        audio_start_ms: The start of the utterance, padding included, in ms of all audio
            since the session began. Not negative.
        speech_start_ms: The start of speech, without padding; a multiple of
            `FRAME_MS`.
        certain_ms: The time at which it reached the minimum duration; a multiple of
            `FRAME_MS`.
    """

    audio_start_ms: int
    speech_start_ms: int
    certain_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStopped:
    """Speech has ended.

    Attributes:
        audio_end_ms: The end of speech plus the silence waited for, rounded up to a
            multiple of `FRAME_MS`, in ms of all audio since the session began.
        speech_end_ms: The end of speech, without the silence; a multiple of
            `FRAME_MS`.
    """

    audio_end_ms: int
    speech_end_ms: int


SpeechEvent = SpeechStarted | SpeechStopped


class VoiceActivityDetector:
    """Voice activity detector for the audio of one session."""

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
            config: The parameters, or None to disable detection.
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
        """The parameters, or None if detection is disabled.

        A new value applies from the current incomplete frame on. The audio position is
        kept. None drops the speech in progress.
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
        """The duration of all audio since the session began, in whole ms."""
        samples = self._first_sample(self._frames) + len(self._rest) // BYTES_PER_SAMPLE
        return samples * 1000 // self._sample_rate

    @property
    def analyzed_ms(self) -> int:
        """The duration of the analyzed audio, in ms; a multiple of `FRAME_MS`."""
        return self._frames * FRAME_MS

    @property
    def speaking(self) -> bool:
        """Whether speech has started and not stopped."""
        return self._utterance is not None and self._utterance.confirmed

    def forget(self) -> None:
        """Drop the speech in progress, as when the client clears the buffer.

        No `SpeechStopped` follows. The audio position is kept.
        """
        self._utterance: _Utterance | None = None
        self._weak_run = 0  # weak frames just before, while there is no utterance

    def feed(self, pcm: bytes) -> list[SpeechEvent]:
        """Process the next audio and return the detected events.

        Args:
            pcm: Mono pcm16 audio of any length; it may end within a sample.

        Returns:
            The events, in order of time.
        """
        audio = self._rest + pcm
        end = self._frame_size
        if len(audio) < end:
            # Common: appends in real time are often shorter than a frame.
            self._rest = audio
            return []
        events: list[SpeechEvent] = []
        start = 0
        while end <= len(audio):
            self._frames += 1
            if not self._is_even:
                self._frame_size = self._size_of(self._frames)
            if self._config is not None:
                event = self._process_frame(frame_power(audio[start:end]), self._config)
                if event is not None:
                    events.append(event)
            start = end
            end += self._frame_size
        self._rest = audio[start:]
        return events

    def _first_sample(self, frame: int) -> int:
        """Return the index of the first sample of a frame.

        At 44100 Hz a frame is not a whole number of samples, so frame sizes differ by
        one sample.
        """
        return frame * self._sample_rate * FRAME_MS // 1000

    def _size_of(self, frame: int) -> int:
        """Return the size of a frame in bytes."""
        count = self._first_sample(frame + 1) - self._first_sample(frame)
        return count * BYTES_PER_SAMPLE

    def _process_frame(self, power: float, config: VadConfig) -> SpeechEvent | None:
        """Process the power of the last complete frame."""
        now = self._frames
        utterance = self._utterance
        if power >= self._loud:
            if utterance is None:
                before = min(self._weak_run, _WEAK_FRAMES)
                utterance = self._utterance = _Utterance(start=now - 1 - before)
            return self._add_loud_frame(utterance, config)
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

    def _add_loud_frame(
        self, utterance: _Utterance, config: VadConfig
    ) -> SpeechEvent | None:
        """Add a loud frame; return the start of speech once it is long enough.

        A sound of n frames can overlap n + 1 of them, hence the margin.
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
    """Speech, confirmed or not. Values are frame counts."""

    start: int
    loud_frames: int = 0
    loud_end: int = 0
    end: int = 0  # like loud_end, but with the weak frames that follow
    confirmed: bool = False  # SpeechStarted was announced
