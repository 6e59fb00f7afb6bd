"""Voice activity detection: events, their offsets, and sounds that are not speech."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.signals import (
    QUESTION_END_MS,
    QUESTION_START_MS,
    RATES,
    louder,
    mix,
    noise,
    question,
    silence,
    tone,
)
from voicelive_mockserver.audio import levels
from voicelive_mockserver.audio.formats import resample
from voicelive_mockserver.audio.vad import (
    FRAME_MS,
    SpeechEvent,
    SpeechStarted,
    SpeechStopped,
    VadConfig,
    VoiceActivityDetector,
)


def detect(
    pcm: bytes, rate: int = 24000, config: VadConfig | None = None
) -> list[SpeechEvent]:
    """Return the events of a signal."""
    detector = VoiceActivityDetector(config or VadConfig(), sample_rate=rate)
    return detector.feed(pcm)


def starts(events: list[SpeechEvent]) -> list[int]:
    """Return the starts of speech."""
    return [e.speech_start_ms for e in events if isinstance(e, SpeechStarted)]


def ends(events: list[SpeechEvent]) -> list[int]:
    """Return the ends of speech."""
    return [e.speech_end_ms for e in events if isinstance(e, SpeechStopped)]


class TestOffsets:
    """Offsets of the events."""

    @pytest.mark.parametrize(
        ("padding", "wait", "start", "end"),
        [(400, 500, 1456, 4512), (300, 200, 1556, 4224)],
    )
    def test_the_recorded_example(
        self, padding: int, wait: int, start: int, end: int
    ) -> None:
        """Speech from 1856 ms to 4000 ms has the recorded offsets."""
        config = VadConfig(prefix_padding_ms=padding, silence_duration_ms=wait)
        pcm = silence(1856) + tone(4000 - 1856) + silence(1500)
        assert detect(pcm, config=config) == [
            SpeechStarted(audio_start_ms=start, speech_start_ms=1856, certain_ms=1984),
            SpeechStopped(audio_end_ms=end, speech_end_ms=4000),
        ]

    def test_speech_at_the_very_start(self) -> None:
        """The padding does not start before the first audio."""
        events = detect(tone(500) + silence(600))
        assert events[0] == SpeechStarted(
            audio_start_ms=0, speech_start_ms=0, certain_ms=128
        )

    @pytest.mark.parametrize("rate", RATES)
    @pytest.mark.parametrize("lead", [700, 717, 1003, 1023])
    def test_times_are_on_the_grid(self, rate: int, lead: int) -> None:
        """Detection time and end are multiples of 32 ms, whatever the sample rate."""
        pcm = silence(lead, rate) + tone(801, rate) + silence(700, rate)
        started, stopped = detect(pcm, rate)
        assert isinstance(started, SpeechStarted)
        assert isinstance(stopped, SpeechStopped)
        assert started.audio_start_ms == started.speech_start_ms - 400
        assert started.speech_start_ms == lead // FRAME_MS * FRAME_MS
        end = -(-(lead + 801) // FRAME_MS) * FRAME_MS
        assert stopped.speech_end_ms == end
        assert stopped.audio_end_ms == end + 512

    @pytest.mark.parametrize("wait", [0, 1, 32, 200, 256, 500, 1000])
    def test_the_end_is_rounded_up(self, wait: int) -> None:
        """The end includes the required silence, rounded up to the grid."""
        config = VadConfig(silence_duration_ms=wait)
        stopped = detect(tone(640) + silence(1100), config=config)[-1]
        assert isinstance(stopped, SpeechStopped)
        assert stopped.speech_end_ms == 640
        assert stopped.audio_end_ms % FRAME_MS == 0
        assert 0 <= stopped.audio_end_ms - 640 - wait < FRAME_MS

    def test_offsets_count_all_audio(self) -> None:
        """Offsets of a second utterance count from the start of the session."""
        pcm = silence(992) + tone(480) + silence(1024)
        assert starts(detect(pcm * 3)) == [992, 992 + 2496, 992 + 2 * 2496]

    @pytest.mark.parametrize("rate", RATES)
    def test_the_clock_does_not_drift(self, rate: int) -> None:
        """After three minutes the grid is unchanged."""
        pcm = silence(180_000, rate) + tone(640, rate) + silence(640, rate)
        assert starts(detect(pcm, rate)) == [180_000]

    def test_the_end_is_reported_with_the_last_silent_frame(self) -> None:
        """Neither earlier nor later."""
        detector = VoiceActivityDetector(VadConfig())
        assert len(detector.feed(tone(640) + silence(511))) == 1
        assert detector.speaking
        assert ends(detector.feed(silence(1))) == [640]
        assert not detector.speaking


class TestChunks:
    """Independence of the size of chunks."""

    @pytest.mark.parametrize("size", [1, 3, 320, 960, 4800, 65536])
    def test_any_chunk_size_gives_the_same(self, size: int) -> None:
        """A burst, 20 ms appends and single bytes give equal events."""
        pcm = question() + question()
        detector = VoiceActivityDetector(VadConfig())
        events = [
            event
            for start in range(0, len(pcm), size)
            for event in detector.feed(pcm[start : start + size])
        ]
        assert events == detect(pcm)
        assert len(events) == 4

    @given(st.lists(st.integers(0, 5000), max_size=20))
    @settings(max_examples=25, deadline=None, derandomize=True)
    def test_any_cut_gives_the_same(self, sizes: list[int]) -> None:
        """Uneven and empty chunks give equal events, also at 44100 Hz."""
        pcm = silence(100, 44100) + tone(700, 44100) + silence(600, 44100)
        detector = VoiceActivityDetector(VadConfig(), sample_rate=44100)
        events: list[SpeechEvent] = []
        start = 0
        for size in (*sizes, len(pcm)):
            events += detector.feed(pcm[start : start + size])
            start += size
        assert events == detect(pcm, 44100)

    def test_position_counts_all_audio(self) -> None:
        """It includes incomplete frames."""
        detector = VoiceActivityDetector(VadConfig(), sample_rate=44100)
        assert detector.position_ms == 0
        detector.feed(silence(10, 44100))
        assert detector.position_ms == 10
        detector.feed(silence(90, 44100))
        assert detector.position_ms == 100


class TestSpeech:
    """Sounds that are speech, and the precision of detection."""

    @pytest.mark.slow
    @pytest.mark.parametrize("rate", RATES)
    @pytest.mark.parametrize("noisy", [False, True])
    def test_spoken_words_are_found(self, rate: int, noisy: bool) -> None:
        """Start and end are within 64 ms of the truth, in noise at -50 dBFS."""
        pcm = resample(question(), 24000, rate)
        if noisy:
            pcm = mix(pcm, noise(4000, rate))
        started, stopped = detect(pcm, rate)
        assert isinstance(started, SpeechStarted)
        assert isinstance(stopped, SpeechStopped)
        assert abs(started.speech_start_ms - QUESTION_START_MS) <= 64
        assert abs(stopped.speech_end_ms - QUESTION_END_MS) <= 64
        assert abs(stopped.audio_end_ms - 500 - QUESTION_END_MS) <= 64

    def test_quiet_words_are_found(self) -> None:
        """Speech at about -35 dBFS is one utterance."""
        pcm = mix(louder(question(), -11), noise(4000))
        events = detect(pcm)
        assert len(events) == 2
        assert abs(starts(events)[0] - QUESTION_START_MS) <= 64

    @pytest.mark.slow
    @pytest.mark.parametrize("rate", RATES)
    def test_noise_is_not_speech(self, rate: int) -> None:
        """Noise at -50 dBFS does not start speech."""
        assert detect(noise(6000, rate, dbfs=-50), rate) == []

    def test_an_offset_is_not_speech(self) -> None:
        """A microphone with a DC offset is silent."""
        assert detect(b"\x00\x10" * 24000) == []

    @pytest.mark.parametrize("at", range(0, 32, 5))
    def test_a_click_is_not_speech(self, at: int) -> None:
        """A sound shorter than 64 ms is ignored, at any offset."""
        pcm = silence(200 + at) + tone(62, dbfs=-10) + silence(800)
        assert detect(pcm * 3) == []

    def test_a_click_is_not_speaking(self) -> None:
        """`speaking` is false until speech is confirmed."""
        detector = VoiceActivityDetector(VadConfig())
        detector.feed(silence(320) + tone(64))
        assert not detector.speaking
        detector.feed(tone(64))
        assert detector.speaking

    @pytest.mark.parametrize("at", range(0, 32, 5))
    def test_the_shortest_speech_is_configured(self, at: int) -> None:
        """Only shorter sounds are ignored."""
        config = VadConfig(speech_duration_ms=200)
        short = silence(200 + at) + tone(198) + silence(800)
        long = silence(200 + at) + tone(264) + silence(800)
        assert detect(short, config=config) == []
        assert len(detect(long, config=config)) == 2

    def test_a_click_before_speech_does_not_count(self) -> None:
        """Speech does not start at an earlier noise."""
        pcm = silence(640) + tone(30) + silence(162) + tone(640) + silence(700)
        assert starts(detect(pcm)) == [832]

    def test_speech_may_pause_right_after_it_begins(self) -> None:
        """A first syllable before closed lips is part of the speech."""
        pcm = silence(640) + tone(32) + silence(96) + tone(640) + silence(700)
        assert starts(detect(pcm)) == [640]

    @pytest.mark.parametrize("pause", [100, 300, 480])
    def test_a_short_pause_does_not_end_speech(self, pause: int) -> None:
        """A pause shorter than the required silence is part of the utterance."""
        pcm = tone(500) + silence(pause) + tone(500) + silence(600)
        assert len(detect(pcm)) == 2

    @pytest.mark.parametrize("pause", [545, 1000])
    def test_a_long_pause_ends_speech(self, pause: int) -> None:
        """A longer pause separates two utterances."""
        pcm = tone(500) + silence(pause) + tone(500) + silence(600)
        events = detect(pcm)
        assert len(starts(events)) == len(ends(events)) == 2

    def test_soft_edges_belong_to_speech(self) -> None:
        """Frames just below the threshold count next to speech only."""
        soft = tone(96, dbfs=-45)
        pcm = silence(640) + soft + tone(320) + soft + silence(320) + soft
        events = detect(pcm + silence(700))
        assert (starts(events), ends(events)) == ([640], [1152])

    def test_soft_noise_does_not_keep_speech_going(self) -> None:
        """Noise just below the threshold neither starts nor prolongs speech."""
        background = tone(3500, dbfs=-45, hertz=350)
        pcm = mix(silence(1500) + tone(500) + silence(1500), background)
        events = detect(pcm)
        assert len(events) == 2
        assert abs(starts(events)[0] - 1500) <= 224
        assert abs(ends(events)[0] - 2000) <= 224

    def test_the_threshold_is_a_level(self) -> None:
        """A higher threshold requires louder speech."""
        for threshold, dbfs in ((0.1, -56), (0.5, -44), (0.9, -32)):
            config = VadConfig(threshold=threshold)
            below = tone(640, dbfs=dbfs - 1) + silence(600)
            above = tone(640, dbfs=dbfs + 1) + silence(600)
            assert detect(below, config=config) == []
            assert len(detect(above, config=config)) == 2


class TestChanges:
    """Changes during a session."""

    def test_a_new_config_keeps_the_clock(self) -> None:
        """Offsets still count from the start of the session."""
        detector = VoiceActivityDetector(VadConfig())
        detector.feed(silence(1010))
        detector.config = VadConfig(prefix_padding_ms=100)
        assert detector.position_ms == 1010
        events = detector.feed(silence(270) + tone(640))
        assert events == [
            SpeechStarted(audio_start_ms=1180, speech_start_ms=1280, certain_ms=1408)
        ]

    def test_a_new_config_applies_to_speech_in_progress(self) -> None:
        """A shorter silence ends speech that started before the change."""
        detector = VoiceActivityDetector(VadConfig())
        detector.feed(tone(640) + silence(160))
        detector.config = VadConfig(silence_duration_ms=200)
        assert detector.feed(silence(64)) == [
            SpeechStopped(audio_end_ms=864, speech_end_ms=640)
        ]

    def test_detection_can_be_off(self) -> None:
        """Without a configuration, audio is counted and nothing is detected."""
        detector = VoiceActivityDetector(None)
        assert detector.feed(tone(640) + silence(640)) == []
        assert detector.position_ms == 1280
        detector.config = VadConfig()
        assert starts(detector.feed(tone(640))) == [1280]

    def test_turning_detection_off_drops_speech(self) -> None:
        """Speech in progress has no end event."""
        detector = VoiceActivityDetector(VadConfig())
        detector.feed(tone(640))
        detector.config = None
        assert not detector.speaking
        detector.config = VadConfig()
        assert detector.feed(silence(1000)) == []

    def test_speech_can_be_forgotten(self) -> None:
        """Speech in progress is dropped without an event; the position is kept."""
        detector = VoiceActivityDetector(VadConfig())
        detector.feed(tone(640))
        assert detector.speaking
        detector.forget()
        assert not detector.speaking
        assert detector.feed(silence(640)) == []
        assert starts(detector.feed(tone(640))) == [1280]

    def test_nonsense_rates_are_refused(self) -> None:
        """A sample rate that is too low is an error, not an endless loop."""
        with pytest.raises(ValueError, match="sample_rate: expected at least 1000"):
            VoiceActivityDetector(VadConfig(), sample_rate=0)


class TestWithoutNumpy:
    """Independence of numpy."""

    @pytest.mark.parametrize("rate", RATES)
    def test_speech_is_found(self, rate: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """The spoken example has the same offsets as with numpy."""
        pcm = mix(resample(question(), 24000, rate), noise(4000, rate))
        levels.best_power.cache_clear()
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "numpy", None)
            assert levels.best_power() is levels.plain_power
            plain = detect(pcm, rate)
        levels.best_power.cache_clear()
        assert levels.best_power() is not levels.plain_power
        assert plain == detect(pcm, rate)
        assert len(plain) == 2
