"""Speech synthesis with eSpeak NG, from the extra `speech`."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver import MockServer, VoiceUnavailableError, cli
from voicelive_mockserver.audio import espeak
from voicelive_mockserver.audio.formats import pcm16_duration_ms, samples
from voicelive_mockserver.audio.vad import (
    SpeechStarted,
    SpeechStopped,
    VadConfig,
    VoiceActivityDetector,
)
from voicelive_mockserver.audio.voice import synthesize
from voicelive_mockserver.defaults import Voice
from voicelive_mockserver.engine.interfaces import EncodedSpeech
from voicelive_mockserver.server.sources import Sources
from voicelive_mockserver.server.speech import SyntheticSpeech

pytestmark = pytest.mark.slow

TEXT = "The weather in Seattle is sunny, with a high of twenty degrees."


def said(text: str = TEXT, voice: str = "alloy", sample_rate: int = 24000) -> bytes:
    pieces = espeak.phrases(text, sample_rate=sample_rate, voice=voice)
    return b"".join(piece.speak() for piece in pieces)


def spoken(voice: Voice) -> EncodedSpeech:
    """Return the speech that sessions of a server with a voice send."""

    def nobody(_: object) -> str:
        return ""

    return Sources(nobody, "", None, voice).engine.speech.speak(
        TEXT, "alloy", "pcm16", 100
    )


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Simulate a missing package `espeakng-loader`."""
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    espeak.check_available.cache_clear()
    yield
    espeak.check_available.cache_clear()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Simulate an eSpeak NG that fails."""
    program = tmp_path / "program.py"
    program.write_text("import sys; sys.exit(1)")
    monkeypatch.setattr(espeak, "_PROGRAM", program)
    espeak.check_available.cache_clear()
    yield
    espeak.check_available.cache_clear()


@pytest.mark.parametrize("sample_rate", [8000, 16000, 24000, 44100])
def test_speech_has_a_natural_duration(sample_rate: int) -> None:
    """At each rate, a text has the same duration, 10 to 20 characters per second."""
    seconds = pcm16_duration_ms(len(said(sample_rate=sample_rate)), sample_rate) / 1000
    assert len(TEXT) / 20 < seconds < len(TEXT) / 10
    assert seconds == pytest.approx(len(said()) / 48000, abs=0.001)


def test_it_is_detected_as_speech() -> None:
    """The voice activity detection finds one utterance, all of it."""
    pcm = said()
    detector = VoiceActivityDetector(VadConfig())
    started, stopped = detector.feed(pcm + bytes(48000))
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert started.speech_start_ms < 200
    # eSpeak NG is silent for a while at the end.
    assert 0 <= pcm16_duration_ms(len(pcm), 24000) - stopped.speech_end_ms < 500


def test_the_same_text_gives_the_same_bytes() -> None:
    """Earlier texts have no effect."""
    first = said()
    said("Something else.", "echo")
    assert said() == first


def test_voices_differ() -> None:
    """Each name has a different voice; Azure voices have their language."""
    names = ["alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage"]
    names += ["shimmer", "verse", "de-DE-KatjaNeural", "zh-CN-XiaoxiaoNeural"]
    names += ["en-GB-RyanNeural"]
    assert len({said("Hello, 10 of 12.", name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("en-US-AvaNeural", ["en-us", "en", "en-us"]),
        ("de-DE-Seraphina:DragonHDLatestNeural", ["de-de", "de", "en-us"]),
        ("zh-CN-XiaoxiaoNeural", ["zh-cn", "cmn", "en-us"]),
        ("zh-HK-HiuMaanNeural", ["yue", "cmn", "en-us"]),
        ("../../x-yz-b", ["en-us"]),
        ("alloy", ["en-us"]),
        ("", ["en-us"]),
    ],
)
def test_the_name_of_a_voice_selects_the_language(
    name: str, languages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Region and language are tried first, American English last."""
    tried: list[str] = []

    def speak(_text: str, *voices: str) -> bytes:
        tried.extend(voice.partition("+")[0] for voice in voices)
        return b""

    monkeypatch.setattr(espeak, "speak", speak)
    assert said(voice=name) == b""
    assert tried == languages


def test_an_unknown_language_is_spoken_as_english() -> None:
    """A language that eSpeak NG lacks is not an error."""
    fallback = espeak.speak("Hello.", "xx+f1", "en-us+f1")
    assert fallback == espeak.speak("Hello.", "en-us+f1")
    with pytest.raises(subprocess.CalledProcessError):
        espeak.speak("Hello.", "xx")


@pytest.mark.parametrize("text", ["", " ", "...", "\U0001f600"])
def test_texts_without_letters_have_no_audio(text: str) -> None:
    """As with the built-in voice, letters or digits are required."""
    assert said(text) == b"" == synthesize(text)


def test_any_text_can_be_synthesized() -> None:
    """NUL characters and lone surrogates do not end the text."""
    assert len(said("one\0two\ud800three")) > 1.5 * len(said("one"))


def test_speech_ends_after_five_minutes() -> None:
    """Characters with long names do not cause endless audio."""
    audio = espeak.speak("\N{HOT BEVERAGE} a. " * 3000, "en-us")
    assert pcm16_duration_ms(len(audio), espeak.SAMPLE_RATE) == 300_000


def test_the_deltas_contain_the_speech() -> None:
    """Silence completes the last token."""
    text = f"{TEXT} {TEXT}"  # longer than one piece
    speech = SyntheticSpeech(espeak.phrases).speak(
        text, {"name": "ash", "type": "openai"}, "pcm16", 100
    )
    sent = b"".join(map(b64decode, speech.chunks))
    assert len(sent) == speech.tokens * 2400
    expected = said(text, "ash")
    assert sent.startswith(expected)
    assert not any(samples(sent[len(expected) :]))


def test_the_choice_of_a_voice() -> None:
    """With the package, `auto` is eSpeak NG; the default is the built-in voice."""
    real, built_in = spoken("espeak"), spoken("synthetic")
    assert list(spoken("auto").chunks) == list(real.chunks)
    assert list(real.chunks) != list(built_in.chunks)
    pcm = b"".join(map(b64decode, built_in.chunks))
    assert pcm.startswith(synthesize(TEXT))
    with pytest.raises(ValueError, match="'loud'; expected one of synthetic, espeak"):
        MockServer(voice="loud")  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.usefixtures("not_installed")
def test_without_the_package() -> None:
    """`espeak` is an error that names the extra, `auto` the built-in voice."""
    with pytest.raises(
        VoiceUnavailableError, match=r'pip install "voicelive\[speech]"'
    ):
        MockServer(voice="espeak")
    assert list(spoken("auto").chunks) == list(spoken("synthetic").chunks)


@pytest.mark.usefixtures("not_installed")
def test_the_command_line_without_the_package(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`--voice espeak` fails with a line that names the extra."""
    assert cli.main(["--port", "0", "--voice", "espeak"]) == ExitCode.NOT_INSTALLED
    assert 'pip install "voicelive[speech]"' in capsys.readouterr().err


@pytest.mark.usefixtures("broken")
def test_a_library_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """`espeak` is an error at the start; later the built-in voice is used."""
    with pytest.raises(VoiceUnavailableError, match="does not work on this machine"):
        MockServer(voice="espeak")
    assert list(spoken("auto").chunks) == list(spoken("synthetic").chunks)
    assert said() == synthesize(TEXT)
    assert "using the built-in voice" in caplog.text
