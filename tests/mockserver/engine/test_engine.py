"""Engine: invalid frames, identifiers, time, tokens, reproducibility."""

from __future__ import annotations

import gc
import re
from weakref import ref

import pytest

from tests.support.engine_driver import (
    STARTED_AT,
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
from voicelive_mockserver import ReplyRequest
from voicelive_mockserver.engine.ids import IdSource, base62


@pytest.mark.parametrize(
    ("frame", "code", "param", "event_id"),
    [
        ("", "invalid_json", None, None),
        ("not json", "invalid_json", None, None),
        ("[1, 2]", "invalid_json", None, None),
        (b"\xff\xfe", "invalid_json", None, None),
        (b'{"type":"response.create","x":"\xff"}', "invalid_json", None, None),
        ("[" * 100_000, "invalid_json", None, None),
        ({"event_id": "e"}, "missing_required_parameter", "type", "e"),
        ({"type": 5}, "missing_required_parameter", "type", None),
        ({"type": "no.such.event", "event_id": "e"}, "invalid_event", "type", "e"),
        (
            {"type": "conversation.item.delete", "event_id": "e"},
            "missing_required_parameter",
            "item_id",
            "e",
        ),
        (
            {"type": "conversation.item.create", "event_id": "e"},
            "missing_required_parameter",
            "item",
            "e",
        ),
        (
            {"type": "conversation.item.delete", "item_id": 5},
            "invalid_type",
            "item_id",
            None,
        ),
        ({"type": "session.update", "session": 5}, "invalid_type", "session", None),
        ({"type": "session.update"}, "missing_required_parameter", "session", None),
        (
            {"type": "input_audio_buffer.append", "audio": "###"},
            "invalid_value",
            "audio",
            None,
        ),
        (
            respond(max_output_tokens="many"),
            "invalid_value",
            "response.max_output_tokens",
            None,
        ),
        (
            respond(max_output_tokens=0),
            "invalid_value",
            "response.max_output_tokens",
            None,
        ),
        (respond(modalities=["smell"]), "invalid_value", "response.modalities", None),
        (
            {"type": "session.avatar.connect", "client_sdp": "", "event_id": "e"},
            "invalid_request_error",
            None,
            "e",
        ),
    ],
)
def test_an_invalid_frame_is_rejected(
    frame: Event | str | bytes, code: str, param: str | None, event_id: str | None
) -> None:
    """The error names the problem, and the session continues."""
    session = Session()
    session.finish()
    (event,) = session.ask(frame)
    assert event["type"] == "error"
    assert list(event["error"]) == ["type", "code", "message", "param", "event_id"]
    error = event["error"]
    assert (error["code"], error["param"]) == (code, param)
    assert error["event_id"] == event_id
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    assert types(session.ask(user("Hello"))) == ["conversation.item.created"]


def test_events_of_later_versions_are_unknown() -> None:
    """A client event that the API version lacks is rejected."""
    event = {"type": "output_audio_buffer.clear"}
    old = only(Session(api_version="2025-10-01").ask(event), "error")["error"]
    assert old["code"] == "invalid_event"
    new = only(Session(api_version="2026-04-10").ask(event), "error")["error"]
    assert new["code"] == "invalid_request_error"


def talk(session: Session) -> list[bytes]:
    session.ask(update(modalities=["text", "audio"]))
    session.ask(*appends(spoken()))
    session.ask(user("Hello"), respond())
    session.ask("nonsense")
    return session.frames


def test_the_same_input_gives_the_same_bytes() -> None:
    """Seed, input and times determine the bytes; seed and ordinal the ids."""
    frames = talk(Session(seed=7))
    assert talk(Session(seed=7)) == frames
    assert talk(Session(seed=8)) != frames
    assert talk(Session(seed=7, ordinal=1)) != frames


def test_the_pace_does_not_change_the_events() -> None:
    """In steps or at once, the same events come in the same order."""
    at_once = Session()
    at_once.send(update(modalities=["text", "audio"]), user("Hello"), respond())
    at_once.finish()
    stepwise = Session()
    stepwise.send(update(modalities=["text", "audio"]), user("Hello"), respond())
    for _ in range(2000):
        stepwise.wait(0.005)
    assert stepwise.frames == at_once.frames


def test_identifiers_have_the_formats_of_the_service() -> None:
    """Own ones have 20 to 22 characters, upstream ones 21 with a timestamp."""
    session = Session(responder=long_story)
    session.ask(user("Hello"), respond())
    events = session.events
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids) > 50
    assert all(re.fullmatch(r"event_[0-9A-Za-z]{20,22}", one) for one in ids)
    mine, assistants = every(events, "conversation.item.created")
    assert re.fullmatch(r"item_[0-9A-Za-z]{20,22}", mine["item"]["id"])
    stamp = base62(int(STARTED_AT) - 1_576_800_000, 5)
    assert stamp == "E4BAr"
    response = only(events, "response.done")["response"]
    for identifier, prefix in [
        (events[0]["session"]["id"], "sess"),
        (assistants["item"]["id"], "item"),
        (response["id"], "resp"),
        (response["conversation_id"], "conv"),
    ]:
        assert re.fullmatch(rf"{prefix}_{stamp}[0-9A-Za-z]{{16}}", identifier)


def test_cascaded_identifiers_are_the_services_own() -> None:
    """Without an upstream model, identifiers have no timestamps."""
    session = only(Session(model="gpt-4o").finish(), "session.created")["session"]
    assert re.fullmatch(r"sess_[0-9A-Za-z]{20,22}", session["id"])
    assert not session["id"].startswith("sess_E4BAr")


def test_identifiers_do_not_repeat() -> None:
    """Thousands of identifiers of one source are unique and well-formed."""
    ids = IdSource(1, 2)
    tokens = [ids.token().decode() for _ in range(5000)]
    assert len(set(tokens)) == 5000
    assert all(re.fullmatch(r"[1-9A-Za-z][0-9A-Za-z]{19,21}|0\w+", t) for t in tokens)
    assert {len(token) for token in tokens} <= {20, 21, 22}


def test_latencies_of_a_native_turn() -> None:
    """At speed 1, each step takes the time of the latency model."""
    session = Session(responder=lambda _request: "One two three four.")
    session.wait(0.049)
    assert session.events == []
    session.wait(0.002)
    assert types(session.events) == ["session.created"]
    session.wait(1)
    session.send(update(modalities=["text", "audio"]))
    asked = session.engine.now
    session.until("session.updated")
    assert session.engine.now - asked == pytest.approx(0.03)
    session.send(respond())
    asked = session.engine.now
    session.until("response.created")
    assert session.engine.now - asked == pytest.approx(0.15)
    created = session.engine.now
    session.until("response.audio_transcript.delta")
    assert session.engine.now - created == pytest.approx(0.25)
    session.until("response.audio.delta")
    first = session.engine.now
    assert first - created == pytest.approx(0.35)
    session.until("response.audio.delta")
    # 250 ms of audio at 2.5 times real time.
    assert session.engine.now - first == pytest.approx(0.1)


def test_text_leads_the_audio() -> None:
    """Some words precede the first audio, and the last event is audio."""
    session = Session(responder=long_story)
    events = session.ask(respond())
    order = [
        t
        for t in types(events)
        if t in ("response.audio.delta", "response.audio_transcript.delta")
    ]
    assert 3 <= order.index("response.audio.delta") <= 7
    assert order[-1] == "response.audio.delta"


def test_usage_adds_up() -> None:
    """The total is input plus output, and both are the sums of their details."""
    session = Session()
    session.ask(update(modalities=["text", "audio"]))
    events = session.ask(*appends(spoken()))
    usage = only(events, "response.done")["response"]["usage"]
    assert list(usage) == [
        "total_tokens",
        "input_tokens",
        "output_tokens",
        "input_token_details",
        "output_token_details",
    ]
    heard, said = usage["input_token_details"], usage["output_token_details"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] == heard["text_tokens"] + heard["audio_tokens"]
    assert usage["output_tokens"] == said["text_tokens"] + said["audio_tokens"]
    start = only(events, "input_audio_buffer.speech_started")["audio_start_ms"]
    end = only(events, "input_audio_buffer.speech_stopped")["audio_end_ms"]
    assert heard["audio_tokens"] == (end - start) // 100


def test_usage_grows_with_the_conversation() -> None:
    """Later inputs are larger; multiples of 64 tokens are cached."""
    session = Session()
    session.ask(update(modalities=["text"]))
    inputs, cached = [], []
    for _ in range(5):
        events = session.ask(user("Tell me a story."), respond())
        usage = only(events, "response.done")["response"]["usage"]
        inputs.append(usage["input_tokens"])
        cached.append(usage["input_token_details"]["cached_tokens"])
    assert inputs == sorted(set(inputs))
    assert cached[0] == 0
    assert cached[-1] > 0
    assert all(count % 64 == 0 for count in cached)


def test_deleted_items_cost_nothing() -> None:
    """Deleted items are not counted as input."""
    session = Session()
    session.ask(update(modalities=["text"]))
    item = session.ask(user("A few words that count."))[-1]["item"]["id"]
    events = session.ask(respond(conversation="none"))
    before = only(events, "response.done")["response"]["usage"]["input_tokens"]
    session.ask({"type": "conversation.item.delete", "item_id": item})
    events = session.ask(respond(conversation="none"))
    after = only(events, "response.done")["response"]["usage"]["input_tokens"]
    assert after < before


def test_production_pauses_until_the_frames_are_taken() -> None:
    """This bounds memory at infinite speed."""
    session = Session(responder=lambda _request: "A very long answer. " * 200)
    session.finish()
    session.send(update(modalities=["text", "audio"]), respond())
    session.engine.advance(float("inf"))
    frames = session.engine.take()
    assert 256_000 < sum(map(len, frames)) < 512_000
    assert types(session.finish())[-1] == "response.done"


def test_a_call_of_ten_minutes_in_virtual_time() -> None:
    """Every turn of a long call is answered."""
    session = Session()
    session.ask(update(modalities=["text", "audio"]))
    for _ in range(60):
        for event in appends(spoken()):
            session.send(event)
            session.wait(0.1)
        session.send(append(bytes(4800)))
        session.wait(7.5)
    assert session.engine.now > 600
    done = every(session.events, "response.done")
    assert [event["response"]["status"] for event in done] == ["completed"] * 60


def test_a_cached_request_is_checked_for_each_version() -> None:
    """A request that one API version accepts, another still rejects."""
    ask = respond(modalities=["text"], metadata={"a": "b"})
    for _ in range(2):
        newer, older = Session(), Session(api_version="2025-10-01")
        done = only(newer.ask(ask), "response.done")["response"]
        assert done["metadata"] == {"a": "b"}
        assert only(older.ask(ask), "error")["error"]["code"] == "unknown_parameter"


def test_a_cached_request_uses_the_current_session() -> None:
    """A repeated request gets the current settings."""
    session = Session()
    for modalities in (["text"], ["text", "audio"], ["text"]):
        session.ask(update(modalities=modalities))
        shown = only(session.ask(respond()), "response.done")["response"]
        assert shown["modalities"] == modalities


def test_texts_are_not_templates() -> None:
    """Characters with a meaning in templates are returned unchanged."""
    metadata = {"100%": "%d %b %%", "zero": "\0\1"}
    events = Session().ask(respond(metadata=metadata))
    for event_type in ("response.created", "response.done"):
        assert only(events, event_type)["response"]["metadata"] == metadata


def test_sessions_have_no_reference_cycles() -> None:
    """They need no garbage collection, which would pause all others."""

    def responder(_request: ReplyRequest) -> str:
        return "Hello."

    alive = ref(responder)
    gc.collect()
    gc.disable()
    try:
        session = Session(responder=responder)
        session.ask(update(modalities=["text", "audio"]))
        session.ask(*appends(spoken(400, 800, 800)), user("Hello."), respond())
        del session, responder
        assert alive() is None
    finally:
        gc.enable()
