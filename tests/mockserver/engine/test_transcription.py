"""Transcription events of user turns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    appends,
    only,
    spoken,
    types,
    update,
)
from voicelive_mockserver import TranscriptionFailure

PREFIX = "conversation.item.input_audio_transcription"
LOGPROBS = "item.input_audio_transcription.logprobs"
PHRASES = "item.input_audio_transcription.phrases"
TEXT = "Good morning, Marcelo."


def heard(_audio: object) -> str:
    return TEXT


def turn(session: Session, **settings: Any) -> list[Event]:
    session.ask(update(**settings))
    assert "error" not in types(session.events)
    return session.ask(*appends(spoken()))


def test_logprobs_when_included() -> None:
    """The delta and the completed event have log probabilities of pieces."""
    events = turn(
        Session(transcriber=heard),
        input_audio_transcription={"model": "gpt-4o-transcribe"},
        include=[LOGPROBS],
    )
    for kind in ("delta", "completed"):
        logprobs = only(events, f"{PREFIX}.{kind}")["logprobs"]
        assert "".join(entry["token"] for entry in logprobs) == TEXT
        for entry in logprobs:
            assert bytes(entry["bytes"]).decode() == entry["token"]
            assert entry["logprob"] < 0


def test_phrases_when_included() -> None:
    """Recognizers of the service report the time of each word."""
    events = turn(
        Session(model="gpt-4o", transcriber=heard),
        input_audio_transcription={"model": "azure-speech", "language": "de-DE"},
        include=[PHRASES],
    )
    completed = only(events, f"{PREFIX}.completed")
    (phrase,) = completed["phrases"]
    assert (phrase["text"], phrase["locale"]) == (TEXT, "de-DE")
    assert [word["text"] for word in phrase["words"]] == TEXT.split()
    end = 0
    for word in phrase["words"]:
        assert word["offset_milliseconds"] == end
        assert word["duration_milliseconds"] > 0
        end += word["duration_milliseconds"]
    assert end == phrase["duration_milliseconds"]
    assert completed["language"] == "de-DE"


def test_neither_unless_included() -> None:
    """Without `include`, these keys are absent."""
    native = turn(Session(), input_audio_transcription={"model": "whisper-1"})
    cascaded = turn(Session(model="gpt-4o"))
    keys = ["event_id", "type", "item_id", "content_index", "transcript"]
    assert list(only(native, f"{PREFIX}.completed")) == keys
    assert list(only(cascaded, f"{PREFIX}.completed")) == [*keys, "language"]


@pytest.mark.parametrize("text", ["", "…"])
def test_an_empty_transcript(text: str) -> None:
    """It has no phrases and no log probabilities."""
    events = turn(
        Session(model="gpt-4o", transcriber=lambda _audio: text), include=[PHRASES]
    )
    phrases = only(events, f"{PREFIX}.completed")["phrases"]
    assert len(phrases) == len(text.split())


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_a_failed_transcription(model: str) -> None:
    """It has code and message; the turn is answered."""
    failure = TranscriptionFailure("DeploymentNotFound")
    session = Session(model=model, transcriber=lambda _audio: failure)
    settings = (
        {"input_audio_transcription": {"model": "whisper-1"}}
        if model == "gpt-realtime"
        else {}
    )
    events = turn(session, **settings)
    failed = only(events, f"{PREFIX}.failed")
    assert list(failed)[2:] == ["item_id", "content_index", "error"]
    assert failed["error"] == {
        "type": "server_error",
        "code": "DeploymentNotFound",
        "message": f"Input transcription failed for item '{failed['item_id']}'.",
        "param": None,
    }
    assert f"{PREFIX}.completed" not in types(events)
    assert f"{PREFIX}.delta" not in types(events)
    assert only(events, "response.done")["response"]["status"] == "completed"


def test_a_transcriber_can_return_a_failure() -> None:
    """Its code and message are sent."""
    failure = TranscriptionFailure("quota", "Too much was said.")
    session = Session(transcriber=lambda _audio: failure)
    events = turn(session, input_audio_transcription={"model": "whisper-1"})
    error = only(events, f"{PREFIX}.failed")["error"]
    assert (error["code"], error["message"]) == ("quota", "Too much was said.")


@pytest.mark.parametrize("model", ["azure-speech", "mai-transcribe-1"])
def test_the_own_recognizers_have_no_deltas(model: str) -> None:
    """Azure Speech and MAI models send the completed event, with language."""
    events = turn(
        Session(transcriber=heard),
        turn_detection={"type": "azure_semantic_vad"},
        input_audio_transcription={"model": model, "language": "en,fr"},
    )
    assert f"{PREFIX}.delta" not in types(events)
    assert only(events, f"{PREFIX}.completed")["language"] == "en"
