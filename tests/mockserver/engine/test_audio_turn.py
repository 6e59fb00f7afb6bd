"""Spoken turns: detection, transcription, spoken responses."""

from __future__ import annotations

from base64 import b64decode

import pytest

from tests.support.engine_driver import (
    AZURE_VOICE,
    Event,
    Session,
    append,
    appends,
    every,
    only,
    respond,
    runs,
    spoken,
    types,
    update,
    user,
)
from tests.support.signals import silence
from voicelive_core.audio import ALAW, ULAW, encode_g711
from voicelive_mockserver import HeardAudio
from voicelive_mockserver.audio.formats import (
    resample,
)

VOICE_TURN = {
    "modalities": ["text", "audio"],
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "turn_detection": {"type": "server_vad"},
    "input_audio_transcription": {"model": "whisper-1"},
}
DETECTED = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.created",
    "conversation.item.done",
    "response.created",
]


def voice_session(**options: object) -> Session:
    session = Session(**options)  # type: ignore[arg-type]
    session.ask(update(**VOICE_TURN))
    return session


def audio_of(events: list[Event]) -> list[bytes]:
    return [
        b64decode(event["delta"]) for event in every(events, "response.audio.delta")
    ]


def test_order_of_a_spoken_turn() -> None:
    """Speech is detected, committed, transcribed in parallel, and answered."""
    session = voice_session(responder=lambda _request: "Nice to meet you, Marcelo!")
    events = session.ask(*appends(spoken()))
    transcription = "conversation.item.input_audio_transcription"
    content = [t for t in types(events) if not t.startswith(transcription)]
    assert content[:6] == DETECTED
    assert [t for t in runs(events) if t.startswith("response.")][-5:] == [
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    order = types(events)
    # As recorded: the delta after some words of the answer, the end of it after the
    # first audio.
    assert (
        order.index("response.audio_transcript.delta")
        < order.index(f"{transcription}.delta")
        < order.index("response.audio.delta")
        < order.index(f"{transcription}.completed")
        < order.index("response.audio.done")
    )


def test_payloads_of_detected_speech() -> None:
    """The announced item is the one that is committed and created."""
    session = voice_session()
    events = session.ask(*appends(spoken()))
    started = only(events, "input_audio_buffer.speech_started")
    item_id = started["item_id"]
    assert list(started) == ["event_id", "type", "audio_start_ms", "item_id"]
    stopped = only(events, "input_audio_buffer.speech_stopped")
    assert list(stopped) == ["event_id", "type", "audio_end_ms", "item_id"]
    committed = only(events, "input_audio_buffer.committed")
    assert list(committed) == ["event_id", "type", "previous_item_id", "item_id"]
    assert committed["previous_item_id"] is None
    created = every(events, "conversation.item.created")[0]
    assert created["item"] == {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    done = only(events, "conversation.item.done")
    assert {**done, "event_id": "", "type": ""} == {
        **created,
        "event_id": "",
        "type": "",
    }
    assert stopped["item_id"] == committed["item_id"] == item_id


def test_offsets_follow_the_32_ms_grid() -> None:
    """Speech from 1856 to 4000 ms is reported as 1456 and 4512 (400/500 ms)."""
    events = voice_session().ask(*appends(spoken(1856, 4000, 5500)))
    started = only(events, "input_audio_buffer.speech_started")
    stopped = only(events, "input_audio_buffer.speech_stopped")
    assert (started["audio_start_ms"], stopped["audio_end_ms"]) == (1456, 4512)


def test_a_burst_gives_the_same_offsets_as_real_time() -> None:
    """Offsets depend only on the audio, not on when and how it is sent."""
    burst = voice_session()
    paced = voice_session()
    burst.ask(append(spoken()))
    for event in appends(spoken(), 20):
        paced.send(event)
        paced.wait(0.02)
    paced.finish()
    for event_type in DETECTED[:2]:
        one, other = (only(s.events, event_type) for s in (burst, paced))
        del one["event_id"], one["item_id"], other["event_id"], other["item_id"]
        assert one == other


def test_offsets_count_all_audio_of_the_session() -> None:
    """Offsets of a second turn continue; a commit does not reset them."""
    session = voice_session()
    session.ask(*appends(spoken()))
    events = session.ask(*appends(spoken()))
    started = only(events, "input_audio_buffer.speech_started")
    # The second tone begins at 3000 ms.
    assert 3000 - 400 - 32 <= started["audio_start_ms"] <= 3000 - 400 + 32
    committed = only(events, "input_audio_buffer.committed")
    assert committed["previous_item_id"] == session_output_id(session, 0)


def session_output_id(session: Session, number: int) -> str:
    done = every(session.events, "response.done")[number]
    identifier: str = done["response"]["output"][0]["id"]
    return identifier


def test_only_silent_audio_ends_speech() -> None:
    """Speech does not end while no audio is sent."""
    session = voice_session()
    session.send(append(spoken(500, 1500, 1500)))
    assert types(session.finish()) == ["input_audio_buffer.speech_started"]
    assert types(session.wait(60)) == []
    assert "input_audio_buffer.speech_stopped" in types(
        session.ask(append(silence(700)))
    )


def test_no_detection_without_turn_detection() -> None:
    """With `turn_detection` null, only a commit of the client has an effect."""
    session = voice_session()
    session.ask(update(turn_detection=None))
    assert session.ask(*appends(spoken())) == []
    events = session.ask({"type": "input_audio_buffer.commit"})
    assert types(events) == [
        "input_audio_buffer.committed",
        "conversation.item.created",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
    ]
    assert events[0]["item_id"] == events[1]["item"]["id"]
    assert "response.audio.delta" in types(session.ask(respond()))


def test_a_turn_without_a_response() -> None:
    """`create_response: false` commits the turn without a response."""
    session = voice_session()
    session.ask(update(turn_detection={"type": "server_vad", "create_response": False}))
    events = session.ask(*appends(spoken()))
    assert "conversation.item.done" in types(events)
    assert "response.created" not in types(events)


def test_transcription_only_when_configured() -> None:
    """Without a transcription model, the transcript is null and has no events."""
    session = Session()
    events = session.ask(*appends(spoken()))
    assert not [t for t in types(events) if "transcription" in t]
    item_id = only(events, "conversation.item.done")["item"]["id"]
    retrieve = {"type": "conversation.item.retrieve", "item_id": item_id}
    item = only(session.ask(retrieve), "conversation.item.retrieved")["item"]
    assert item["content"] == [{"type": "input_audio", "transcript": None}]


def test_the_transcript_is_kept() -> None:
    """One delta has the whole text; afterwards the item has it."""
    session = voice_session(transcriber=lambda _audio: "Good morning.")
    events = session.ask(*appends(spoken()))
    prefix = "conversation.item.input_audio_transcription"
    item_id = only(events, "conversation.item.done")["item"]["id"]
    delta = only(events, f"{prefix}.delta")
    completed = only(events, f"{prefix}.completed")
    assert list(delta)[2:] == ["item_id", "content_index", "delta"]
    assert list(completed)[2:] == ["item_id", "content_index", "transcript"]
    assert delta["item_id"] == completed["item_id"] == item_id
    assert delta["delta"] == completed["transcript"] == "Good morning."
    retrieve = {"type": "conversation.item.retrieve", "item_id": item_id}
    item = only(session.ask(retrieve), "conversation.item.retrieved")["item"]
    assert item["content"][0]["transcript"] == "Good morning."


def test_the_transcriber_gets_the_audio_of_the_turn() -> None:
    """It gets exactly the audio between the two offsets."""
    heard: list[HeardAudio] = []

    def transcriber(audio: HeardAudio) -> str:
        heard.append(audio)
        return "Hello."

    pcm = spoken(1000, 2000, 3000)
    session = voice_session(transcriber=transcriber)
    events = session.ask(*appends(pcm))
    start = only(events, "input_audio_buffer.speech_started")["audio_start_ms"]
    end = only(events, "input_audio_buffer.speech_stopped")["audio_end_ms"]
    (audio,) = heard
    assert (audio.number, audio.sample_rate) == (0, 24000)
    assert audio.duration_ms == end - start
    assert audio.pcm == pcm[start * 48 : end * 48]


def test_a_broken_transcriber_fails_the_transcription_only() -> None:
    """An exception fails the transcription; the turn is still answered."""

    def transcriber(_audio: HeardAudio) -> str:
        raise ValueError("broken")

    events = voice_session(transcriber=transcriber).ask(*appends(spoken()))
    failed = only(events, "conversation.item.input_audio_transcription.failed")
    assert failed["error"]["type"] == "server_error"
    assert only(events, "response.done")["response"]["status"] == "completed"


def test_the_recognizer_of_azure_names_the_language() -> None:
    """`azure-speech` has no deltas; its transcript has the language."""
    session = Session()
    session.ask(
        update(
            turn_detection={"type": "azure_semantic_vad"},
            input_audio_transcription={"model": "azure-speech", "language": "de-DE"},
        )
    )
    events = session.ask(*appends(spoken()))
    prefix = "conversation.item.input_audio_transcription"
    assert f"{prefix}.delta" not in types(events)
    assert only(events, f"{prefix}.completed")["language"] == "de-DE"


def test_cascaded_turns_are_transcribed_first() -> None:
    """In a cascaded pipeline, the item contains its transcript."""
    events = Session(model="gpt-4o").ask(*appends(spoken()))
    order = [t for t in types(events) if not t.startswith("session.")]
    assert order[:6] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.created",
        "response.created",
    ]
    created = every(events, "conversation.item.created")[0]
    assert created["item"]["content"][0]["transcript"] == "Hello."
    added = only(events, "response.output_item.added")["item"]
    assert added["status"] == "incomplete"


def test_spoken_answers_have_one_audio_part() -> None:
    """With text and audio, a message has one audio part with a transcript."""
    events = voice_session().ask(user("Say a short greeting."), respond())
    added = only(events, "response.content_part.added")
    assert added["part"] == {"type": "audio", "transcript": ""}
    said = "".join(d["delta"] for d in every(events, "response.audio_transcript.delta"))
    assert said == "Hello there!"
    assert only(events, "response.audio_transcript.done")["transcript"] == said
    part = {"type": "audio", "transcript": said}
    assert only(events, "response.content_part.done")["part"] == part
    assert only(events, "response.output_item.done")["item"]["content"] == [part]
    assert "response.text.delta" not in types(events)


def test_audio_comes_in_deltas_of_250_ms() -> None:
    """floor(tokens / 5) deltas of 12,000 bytes; the last has the remainder."""
    events = voice_session().ask(user("Tell me a story."), respond())
    usage = only(events, "response.done")["response"]["usage"]
    tokens = usage["output_token_details"]["audio_tokens"]
    chunks = audio_of(events)
    assert len(chunks) == tokens // 5 > 10
    assert {len(chunk) for chunk in chunks[:-1]} == {12_000}
    assert 12_000 <= len(chunks[-1]) < 24_000
    assert sum(map(len, chunks)) == tokens * 50 * 48


@pytest.mark.parametrize(
    ("audio_format", "bytes_per_second"),
    [
        ("pcm16", 48_000),
        ("pcm16_16000hz", 32_000),
        ("pcm16_8000hz", 16_000),
        ("g711_ulaw", 8_000),
        ("g711_alaw", 8_000),
    ],
)
def test_output_formats(audio_format: str, bytes_per_second: int) -> None:
    """Each output format has the right number of bytes for the same duration."""
    session = voice_session()
    session.ask(update(output_audio_format=audio_format, voice=AZURE_VOICE))
    events = session.ask(user("Say a short greeting."), respond())
    usage = only(events, "response.done")["response"]["usage"]
    seconds = usage["output_token_details"]["audio_tokens"] / 20
    assert sum(map(len, audio_of(events))) == seconds * bytes_per_second


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_input_rates(rate: int) -> None:
    """Speech is detected at the same offsets at every sampling rate."""
    session = voice_session()
    session.ask(update(input_audio_sampling_rate=rate))
    # The same bytes last longer at a lower rate.
    factor = 24000 / rate
    events = session.ask(append(spoken(800, 1600, 2400)))
    started = only(events, "input_audio_buffer.speech_started")
    expected = 800 * factor - 400
    assert abs(started["audio_start_ms"] - max(0, expected)) <= 64


@pytest.mark.parametrize("audio_format", [ULAW, ALAW])
def test_telephone_formats(audio_format: str) -> None:
    """G.711 is always 8 kHz, whatever sampling rate is configured."""
    session = voice_session()
    session.ask(update(input_audio_format=audio_format))
    pcm = resample(spoken(800, 1600, 2400), 24000, 8000)
    audio = encode_g711(pcm, audio_format)
    events = session.ask(append(audio))
    started = only(events, "input_audio_buffer.speech_started")
    stopped = only(events, "input_audio_buffer.speech_stopped")
    assert abs(started["audio_start_ms"] - (800 - 400)) <= 64
    assert abs(stopped["audio_end_ms"] - (1600 + 500)) <= 64


def test_commit_needs_100_ms() -> None:
    """Less than 100 ms is rejected; the message has the buffered duration."""
    session = Session()
    session.ask(update(turn_detection=None))
    error = only(session.ask({"type": "input_audio_buffer.commit"}), "error")["error"]
    assert error["code"] == "input_audio_buffer_commit_empty"
    assert "0.00ms" in error["message"]
    session.ask(append(silence(99)))
    assert types(session.ask({"type": "input_audio_buffer.commit"})) == ["error"]
    session.ask(append(silence(1)))
    events = session.ask({"type": "input_audio_buffer.commit"})
    assert types(events)[0] == "input_audio_buffer.committed"


def test_commit_right_after_detection_is_empty() -> None:
    """Audio that the server committed cannot be committed again."""
    session = voice_session()
    session.ask(*appends(spoken(500, 1500, 2040)))
    assert "input_audio_buffer.committed" in types(session.events)
    error = only(session.ask({"type": "input_audio_buffer.commit"}), "error")["error"]
    assert error["code"] == "input_audio_buffer_commit_empty"


def test_commit_during_speech_ends_it() -> None:
    """A commit takes the speech in progress; detection does not repeat it."""
    session = voice_session()
    started = only(
        session.ask(append(spoken(500, 1500, 1500))),
        "input_audio_buffer.speech_started",
    )
    events = session.ask({"type": "input_audio_buffer.commit"})
    committed = only(events, "input_audio_buffer.committed")
    assert committed["item_id"] == started["item_id"]
    assert session.ask(append(silence(1000))) == []


def test_clear_drops_the_buffer() -> None:
    """Cleared audio is not committed later, and its speech does not stop."""
    session = voice_session()
    session.ask(append(spoken(500, 1500, 1500)))
    events = session.ask({"type": "input_audio_buffer.clear"})
    assert types(events) == ["input_audio_buffer.cleared"]
    assert list(events[0]) == ["event_id", "type"]
    assert types(session.ask({"type": "input_audio_buffer.commit"})) == ["error"]
    assert session.ask(append(silence(1000))) == []


def test_two_utterances_in_one_append() -> None:
    """Each utterance is announced and becomes an item."""
    session = voice_session()
    events = session.ask(append(spoken() + spoken()))
    assert len(every(events, "input_audio_buffer.speech_started")) == 2
    assert len(every(events, "conversation.item.done")) == 2
    assert every(events, "response.done")[-1]["response"]["status"] == "completed"
    assert not every(events, "error")
