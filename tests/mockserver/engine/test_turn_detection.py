"""Word-based turn detection: filler words, unfinished sentences, semantics."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    append,
    appends,
    every,
    long_story,
    only,
    respond,
    spoken,
    types,
    update,
    user,
)
from tests.support.signals import silence, tone
from voicelive_mockserver import HeardAudio, TranscriptionFailure
from voicelive_mockserver.engine.words import is_filler, is_unfinished

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
COMMITTED = "input_audio_buffer.committed"
EOU = {"model": "semantic_detection_v1", "timeout_ms": 1000}


class ScriptedTranscriber:
    """Returns texts in order, and records its calls."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.asked: list[HeardAudio] = []

    def __call__(self, audio: HeardAudio) -> str:
        self.asked.append(audio)
        return self.texts[audio.number]


def listening(transcriber: Any, model: str = "gpt-4o", **detection: Any) -> Session:
    session = Session(model=model, transcriber=transcriber)
    kind: Event = {"type": "azure_semantic_vad"}
    session.ask(update(turn_detection=kind | detection))
    return session


def in_pieces(session: Session, pcm: bytes, milliseconds: int) -> None:
    for event in appends(pcm, milliseconds):
        session.send(event)
    session.finish()


def offsets(session: Session) -> list[tuple[str, Any]]:
    """Return the events about speech with their offsets."""
    keys = {STARTED: "audio_start_ms", STOPPED: "audio_end_ms"}
    return [
        (event["type"], event[keys[event["type"]]])
        for event in session.events
        if event["type"] in keys
    ]


class TestFillerWords:
    """`remove_filler_words`."""

    @pytest.mark.parametrize("text", ["Uh.", "Umm, yeah…", "Oh! Hmm, uh-huh"])
    def test_filler_words_are_no_turn(self, text: str) -> None:
        """Filler words alone are not announced, committed or answered."""
        session = listening(ScriptedTranscriber(text), remove_filler_words=True)
        session.ask(*appends(spoken()))
        assert types(session.events) == ["session.created", "session.updated"]

    def test_they_do_not_interrupt(self) -> None:
        """The assistant continues while the user says only "uh"."""
        session = listening(ScriptedTranscriber("Uh."), remove_filler_words=True)
        session.send(user("Tell me a story."), respond())
        session.until("response.audio.delta")
        session.ask(*appends(spoken()))
        done = only(session.events, "response.done")
        assert done["response"]["status"] == "completed"

    def test_other_words_are_announced_immediately(self) -> None:
        """Other words start a turn on detection, not at its end."""
        session = listening(ScriptedTranscriber("Stop it."), remove_filler_words=True)
        assert STARTED in types(session.ask(append(spoken(500, 1500, 1500))))

    def test_the_words_after_a_filler_are_the_next(self) -> None:
        """An ignored utterance consumes its transcript."""
        session = listening(
            ScriptedTranscriber("Uh.", "Hello."), remove_filler_words=True
        )
        session.ask(*appends(spoken() + spoken()))
        completed = "conversation.item.input_audio_transcription.completed"
        assert only(session.events, completed)["transcript"] == "Hello."

    def test_fillers_count_unless_they_are_removed(self) -> None:
        """Without `remove_filler_words`, "uh" is a turn."""
        session = listening(ScriptedTranscriber("Uh."))
        assert only(session.ask(*appends(spoken())), STARTED)

    def test_speech_that_turns_out_to_be_more(self) -> None:
        """A turn that begins with a filler is announced at the next words."""

        def transcriber(audio: HeardAudio) -> str:
            return "Uh, wait a moment." if audio.duration_ms > 1200 else "Uh"

        session = listening(transcriber, remove_filler_words=True, prefix_padding_ms=0)
        session.ask(*appends(spoken(512, 1400, 1400)))
        assert offsets(session) == []
        session.ask(*appends(tone(1000)))
        assert offsets(session) == [(STARTED, 512)]

    @pytest.mark.parametrize("answer", ["", None])
    def test_unknown_words_are_a_turn(self, answer: str | None) -> None:
        """Longer speech without a transcript is a turn."""

        def transcriber(_audio: HeardAudio) -> str | TranscriptionFailure:
            return TranscriptionFailure() if answer is None else answer

        session = listening(transcriber, remove_filler_words=True)
        assert STARTED in types(session.ask(append(spoken(500, 2500, 2500))))

    def test_a_filler_may_be_known_late(self) -> None:
        """Short speech is not announced because of the silence after it."""

        def transcriber(audio: HeardAudio) -> str:
            if audio.duration_ms > 1500:
                return "Something that was never said."
            return "Uh." if audio.duration_ms > 1200 else ""

        session = listening(transcriber, remove_filler_words=True)
        session.ask(append(spoken(512, 1000, 4000)))
        assert offsets(session) == []

    def test_partial_audio_is_marked(self) -> None:
        """The transcriber gets the audio so far, marked as not final."""
        says = ScriptedTranscriber("Stop it.")
        session = listening(says, remove_filler_words=True, prefix_padding_ms=0)
        session.ask(*appends(spoken(512, 1500, 2500)))
        early, whole = says.asked
        assert (early.final, whole.final) == (False, True)
        assert early.number == whole.number == 0
        assert early.duration_ms < 300 < 1000 < whole.duration_ms
        assert whole.pcm.startswith(early.pcm)


class TestEndOfUtterance:
    """`end_of_utterance_detection`."""

    def test_a_complete_sentence_ends_the_turn(self) -> None:
        """After a complete sentence, the configured silence is enough."""
        session = listening(
            ScriptedTranscriber("I am done."), end_of_utterance_detection=EOU
        )
        session.ask(*appends(spoken(500, 1500, 4000)))
        assert offsets(session)[1] == (STOPPED, 2016)

    def test_an_unfinished_sentence_is_waited_for(self) -> None:
        """After an unfinished sentence, the turn stays open for `timeout_ms`."""
        session = listening(
            ScriptedTranscriber("I would like to"), end_of_utterance_detection=EOU
        )
        session.ask(*appends(spoken(500, 1500, 4000)))
        assert offsets(session)[1] == (STOPPED, 3040)

    def test_speech_within_the_timeout_continues_the_turn(self) -> None:
        """The turn is announced only once."""
        session = listening(
            ScriptedTranscriber("I would like to"), end_of_utterance_detection=EOU
        )
        session.ask(*appends(spoken(500, 1500, 2500) + spoken(0, 1000, 3000)))
        assert [kind for kind, _ in offsets(session)] == [STARTED, STOPPED]
        started, stopped = only(session.events, STARTED), only(session.events, STOPPED)
        assert started["item_id"] == stopped["item_id"]
        assert stopped["audio_end_ms"] == 5056  # 3500 + 500 + 1000, on the grid

    def test_the_timeout_is_configured(self) -> None:
        """0 disables the wait."""
        for timeout, end in ((0, 2016), (320, 2336), (2000, 4032)):
            eou = EOU | {"timeout_ms": timeout}
            session = listening(
                ScriptedTranscriber("and"), end_of_utterance_detection=eou
            )
            session.ask(*appends(spoken(500, 1500, 5000)))
            assert offsets(session)[1] == (STOPPED, end)

    def test_a_higher_level_waits_for_more(self) -> None:
        """The level is the required certainty of the end."""
        for level, end in (("low", 2016), ("medium", 2016), ("high", 3040)):
            eou = EOU | {"threshold_level": level}
            session = listening(
                ScriptedTranscriber("Yes please"), end_of_utterance_detection=eou
            )
            session.ask(*appends(spoken(500, 1500, 4000)))
            assert offsets(session)[1] == (STOPPED, end), level

    def test_a_burst_gives_the_same_turns_as_real_time(self) -> None:
        """However the audio is split, turns have the same offsets."""
        pauses = (600, 900, 1400, 1520, 1700, 1000)
        pcm = silence(300) + b"".join(
            tone(400) + silence(pause) for pause in (*pauses, 3000)
        )
        texts = ["I would like to"] * 9
        found = []
        for milliseconds in (13, 20, 100, 20_000):
            session = listening(
                ScriptedTranscriber(*texts),
                end_of_utterance_detection=EOU,
                remove_filler_words=True,
            )
            in_pieces(session, pcm, milliseconds)
            found.append(offsets(session))
        assert found[0] == found[1] == found[2] == found[3]
        assert [kind for kind, _ in found[0]] == [STARTED, STOPPED] * 3

    def test_a_commit_ends_the_turn_that_is_kept_open(self) -> None:
        """A commit of the client takes the open turn, with its identifier."""
        session = listening(
            ScriptedTranscriber("I would like to"), end_of_utterance_detection=EOU
        )
        session.ask(*appends(spoken(500, 1500, 2200)))
        started = only(session.events, STARTED)
        committed = only(session.ask({"type": "input_audio_buffer.commit"}), COMMITTED)
        assert committed["item_id"] == started["item_id"]
        assert session.ask(*appends(silence(2000))) == []


class TestSemanticVad:
    """`semantic_vad`, of native models."""

    @pytest.mark.parametrize(
        ("eagerness", "pause"),
        [("high", 512), ("medium", 1024), ("auto", 1024), ("low", 1504)],
    )
    def test_eagerness_determines_the_silence(self, eagerness: str, pause: int) -> None:
        """It ends the turn."""
        session = Session()
        detection = {"type": "semantic_vad", "eagerness": eagerness}
        session.ask(update(turn_detection=detection))
        session.ask(append(spoken(512, 1504, 1504) + silence(pause - 32)))
        assert COMMITTED not in types(session.events)
        assert COMMITTED in types(session.ask(append(silence(33))))

    def test_nothing_is_announced(self) -> None:
        """There is no `speech_started` or `speech_stopped`; the turn is answered."""
        session = Session()
        session.ask(update(turn_detection={"type": "semantic_vad"}))
        events = session.ask(*appends(spoken(500, 1500, 4000)))
        assert types(events)[:4] == [
            COMMITTED,
            "conversation.item.created",
            "conversation.item.done",
            "response.created",
        ]

    def test_nothing_is_interrupted(self) -> None:
        """The assistant continues, and the response to the turn is rejected."""
        session = Session(responder=long_story)
        session.ask(
            update(modalities=["text"], turn_detection={"type": "semantic_vad"})
        )
        session.send(user("Tell me a story."), respond())
        session.until("response.text.delta")
        session.ask(*appends(spoken(500, 1500, 4000)))
        done = only(session.events, "response.done")
        assert done["response"]["status"] == "completed"
        error = only(session.events, "error")["error"]
        assert error["code"] == "conversation_already_has_active_response"


@pytest.mark.parametrize(
    ("text", "filler"),
    [
        ("Uh", True),
        ("mhm, yeah.", True),
        ("UMM…", True),
        ("yeah right", False),
        ("No.", False),
        ("", False),
        ("...", False),
        ("你好", False),
    ],
)
def test_filler_words(text: str, filler: bool) -> None:
    """Every word must be a filler; an empty text is not one."""
    assert is_filler(text) is filler


@pytest.mark.parametrize(
    ("text", "low", "medium", "high"),
    [
        ("What time is it?", False, False, False),
        ("\u201cIt is late.\u201d", False, False, False),
        ("现在几点\uff1f", False, False, False),
        ("yes", False, False, True),
        ("I want the", False, True, True),
        ("Well, um", False, True, True),
        ("First,", True, True, True),
        ("So I thought...", True, True, True),
        ("", False, False, False),
    ],
)
def test_unfinished_sentences(text: str, low: bool, medium: bool, high: bool) -> None:
    """A higher level requires more for a complete sentence."""
    levels = (("low", low), ("medium", medium), ("default", medium), ("high", high))
    for level, unfinished in levels:
        assert is_unfinished(text, level) is unfinished, level


def test_the_default_level_is_shown() -> None:
    """Missing settings get defaults, and are in the session."""
    session = listening(
        ScriptedTranscriber("Hi."),
        end_of_utterance_detection={"model": "semantic_detection_v1"},
    )
    shown = only(session.events, "session.updated")["session"]["turn_detection"]
    assert shown["end_of_utterance_detection"] == {
        "model": "semantic_detection_v1",
        "threshold_level": "medium",
        "timeout_ms": 1000,
    }
    assert every(session.events, "error") == []
