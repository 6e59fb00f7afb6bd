"""Turns of audio, and texts streamed by the client."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    every,
    only,
    spoken,
    text_session,
    types,
    update,
)
from tests.support.signals import tone
from voicelive_core.audio import ALAW, encode_g711
from voicelive_mockserver import HeardAudio, ReplyRequest

VERSION = "2026-07-15"
COMMITTED = "input_audio_buffer.committed"
CREATED = "conversation.item.created"
TURN_EVENTS = ("start", "append", "end", "cancel")


def turn(action: str, turn_id: str = "t1", **keys: Any) -> Event:
    return {"type": f"input_audio.turn.{action}", "turn_id": turn_id, **keys}


def piece(pcm: bytes, turn_id: str = "t1") -> Event:
    return turn("append", turn_id, audio=b64encode(pcm).decode())


def delta(text: str, item_id: str = "text1", **keys: Any) -> Event:
    return {"type": "input_text.delta", "id": item_id, "delta": text, **keys}


def done(item_id: str = "text1") -> Event:
    return {"type": "input_text.done", "id": item_id}


def item(*texts: str, item_id: str = "text1", role: str = "user") -> Event:
    content = [{"type": "input_text", "text": text} for text in texts]
    message = {"id": item_id, "type": "message", "role": role, "content": content}
    return {"type": "conversation.item.create", "item": message}


def rejected(events: list[Event]) -> tuple[str, str]:
    error = only(events, "error")["error"]
    return error["code"], error["param"]


class TestTurns:
    """`input_audio.turn.*` and `input_audio.clear`."""

    def test_a_turn_becomes_an_item_and_is_answered(self) -> None:
        """The end of a turn causes commit, item and response."""
        session = Session()
        assert types(session.ask(turn("start"), piece(tone(500)))) == [
            "session.created"
        ]
        events = session.ask(piece(tone(500)), turn("end"))
        assert types(events)[:3] == [COMMITTED, CREATED, "response.created"]
        item = every(events, CREATED)[0]["item"]
        assert item["id"] == only(events, COMMITTED)["item_id"]
        assert item["content"] == [{"type": "input_audio", "transcript": None}]
        assert "conversation.item.done" not in types(events)

    def test_without_detection_it_is_not_answered(self) -> None:
        """With `turn_detection` null, the client requests the response."""
        session = Session()
        session.ask(update(turn_detection=None))
        events = session.ask(turn("start"), piece(tone(500)), turn("end"))
        assert types(events) == [COMMITTED, CREATED]

    def test_it_is_transcribed(self) -> None:
        """In a cascaded pipeline, the transcript precedes the item."""
        session = Session(model="gpt-4o")
        events = session.ask(turn("start"), piece(tone(500)), turn("end"))
        assert types(events)[1:4] == [
            COMMITTED,
            "conversation.item.input_audio_transcription.completed",
            CREATED,
        ]
        assert every(events, CREATED)[0]["item"]["content"][0]["transcript"] == "Hello."

    @pytest.mark.parametrize("audio_format", ["pcm16", "g711_alaw"])
    def test_the_transcriber_gets_its_audio(self, audio_format: str) -> None:
        """The transcriber gets the decoded audio of the turn."""
        heard: list[HeardAudio] = []

        def transcriber(audio: HeardAudio) -> str:
            heard.append(audio)
            return "Hi."

        rate = 16000 if audio_format == "pcm16" else 8000
        pcm = tone(600, rate)
        session = Session(transcriber=transcriber)
        session.ask(
            update(input_audio_format=audio_format, input_audio_sampling_rate=rate)
        )
        data = pcm if audio_format == "pcm16" else encode_g711(pcm, ALAW)
        session.ask(turn("start"), piece(data[:998]), piece(data[998:]), turn("end"))
        (audio,) = heard
        assert (audio.duration_ms, audio.sample_rate) == (600, rate)
        assert len(audio.pcm) == len(pcm)
        assert audio_format != "pcm16" or audio.pcm == pcm

    def test_nothing_is_detected_in_a_turn(self) -> None:
        """Voice activity detection does not apply to such turns."""
        events = Session().ask(turn("start"), piece(spoken()), turn("end"))
        assert "input_audio_buffer.speech_started" not in types(events)

    def test_a_cancelled_turn_is_gone(self) -> None:
        """A cancellation is not acknowledged; the turn cannot be ended."""
        session = Session()
        events = session.ask(turn("start"), piece(tone(500)), turn("cancel"))
        assert types(events) == ["session.created"]
        assert rejected(session.ask(turn("end"))) == ("invalid_value", "turn_id")

    def test_clear_drops_everything(self) -> None:
        """`input_audio.clear` discards turn and buffer, and is acknowledged."""
        session = Session()
        session.ask(turn("start"), piece(tone(500)))
        events = session.ask({"type": "input_audio.clear"})
        assert types(events) == ["input_audio_buffer.cleared"]
        assert rejected(session.ask(turn("end"))) == ("invalid_value", "turn_id")

    @pytest.mark.parametrize("action", ["append", "end", "cancel"])
    def test_a_turn_must_be_open(self, action: str) -> None:
        """Events for a turn that is not open are rejected."""
        session = Session()
        keys = {"audio": "AAAAAA=="} if action == "append" else {}
        assert rejected(session.ask(turn(action, **keys))) == (
            "invalid_value",
            "turn_id",
        )
        session.ask(turn("start", "other"))
        assert rejected(session.ask(turn(action, **keys)))[1] == "turn_id"

    def test_there_is_one_turn_at_a_time(self) -> None:
        """A second turn cannot start before the first has ended."""
        session = Session()
        session.ask(turn("start"))
        assert rejected(session.ask(turn("start", "t2"))) == (
            "invalid_value",
            "turn_id",
        )

    def test_a_turn_must_have_audio(self) -> None:
        """A turn of less than 100 ms is rejected, and closed."""
        session = Session()
        events = session.ask(turn("start"), piece(tone(99)), turn("end"))
        assert rejected(events)[0] == "input_audio_buffer_commit_empty"
        assert types(session.ask(turn("start"))) == []

    @pytest.mark.slow
    def test_a_long_turn_does_not_fill_the_memory(self) -> None:
        """Of an endless turn, two to four minutes are kept."""
        lengths: list[int] = []

        def transcriber(audio: HeardAudio) -> str:
            lengths.append(len(audio.pcm))
            return "Hi."

        session = Session(transcriber=transcriber)
        session.ask(turn("start"), *[piece(bytes(2_000_002))] * 15, turn("end"))
        assert 120 * 48_000 <= lengths[0] <= 240 * 48_000


class TestTexts:
    """`input_text.delta` and `input_text.done`, as in the JavaScript SDK's README."""

    def test_text_is_streamed_into_an_item(self) -> None:
        """Only the item and the request for a response are acknowledged."""
        session = text_session(api_version=VERSION)
        events = session.ask(item(""))
        assert types(events) == [CREATED]
        assert session.ask(delta("What is "), delta("the time?"), done()) == []
        (retrieved,) = session.ask(
            {"type": "conversation.item.retrieve", "item_id": "text1"}
        )
        text = "What is the time?"
        expected = events[0]["item"] | {
            "content": [{"type": "input_text", "text": text}]
        }
        assert retrieved["item"] == expected
        events = session.ask({"type": "response.create"})
        assert only(events, "response.done")["response"]["status"] == "completed"

    @pytest.mark.parametrize("detection", [{"type": "server_vad"}, None])
    def test_the_answer_is_to_the_whole_text(self, detection: Event | None) -> None:
        """With and without turn detection, the client requests the response."""
        asked: list[str] = []

        def responder(request: ReplyRequest) -> str:
            asked.append(request.text)
            return "Hi."

        session = text_session(api_version=VERSION, responder=responder)
        session.ask(update(turn_detection=detection))
        session.ask(item("Well, "), delta("what is "), delta("the time?"), done())
        assert asked == []
        events = session.ask({"type": "response.create"})
        assert asked == ["Well, what is the time?"]
        streamed = only(events, "response.done")["response"]["usage"]
        session = text_session(api_version=VERSION, responder=responder)
        events = session.ask(item(asked[0]), {"type": "response.create"})
        whole = only(events, "response.done")["response"]["usage"]
        # Tokens are counted piece by piece.
        assert 0 <= streamed["input_tokens"] - whole["input_tokens"] <= 3

    def test_items_and_parts_are_kept_apart(self) -> None:
        """Several texts can be streamed concurrently, each with several parts."""
        session = text_session(api_version=VERSION)
        session.ask(
            item("", item_id="one"),
            item("", "", item_id="two"),
            delta("a", "one"),
            delta("x", "two", content_index=1),
            delta("b", "one"),
            delta("y", "two", content_index=0),
            done("two") | {"content_index": 1},
            delta("z", "two"),
        )
        retrieve = {"type": "conversation.item.retrieve"}
        (one,) = session.ask(retrieve | {"item_id": "one"})
        (two,) = session.ask(retrieve | {"item_id": "two"})
        assert [part["text"] for part in one["item"]["content"]] == ["ab"]
        assert [part["text"] for part in two["item"]["content"]] == ["yz", "x"]

    @pytest.mark.parametrize("event", [delta("x", "other"), done("other")])
    def test_there_must_be_an_item(self, event: Event) -> None:
        """Text for an unknown item, or one of another role, is rejected."""
        session = text_session(api_version=VERSION)
        assert rejected(session.ask(event)) == ("invalid_value", "id")
        session.ask(item("", item_id="other", role="system"))
        assert rejected(session.ask(event)) == ("invalid_value", "id")

    @pytest.mark.parametrize("index", [-1, 1, 2])
    def test_there_must_be_a_text(self, index: int) -> None:
        """Text for a content part of another type is rejected."""
        session = text_session(api_version=VERSION)
        content = [
            {"type": "input_text", "text": ""},
            {"type": "input_audio", "audio": "AAAA"},
        ]
        event = item("")
        session.ask(event | {"item": event["item"] | {"content": content}})
        for streamed in (delta("x", content_index=index), done()):
            streamed["content_index"] = index
            assert rejected(session.ask(streamed)) == (
                "invalid_value",
                "content_index",
            )

    def test_a_text_ends_once(self) -> None:
        """After `input_text.done`, further events for the text are rejected."""
        session = text_session(api_version=VERSION)
        session.ask(item(""), delta("Hello."), done())
        for event in (delta("again"), done()):
            assert rejected(session.ask(event)) == ("invalid_value", "id")

    def test_a_text_does_not_fill_the_memory(self) -> None:
        """The length is limited; the text before the limit is kept."""
        session = text_session(api_version=VERSION)
        session.ask(item(""), delta("x" * 600_000))
        assert rejected(session.ask(delta("x" * 600_000))) == (
            "invalid_value",
            "delta",
        )
        (retrieved,) = session.ask(
            {"type": "conversation.item.retrieve", "item_id": "text1"}
        )
        assert len(retrieved["item"]["content"][0]["text"]) == 600_000

    def test_long_texts_are_evicted_with_their_items(self) -> None:
        """The total text of a conversation is limited, streamed or not."""
        session = text_session(api_version=VERSION)
        for number in range(10):
            name = f"text{number}"
            session.ask(item("", item_id=name), delta("x" * 1_000_000, name))
        retrieve = {"type": "conversation.item.retrieve"}
        (first,) = session.ask(retrieve | {"item_id": "text0"})
        (last,) = session.ask(retrieve | {"item_id": "text9"})
        assert first["type"] == "error"
        assert last["type"] == "conversation.item.retrieved"

    def test_older_versions_do_not_have_it(self) -> None:
        """Streamed text exists since 2026-06-01-preview."""
        events = Session(api_version="2026-04-10").ask(delta("Hello."))
        assert rejected(events) == ("invalid_event", "type")


def test_the_session_of_a_transcription_is_accepted() -> None:
    """`transcription_session.update` is ignored."""
    session = Session()
    event = {"type": "transcription_session.update", "session": {"anything": 1}}
    assert types(session.ask(event)) == ["session.created"]
