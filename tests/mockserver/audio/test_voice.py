"""Synthetic voice."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.signals import RATES, rms_dbfs, silence
from voicelive_mockserver.audio import mixing, voice
from voicelive_mockserver.audio.formats import pcm16_duration_ms, samples
from voicelive_mockserver.audio.vad import (
    SpeechStarted,
    SpeechStopped,
    VadConfig,
    VoiceActivityDetector,
)
from voicelive_mockserver.audio.voice import phrases, synthesize

STATEMENT = "The weather in Seattle is sunny, with a high of twenty degrees."
QUESTION = "Would you like to know more about the weather in the next few days?"


def pitch_hertz(pcm: bytes) -> float:
    """Return the pitch in the middle of audio at 24 kHz."""
    values = samples(pcm)
    middle = values[len(values) // 2 - 600 : len(values) // 2 + 600]

    def likeness(lag: int) -> float:
        return sum(a * b for a, b in zip(middle, middle[lag:], strict=False))

    return 24000 / max(range(80, 320), key=likeness)


def part(pcm: bytes, start_ms: int, end_ms: int) -> bytes:
    """Return a part of audio at 24 kHz."""
    return pcm[start_ms * 48 : end_ms * 48]


def loud_runs(pcm: bytes) -> list[tuple[int, int]]:
    """Return start and end in ms of each loud period, in steps of 10 ms."""
    loud = [rms_dbfs(pcm[i : i + 480]) > -35 for i in range(0, len(pcm) - 479, 480)]
    edges = [i for i, (a, b) in enumerate(pairwise([False, *loud, False])) if a != b]
    return [(a * 10, b * 10) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.slow
def test_the_same_text_gives_the_same_bytes() -> None:
    """Audio of another process is identical."""
    program = (
        "import sys, hashlib; from voicelive_mockserver.audio.voice import synthesize;"
        "print(hashlib.sha256(synthesize(sys.argv[1])).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, STATEMENT],
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert other.stdout.strip() == sha256(synthesize(STATEMENT)).hexdigest()


@pytest.mark.skipif(mixing.numpy_mixer() is None, reason="numpy is not installed")
@pytest.mark.parametrize("text", [STATEMENT, QUESTION, "Sixth sheikh's sheep? Psst!"])
def test_numpy_changes_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without numpy the audio is identical."""
    voice._say.cache_clear()
    fast = synthesize(text)
    voice._say.cache_clear()
    monkeypatch.setattr(voice, "mixer", mixing.PlainMixer)
    assert synthesize(text) == fast


@pytest.mark.parametrize("rate", RATES)
def test_the_size_is_known_before_synthesis(rate: int) -> None:
    """It is the size of the audio of the phrase."""
    for phrase in phrases(f"{STATEMENT} {QUESTION}", sample_rate=rate):
        assert len(phrase.speak()) == phrase.size


@pytest.mark.parametrize("text", [STATEMENT, QUESTION, f"{STATEMENT} {QUESTION}"])
def test_length_follows_the_text(text: str) -> None:
    """A second of speech has 14 or 15 characters."""
    seconds = pcm16_duration_ms(len(synthesize(text)), 24000) / 1000
    assert 13.8 <= len(text) / seconds <= 15.2


def test_it_is_as_loud_as_speech() -> None:
    """The peak is at -9 dBFS."""
    assert max(map(abs, samples(synthesize(STATEMENT)))) == 11626


def test_it_begins_and_ends_softly() -> None:
    """There are no clicks, at the ends or between sentences."""
    pcm = synthesize("Oh! Ah! Oh!")
    assert rms_dbfs(part(pcm, 0, 10)) < -70
    assert rms_dbfs(pcm[-240:]) < -50
    steps = [abs(a - b) for a, b in pairwise(samples(pcm))]
    assert max(steps) < 4000


def test_each_group_of_vowels_is_a_syllable() -> None:
    """Syllables between stops are separate periods of sound."""
    assert len(loud_runs(synthesize("pata pata"))) == 4
    assert len(loud_runs(synthesize("tou kai poa"))) == 3


def test_punctuation_is_a_pause() -> None:
    """A comma is longer than a space, and a full stop longer than a comma."""

    def longest_pause(text: str) -> int:
        runs = loud_runs(synthesize(text))
        return max(after[0] - before[1] for before, after in pairwise(runs))

    plain = longest_pause("maria tomato")
    comma = longest_pause("maria, tomato")
    stop = longest_pause("maria. Tomato.")
    assert plain + 70 < comma < stop - 70


def test_a_question_rises_and_a_statement_falls() -> None:
    """The pitch at the end depends on the punctuation."""
    asked, stated = synthesize("mamama mamama?"), synthesize("mamama mamama.")
    assert pitch_hertz(part(asked, 800, 950)) > 1.1 * pitch_hertz(part(asked, 50, 200))
    assert pitch_hertz(part(stated, 800, 950)) < 0.9 * pitch_hertz(
        part(stated, 50, 200)
    )


def test_voices_differ_in_pitch() -> None:
    """Each voice has a constant pitch, also with an unknown name."""
    pitches = [
        pitch_hertz(synthesize("aaa", voice=voice))
        for voice in ("echo", "alloy", "shimmer", "en-US-AvaNeural", "en-US-Guy")
    ]
    assert pitches[0] < pitches[1] < pitches[2]
    assert len({round(pitch) for pitch in pitches}) == 5
    assert all(80 < pitch < 280 for pitch in pitches)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_other_sample_rates_last_as_long(rate: int) -> None:
    """The sample rate does not change the duration."""
    wanted = pcm16_duration_ms(len(synthesize(STATEMENT)), 24000)
    pcm = synthesize(STATEMENT, sample_rate=rate)
    assert pcm16_duration_ms(len(pcm), rate) == pytest.approx(wanted, abs=1)


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "-- ,", "\n\n"])
def test_texts_without_letters_have_no_audio(text: str) -> None:
    """The result is empty."""
    assert synthesize(text) == b""


@pytest.mark.parametrize(
    "text", ["42", "Zażółć gęślą jaźń", "你好世界。", "Привет, как дела?", "مرحبا"]
)
def test_every_script_is_spoken(text: str) -> None:
    """Digits and letters of all scripts have sounds."""
    assert pcm16_duration_ms(len(synthesize(text)), 24000) > 300


@pytest.mark.parametrize("text", ["xx", "cc", "qq", "Exxon"])
def test_doubled_letters_sound_like_one(text: str) -> None:
    """A doubled letter sounds like a single one."""
    assert any(samples(synthesize(text)))


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_text_can_be_synthesized(text: str) -> None:
    """No text fails, or takes too long."""
    pcm = synthesize(text)
    assert len(pcm) % 2 == 0
    assert bool(pcm) == (any(samples(pcm)))
    assert pcm16_duration_ms(len(pcm), 24000) < 1000 * (len(text) + 1) * 20


def test_long_sentences_are_split() -> None:
    """A text without a full stop has several parts."""
    pauses = pairwise(loud_runs(synthesize("tell me " * 60)))
    assert sum(after[0] - before[1] > 250 for before, after in pauses) == 1


@pytest.mark.parametrize("text", ["a" * 240 + ",", "a" * 300 + ", b", ", a", ",,,a"])
def test_commas_need_no_words(text: str) -> None:
    """A comma without words is ignored."""
    assert synthesize(text)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("voice", ["alloy", "shimmer", "en-US-AvaNeural"])
def test_the_voice_is_detected_as_speech(rate: int, voice: str) -> None:
    """The detector finds one utterance, from its start to its end."""
    pcm = synthesize(QUESTION, sample_rate=rate, voice=voice)
    length = pcm16_duration_ms(len(pcm), rate)
    detector = VoiceActivityDetector(VadConfig(), sample_rate=rate)
    started, stopped = detector.feed(silence(640, rate) + pcm + silence(600, rate))
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert abs(started.speech_start_ms - 640) <= 64
    assert abs(stopped.speech_end_ms - 640 - length) <= 96
