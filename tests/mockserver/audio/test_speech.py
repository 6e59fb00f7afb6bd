"""Preparation of speech before its output, in a thread."""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.engine_driver import Session, only, respond, update, user
from voicelive_mockserver import VirtualSession
from voicelive_mockserver.audio.voice import SyntheticPhrase, phrases
from voicelive_mockserver.engine.interfaces import EncodedSpeech
from voicelive_mockserver.server.speech import SyntheticSpeech


@dataclass
class RecordedVoice:
    """The built-in voice, which records its calls and their threads."""

    heard: list[tuple[str, int]] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)

    def __call__(
        self, text: str, *, sample_rate: int, voice: str
    ) -> Sequence[SyntheticPhrase]:
        self.heard.append((text, threading.get_ident()))
        self.begun.set()
        return phrases(text, sample_rate=sample_rate, voice=voice)


def test_a_slow_voice_prepares_in_a_thread() -> None:
    """A prepared text is synthesized once, with the same result."""
    voice = RecordedVoice()
    slow = SyntheticSpeech(voice, is_slow=True)
    slow.prepare("Hello.", "alloy", "pcm16", 100)
    assert voice.begun.wait(30)
    speech = slow.speak("Hello.", "alloy", "pcm16", 100)
    slow.prepare("Hello.", "alloy", "pcm16", 100)
    slow.speak("Hello.", "alloy", "pcm16", 100)
    [(text, thread)] = voice.heard
    assert text == "Hello."
    assert thread != threading.get_ident()
    quick = SyntheticSpeech().speak("Hello.", "alloy", "pcm16", 100)
    assert list(speech.chunks) == list(quick.chunks)


def test_a_fast_voice_does_not_prepare() -> None:
    """The built-in voice needs no thread."""
    voice = RecordedVoice()
    quick = SyntheticSpeech(voice)
    quick.prepare("Hello.", "alloy", "pcm16", 100)
    assert voice.heard == []
    quick.speak("Hello.", "alloy", "pcm16", 100)
    assert voice.heard == [("Hello.", threading.get_ident())]


def test_unused_preparations_are_bounded() -> None:
    """Responses that are cancelled early leave a bounded number of texts."""
    voice = RecordedVoice()
    slow = SyntheticSpeech(voice, is_slow=True)
    for number in range(200):
        slow.prepare(f"Text {number}.", "alloy", "pcm16", 100)
    slow.speak("Text 0.", "alloy", "pcm16", 100)
    # The other threads may be at other texts at the same time.
    assert ("Text 0.", threading.get_ident()) in voice.heard


class RecordedSpeech(SyntheticSpeech):
    """A speech source that records its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    def prepare(self, text: str, voice: Any, audio_format: str, delta_ms: int) -> None:
        self.asked.append(("prepare", (text, voice, audio_format, delta_ms)))

    def speak(
        self, text: str, voice: Any, audio_format: str, delta_ms: int
    ) -> EncodedSpeech:
        self.asked.append(("speak", (text, voice, audio_format, delta_ms)))
        return super().speak(text, voice, audio_format, delta_ms)


def test_a_response_prepares_its_speech() -> None:
    """The text is prepared with `response.created`, and no other text is."""
    voice = RecordedSpeech()
    session = Session(speech=voice, responder=lambda _request: "word " * 1000)
    session.ask(update(modalities=["text", "audio"]))
    session.send(user("Hello."), respond())
    session.until("response.created")
    [(kind, announced)] = voice.asked
    assert kind == "prepare"
    session.finish()
    assert voice.asked[1:] == [("speak", announced)]
    only(session.events, "response.done")


def test_a_text_response_prepares_nothing() -> None:
    """Text output has no speech."""
    voice = RecordedSpeech()
    Session(speech=voice).ask(update(modalities=["text"]), user("Hello."), respond())
    assert voice.asked == []


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_unlisted_sample_rates(rate: int) -> None:
    """The service accepts them; the duration is the same."""
    name = f"pcm16_{rate}hz"
    session = VirtualSession(model="gpt-4.1", responder=lambda _request: "Hello there!")
    session.send(update(output_audio_format=name), respond())
    deltas = [
        b64decode(event["delta"])
        for event in session.until("response.done")
        if event["type"] == "response.audio.delta"
    ]
    done = session.events[-1]["response"]
    tokens = done["usage"]["output_token_details"]["audio_tokens"]
    assert done["output_audio_format"] == name
    assert sum(map(len, deltas)) == tokens * (rate // 20) * 2
    assert len(deltas[0]) == rate // 10 * 2
