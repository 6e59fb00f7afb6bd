"""Transcripts of user speech, by turn and by recording."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_driver import (
    Session,
    answer,
    appends,
    every,
    only,
    play,
    said,
    spoken,
    text_session,
    update,
)
from tests.support.signals import louder, mix, noise, question, silence, tone, write_wav
from voicelive_mockserver import HeardAudio, Transcriber
from voicelive_mockserver.audio.formats import resample
from voicelive_mockserver.audio.voice import synthesize
from voicelive_mockserver.scenario import (
    Scenario,
    ScenarioError,
    ScriptedTranscript,
    ScriptedTurn,
)
from voicelive_mockserver.scenario.fingerprint import Fingerprint

FILLERS = {"type": "azure_semantic_vad", "remove_filler_words": True}
SPEECH_STARTED = "input_audio_buffer.speech_started"
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
SENTENCES = (
    "What's the weather in Paris?",
    "What's the weather in London?",
    "Tell me a long story about a dragon.",
    "Turn on the lights in the kitchen.",
)


def scripted(*turns: ScriptedTurn) -> Session:
    """Return a text session of a scenario with these turns."""
    return text_session(scenario=Scenario(turns=turns))


def transcriber(*turns: ScriptedTurn, **options: Any) -> Transcriber:
    """Return the transcriber of a scenario with these turns."""
    return play(Scenario(turns=turns, **options)).transcribe


def audio(pcm: bytes = b"", rate: int = 24000) -> HeardAudio:
    """Return audio in the form for a transcriber."""
    return HeardAudio(0, len(pcm) / 2 / rate * 1000, pcm, rate)


def speech(text: str, rate: int = 24000) -> bytes:
    """Return a text as speech."""
    return synthesize(text, sample_rate=rate, voice="alloy")


def fingerprint(pcm: bytes, rate: int = 24000) -> Fingerprint:
    """Return the fingerprint of audio."""
    return Fingerprint.of(pcm, rate)


def test_transcripts_are_used_in_order() -> None:
    """Each spoken turn uses the transcript of the next turn that has one."""
    ear = transcriber(
        ScriptedTurn(heard="One.", times=2),
        ScriptedTurn(reply="x"),
        ScriptedTurn(heard="Two.", match="two"),
    )
    assert [ear(audio()) for _ in range(5)] == [
        "One.",
        "One.",
        "Two.",
        "Hello.",
        "Hello.",
    ]


def test_a_transcript_can_be_repeated() -> None:
    """A turn with `always` has all further transcripts."""
    ear = transcriber(
        ScriptedTurn(heard="One."), ScriptedTurn(heard="Two.", times="always")
    )
    assert [ear(audio()) for _ in range(3)] == ["One.", "Two.", "Two."]


def test_the_default_transcript() -> None:
    """The scenario can have one for speech that no turn transcribes."""
    ear = transcriber(ScriptedTurn(heard="One."), transcript="Nothing.")
    assert [ear(audio()) for _ in range(2)] == ["One.", "Nothing."]


def test_a_turn_replies_to_its_transcript() -> None:
    """Without a match, it replies to its transcript, in speech or text."""
    session = scripted(
        ScriptedTurn(heard="Are you there?", reply="Yes."),
        ScriptedTurn(heard="Goodbye.", reply="Bye."),
    )
    session.ask(update(input_audio_transcription={"model": "whisper-1"}))
    events = session.ask(*appends(spoken()))
    kind = "conversation.item.input_audio_transcription.completed"
    assert only(events, kind)["transcript"] == "Are you there?"
    assert said(events) == "Yes."
    assert answer(session, "GOODBYE. ") == "Bye."


def test_recordings_are_recognised(tmp_path: Path) -> None:
    """Speech that resembles an audio file has its transcript, in any order."""
    turns = [
        ScriptedTurn(
            heard=ScriptedTranscript(
                text, str(write_wav(tmp_path / f"{index}.wav", speech(text)))
            )
        )
        for index, text in enumerate(SENTENCES)
    ]
    ear = transcriber(ScriptedTurn(heard="In its turn."), *turns)
    for text in (*reversed(SENTENCES), SENTENCES[0]):
        padded = silence(417) + speech(text) + silence(500)
        assert ear(audio(padded)) == text
    assert ear(audio(speech("Something else altogether."))) == "In its turn."
    assert ear(audio(silence(500))) == "Hello."
    assert [turn.uses for turn in turns] == [inf] * len(turns)


@pytest.mark.slow
@pytest.mark.parametrize("text", [*SENTENCES, ""])
def test_recognition_is_robust(text: str) -> None:
    """It tolerates trimming, padding, gain, resampling and noise."""
    original = speech(text) if text else question()
    known = fingerprint(original)
    for changed in (
        silence(13) + original,
        silence(300) + louder(original, -12) + silence(700),
        louder(original, -20),
        mix(silence(100) + original + silence(500), noise(9000, dbfs=-50)),
    ):
        assert known.likeness(fingerprint(changed)) > 0.85
    for rate in (8000, 16000, 44100):
        resampled = resample(original, 24000, rate)
        assert known.likeness(fingerprint(resampled, rate)) > 0.85


def test_recognition_with_a_missing_syllable() -> None:
    """The first syllable may be missing and a noise may follow."""
    original = speech(SENTENCES[2])
    changed = original[48 * 180 :] + silence(60) + tone(60, dbfs=-20)
    assert fingerprint(original).likeness(fingerprint(changed)) > 0.8


def test_other_speech_is_not_alike() -> None:
    """Different sentences of the same length are distinguished."""
    known = [fingerprint(speech(text)) for text in SENTENCES]
    known += [fingerprint(question()), fingerprint(tone(1800)), fingerprint(b"")]
    for index, one in enumerate(known):
        for other in known[:index]:
            assert one.likeness(other) < 0.75
            assert one.likeness(other) == pytest.approx(other.likeness(one))
    assert known[0].likeness(known[0]) == pytest.approx(1.0)


def test_channels_and_rates(tmp_path: Path) -> None:
    """Of a stereo file, the first channel counts; the rate is that of the file."""
    mono = speech(SENTENCES[0], 16000)
    stereo = b"".join(mono[at : at + 2] + b"\x55\x55" for at in range(0, len(mono), 2))
    path = write_wav(tmp_path / "a.wav", stereo, rate=16000, channels=2)
    likeness = Fingerprint.of_file(str(path)).likeness(
        fingerprint(speech(SENTENCES[0]))
    )
    assert likeness > 0.85


def test_files_that_are_no_recordings(tmp_path: Path) -> None:
    """The message has the reason why a file cannot be used."""
    (tmp_path / "text.wav").write_text("Hello")
    write_wav(tmp_path / "silence.wav", noise(1000, dbfs=-70))
    write_wav(tmp_path / "bytes.wav", bytes(1000), width=1)
    for name, problem in (
        ("text.wav", "cannot read"),
        ("none.wav", "No such file"),
        ("silence.wav", "no speech"),
        ("bytes.wav", "8 bits"),
    ):
        with pytest.raises(ScenarioError, match=problem):
            transcriber(
                ScriptedTurn(heard=ScriptedTranscript("x", str(tmp_path / name)))
            )


class TestEarlyHearing:
    """Interim transcripts during a turn."""

    def heard(
        self, session: Session, *pieces: bytes, **detection: Any
    ) -> list[list[str]]:
        """Speak several turns; return the transcripts of each."""
        session.ask(
            update(
                turn_detection=FILLERS | detection,
                input_audio_transcription={"model": "azure-speech"},
            )
        )
        result = []
        for pcm in pieces:
            events = session.ask(*appends(silence(400) + pcm + silence(1600)))
            started = every(events, SPEECH_STARTED)
            words = [event["transcript"] for event in every(events, TRANSCRIBED)]
            assert len(started) == len(words)
            result.append(words)
        return result

    def test_interim_transcripts_are_not_consumed(self) -> None:
        """All interim transcripts of a turn are the same."""
        ear = transcriber(
            ScriptedTurn(heard="One."),
            ScriptedTurn(heard="Two."),
            ScriptedTurn(heard="Three."),
        )
        parts = [
            replace(audio(), number=number, final=final)
            for number in range(3)
            for final in (False, False, True)
        ]
        assert [ear(part) for part in parts] == (
            ["One."] * 3 + ["Two."] * 3 + ["Three."] * 3
        )

    def test_dropped_turns_consume_their_transcript(self) -> None:
        """A turn of filler words only is dropped with its transcript."""
        session = scripted(
            ScriptedTurn(heard="Uh, umm."), ScriptedTurn(heard="What time is it?")
        )
        turns = self.heard(session, *[tone(900)] * 3)
        assert turns == [[], ["What time is it?"], ["Hello."]]

    def test_cleared_speech_does_not_consume_its_transcript(self) -> None:
        """The next turn gets it."""
        session = scripted(
            ScriptedTurn(heard="Uh, umm."), ScriptedTurn(heard="What time is it?")
        )
        self.heard(session)
        session.ask(*appends(silence(400) + tone(900)))
        session.ask({"type": "input_audio_buffer.clear"})
        assert self.heard(session, *[tone(900)] * 2) == [[], ["What time is it?"]]

    @pytest.mark.parametrize("model", ["semantic_detection_v1"])
    def test_open_turns_do_not_consume_their_transcript(self, model: str) -> None:
        """A turn that stays open has the same transcript at its end."""
        turns = (
            ScriptedTurn(heard="I would like,"),
            ScriptedTurn(heard="What time is it?"),
        )
        session = Session(model="gpt-4o", scenario=Scenario(turns=turns))
        eou = {"model": model, "timeout_ms": 1000}
        detection = {"type": "azure_semantic_vad", "end_of_utterance_detection": eou}
        session.ask(update(turn_detection=detection, modalities=["text"]))
        words = []
        for _ in range(2):
            pcm = silence(400) + tone(900) + silence(2500)
            events = session.ask(*appends(pcm))
            words += [event["transcript"] for event in every(events, TRANSCRIBED)]
        assert words == ["I would like,", "What time is it?"]

    @pytest.mark.slow
    @pytest.mark.parametrize("filler", ["Uh, umm, oh.", "Umm.", "Uh huh, yeah, hmm."])
    def test_a_file_of_fillers_is_not_a_turn(self, tmp_path: Path, filler: str) -> None:
        """A file is recognized from its first part, before the announcement."""
        texts = (filler, *SENTENCES)
        turns = [
            ScriptedTurn(
                heard=ScriptedTranscript(
                    text, str(write_wav(tmp_path / f"{n}.wav", speech(text)))
                )
            )
            for n, text in enumerate(texts)
        ]
        session = scripted(*turns)
        spoken_texts = [SENTENCES[2], filler, SENTENCES[0], filler, SENTENCES[3]]
        found = self.heard(session, *map(speech, spoken_texts))
        expected = [[] if text == filler else [text] for text in spoken_texts]
        assert found == expected
        (tail,) = self.heard(session, speech("Something else altogether."))
        assert tail == ["Hello."]

    def test_a_file_of_fillers_alone(self, tmp_path: Path) -> None:
        """With this file only, other speech is still a turn."""
        path = write_wav(tmp_path / "filler.wav", speech("Umm, uh."))
        session = scripted(
            ScriptedTurn(heard=ScriptedTranscript("Umm, uh.", str(path)))
        )
        found = self.heard(session, speech("Umm, uh."), speech(SENTENCES[2]))
        assert found == [[], ["Hello."]]

    def test_the_first_part_of_a_recording(self) -> None:
        """Half a second distinguishes sentences; a longer part does not match."""
        known = {text: fingerprint(speech(text)) for text in SENTENCES}
        for text in SENTENCES:
            for milliseconds in (500, 800, 1200):
                part = fingerprint(silence(200) + speech(text)[: milliseconds * 48])
                scores = {name: one.begins_like(part) for name, one in known.items()}
                assert scores[text] > 0.85
        long = fingerprint(speech(SENTENCES[2]))
        assert known[SENTENCES[0]].begins_like(long) == 0.0
        assert fingerprint(tone(160)).begins_like(fingerprint(tone(200))) <= 1.0
