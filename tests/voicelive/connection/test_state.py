"""Session state: tables of sent and received events, and the state after them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from voicelive._connection.responses import ResponseEnd, ResponseStart
from voicelive._connection.state import SessionState
from voicelive._connection.turn_detection import TurnDetectionFlags
from voicelive.models import (
    ClientEventInputAudioBufferAppend,
    ClientEventResponseCreate,
    InvalidServerEvent,
    ReceivedEvent,
    ResponseCreateParams,
    decode_server_event,
    encode,
)

Event = dict[str, Any]

VAD: Event = {"type": "server_vad"}


def session(kind: str = "created", **fields: Any) -> Event:
    found = {"id": "sess_1", "turn_detection": VAD, **fields}
    return {"type": f"session.{kind}", "session": found}


def created(response_id: str, conversation: str | None = "conv", **more: Any) -> Event:
    response = {"id": response_id, "conversation_id": conversation, **more}
    return {"type": "response.created", "response": response}


def done(response_id: str, status: str = "completed") -> Event:
    return {"type": "response.done", "response": {"id": response_id, "status": status}}


def buffer(kind: str) -> Event:
    return {"type": f"input_audio_buffer.{kind}", "item_id": "i", "audio_start_ms": 0}


def error(event_id: str | None = None, code: str = "invalid_value") -> Event:
    details = {"type": "invalid_request_error", "code": code, "message": "no"}
    return {"type": "error", "error": {**details, "event_id": event_id}}


def create(event_id: str | None = None, **response: Any) -> Event:
    return {"type": "response.create", "event_id": event_id, "response": response}


def sent(event: Any) -> Callable[[SessionState], None]:
    """Return a step that sends an event."""

    def step(state: SessionState) -> None:
        request = state.sending(event)
        if request is not None:
            state.sent(request, state.session_id)

    return step


def follow(*steps: Event | Callable[[SessionState], None]) -> SessionState:
    """Return the state after events were received, and steps taken."""
    state = SessionState()
    for step in steps:
        if isinstance(step, dict):
            state.received(decode_server_event(encode(step)))
        else:
            step(state)
    return state


def summary(state: SessionState) -> tuple[str | None, list[str], int]:
    """Active response, out-of-band responses, number of requests."""
    responses = state.responses
    active = None if responses.active is None else responses.active.id or ""
    return active, list(responses.out_of_band), len(responses.requested)


# --- session -------------------------------------------------------------------------


def test_new_state_knows_nothing() -> None:
    state = SessionState()
    assert not state.ready
    assert state.session_id is None
    assert not state.configured
    assert state.output_format is None
    assert state.idle


@pytest.mark.parametrize(
    ("steps", "ready", "configured", "session_id"),
    [
        ([session()], True, False, "sess_1"),
        ([session(), session("updated")], True, True, "sess_1"),
        ([session(), session(id="sess_2")], True, False, "sess_2"),
        # Unreadable, but the type is enough.
        ([{"type": "session.created", "session": 7}], True, False, None),
        ([error()], False, False, None),
    ],
)
def test_session(
    steps: list[Event], ready: bool, configured: bool, session_id: str | None
) -> None:
    state = follow(*steps)
    found = (state.ready, state.configured, state.session_id)
    assert found == (ready, configured, session_id)


def test_first_error_before_the_session_is_its_refusal() -> None:
    refused = follow(error(code="invalid_model"), error(code="other"))
    assert refused.refusal is not None
    assert refused.refusal.code == "invalid_model"
    assert follow(session(), error()).refusal is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_800_000_000, 1_800_000_000.0),
        ("soon", None),
        (1e300, None),
        (None, None),
    ],
)
def test_expiry(value: object, expected: float | None) -> None:
    assert follow(session(expires_at=value)).expires_at == expected


def test_expiry_is_kept_when_an_update_omits_it() -> None:
    state = follow(session(expires_at=1_800_000_000), session("updated"))
    assert state.expires_at == 1_800_000_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (VAD, TurnDetectionFlags()),
        ({**VAD, "interrupt_response": False}, TurnDetectionFlags(interrupts=False)),
        ({**VAD, "create_response": False}, TurnDetectionFlags(responds=False)),
        ({**VAD, "auto_truncate": True}, TurnDetectionFlags(truncates=True)),
        (
            {"type": "new_vad", "auto_truncate": True},
            TurnDetectionFlags(truncates=True),
        ),
        (None, TurnDetectionFlags(False, False, False, False)),
    ],
)
def test_turn_detection(value: object, expected: TurnDetectionFlags) -> None:
    assert follow(session(turn_detection=value)).turn_detection == expected


def test_settings_are_kept_when_the_session_is_unreadable() -> None:
    state = follow(
        session(turn_detection=None, output_audio_format="g711_ulaw"),
        {"type": "session.updated", "session": "?"},
    )
    assert not state.turn_detection.enabled
    assert state.output_format is not None
    assert state.output_format.rate == 8000


@pytest.mark.parametrize(
    ("steps", "input_rate", "output_rate"),
    [
        ([session()], 24_000, None),
        ([session(input_audio_sampling_rate=16_000)], 16_000, None),
        ([session(output_audio_format="pcm16-16000hz")], 24_000, 16_000),
        (
            [
                session(output_audio_format="pcm16"),
                created("r", output_audio_format="g711_alaw"),
            ],
            24_000,
            8_000,
        ),
        # The next response uses the format of the session again.
        (
            [
                session(output_audio_format="pcm16"),
                created("r", output_audio_format="g711_alaw"),
                done("r"),
                created("r2"),
            ],
            24_000,
            24_000,
        ),
    ],
)
def test_formats(steps: list[Event], input_rate: int, output_rate: int | None) -> None:
    state = follow(*steps)
    assert state.input_format.rate == input_rate
    found = state.output_format
    assert (None if found is None else found.rate) == output_rate


# --- speech --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "speaking", "commits"),
    [
        ([buffer("speech_started")], True, False),
        ([buffer("speech_started"), buffer("speech_stopped")], False, False),
        ([buffer("speech_started"), buffer("committed")], False, True),
        ([buffer("speech_started"), buffer("cleared")], False, False),
        # Without turn detection no event reports the end of speech.
        (
            [buffer("speech_started"), session("updated", turn_detection=None)],
            False,
            False,
        ),
        ([session(turn_detection=None), buffer("committed")], False, False),
        # A new session.
        ([buffer("speech_started"), session(id="sess_2")], False, False),
        # Unreadable: without `item_id`.
        ([{"type": "input_audio_buffer.speech_started"}], True, False),
    ],
)
def test_speech(steps: list[Event], speaking: bool, commits: bool) -> None:
    state = follow(session(), *steps)
    assert state.user_speaking == speaking
    assert state.commits == commits
    assert state.idle != speaking


# --- responses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([created("r")], ("r", [], 0)),
        ([created("r"), done("r")], (None, [], 0)),
        ([created("r"), done("r", "cancelled")], (None, [], 0)),
        ([sent(create("e"))], (None, [], 1)),
        ([sent(create("e")), created("r")], ("r", [], 0)),
        # A request is refused, by its identifier.
        ([sent(create("e")), error("e")], (None, [], 0)),
        ([sent(create("e")), error("other")], (None, [], 1)),
        ([sent(create("e")), error(None)], (None, [], 1)),
        ([sent(create(None)), error(None)], (None, [], 0)),
        # Out-of-band responses run concurrently.
        (
            [created("r"), sent(create("e", conversation="none")), created("o", None)],
            ("r", ["o"], 0),
        ),
        (
            [sent(create("e", conversation="none")), created("o", None), done("o")],
            (None, [], 0),
        ),
        # A response of the conversation, although an out-of-band one is requested.
        ([sent(create("e", conversation="none")), created("r")], ("r", [], 1)),
        # Lost events: the end of r, the start of r.
        ([created("r"), created("r2")], ("r2", [], 0)),
        ([sent(create("e")), done("r")], (None, [], 0)),
        # Repeated and late events.
        ([created("r"), created("r")], ("r", [], 0)),
        ([created("r"), done("r"), created("r")], (None, [], 0)),
        ([created("r"), done("r"), created("r2"), done("r")], ("r2", [], 0)),
        # The end of another response.
        ([created("r"), done("x")], ("r", [], 0)),
        # Unreadable events: one odd field, or no identifier.
        (
            [
                created("r"),
                {"type": "response.done", "response": {"id": "r", "output": 7}},
            ],
            (None, [], 0),
        ),
        ([created("r"), {"type": "response.done"}], (None, [], 0)),
        ([{"type": "response.created"}], ("", [], 0)),
        ([{"type": "response.created"}, done("r")], (None, [], 0)),
        # A new session.
        ([created("r"), session(id="sess_2")], (None, [], 0)),
        ([sent(create("e")), session(id="sess_2")], (None, [], 0)),
        (
            [created("r"), session(id="sess_2"), done("r"), created("r2")],
            ("r2", [], 0),
        ),
    ],
)
def test_responses(
    steps: list[Any], expected: tuple[str | None, list[str], int]
) -> None:
    state = follow(session(), *steps)
    assert summary(state) == expected
    assert state.responses.pending == (expected != (None, [], 0))
    assert state.idle != state.responses.pending


@pytest.mark.parametrize(
    "event",
    [
        ClientEventResponseCreate(
            event_id="e", response=ResponseCreateParams(conversation="none")
        ),
        create("e", conversation="none"),
        encode(create("e", conversation="none")),
        encode(create("e", conversation="none")).decode(),
        memoryview(encode(create("e", conversation="none"))),
    ],
    ids=lambda event: type(event).__name__,
)
def test_sent_events_of_any_form(event: Any) -> None:
    (request,) = follow(sent(event)).responses.requested
    assert request.event_id == "e"
    assert request.out_of_band


@pytest.mark.parametrize(
    "event",
    [
        ClientEventInputAudioBufferAppend(audio=b"1"),
        {"type": "input_audio_buffer.append", "audio": "AAAA"},
        b'{"type": "input_audio_buffer.append", "audio": "AAAA"}',
        {"type": ["response.create"]},
        {"response.create": 1},
        b'{"type": "response.create"',
        "",
        7,
    ],
)
def test_other_and_invalid_sent_events_change_nothing(
    event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert SessionState().sending(event) is None
    assert not caplog.records


def test_request_that_could_not_be_sent_is_removed() -> None:
    state = SessionState()
    request = state.sending(create("e"))
    assert request is not None
    state.send_failed(request)
    assert not state.responses.requested


def test_request_that_is_being_sent_survives_a_new_session() -> None:
    """It may be on its way to the new session, as while reconnecting."""
    state = follow(session())
    waiting = state.sending(create("waiting"))
    passed = state.sending(create("passed"))
    assert waiting is not None
    assert passed is not None
    state.sent(passed, "sess_2")
    state.received(decode_server_event(encode(session(id="sess_2"))))
    assert state.responses.requested == [waiting, passed]


def test_cancelled_responses() -> None:
    cancel = {"type": "response.cancel"}
    state = follow(session(), created("r"), sent(cancel))
    assert state.responses.is_cancelled("r")
    assert state.responses.in_progress == ["r"]
    assert follow(created("r"), done("r", "cancelled")).responses.is_cancelled("r")
    named = follow(created("r"), sent({**cancel, "response_id": "x"}))
    assert named.responses.is_cancelled("x")
    assert not named.responses.is_cancelled("r")
    assert not named.responses.is_cancelled(None)


def test_lost_end_of_the_active_response() -> None:
    state = follow(created("r"))
    state.responses.lose("x")
    assert state.responses.pending
    state.responses.lose("r")
    assert not state.responses.pending
    assert state.responses.has_ended("r")


def test_effect_of_the_last_event() -> None:
    state = follow(session(), sent(create("e")))
    start = decode_server_event(encode(created("r")))
    audio = decode_server_event(
        b'{"type":"response.audio.delta","response_id":"r","item_id":"i",'
        b'"output_index":0,"content_index":0,"delta":"AAAA"}'
    )
    end = decode_server_event(encode({"type": "response.done"}))
    state.received(start)
    effect = state.effect_of(start)
    assert isinstance(effect, ResponseStart)
    assert effect.request is not None
    assert effect.request.event_id == "e"
    state.received(audio)
    assert state.effect_of(audio) is None
    state.received(end)
    effect = state.effect_of(end)
    assert isinstance(effect, ResponseEnd)
    assert (effect.response_id, effect.was_active) == ("r", True)
    assert state.effect_of(start) is None


# --- acknowledgements ----------------------------------------------------------------

UPDATE: Event = {"type": "session.update", "event_id": "u", "session": {"voice": "a"}}
ITEM: Event = {"type": "message", "id": "i", "role": "user", "content": []}
CREATE_ITEM: Event = {
    "type": "conversation.item.create",
    "event_id": "c",
    "item": ITEM,
}
DELETE_ITEM: Event = {
    "type": "conversation.item.delete",
    "event_id": "d",
    "item_id": "i",
}


@pytest.mark.parametrize(
    ("event", "answer", "answered"),
    [
        (UPDATE, session("updated"), True),
        (UPDATE, error("u"), True),
        (UPDATE, error("other"), False),
        (UPDATE, session("created"), False),
        (CREATE_ITEM, {"type": "conversation.item.created", "item": ITEM}, True),
        (
            CREATE_ITEM,
            {"type": "conversation.item.created", "item": ITEM | {"id": "x"}},
            True,
        ),
        (
            CREATE_ITEM,
            {
                "type": "conversation.item.created",
                "item": ITEM | {"id": "x", "role": "system"},
            },
            False,
        ),
        (DELETE_ITEM, {"type": "conversation.item.deleted", "item_id": "i"}, True),
        (DELETE_ITEM, {"type": "conversation.item.deleted", "item_id": "x"}, False),
    ],
)
def test_acknowledgements(event: Event, answer: Event, answered: bool) -> None:
    state = follow(sent(event))
    assert len(state.pending) == 1
    received = decode_server_event(encode(answer))
    state.received(received)
    assert len(state.pending) == (not answered)
    assert state.answered_by(received) == (event if answered else None)
    state.received(decode_server_event(encode(done("r"))))
    assert state.answered_by(received) is None


def test_request_that_was_not_sent_is_not_pending() -> None:
    state = SessionState()
    request = state.sending(UPDATE)
    assert request is not None
    state.send_failed(request)
    assert not len(state.pending)


def test_repeated_acknowledgement_answers_nothing() -> None:
    """A second event about an item is not the answer to another request like it."""
    first: Event = {"type": "message", "role": "user", "id": "u1", "content": []}
    second = first | {"id": "u2"}
    create = "conversation.item.create"
    echo = {"type": "conversation.item.created", "item": first}
    requests = [sent({"type": create, "item": item}) for item in (first, second)]
    state = follow(session(), *requests, echo, echo)
    assert len(state.pending) == 1


# --- robustness ----------------------------------------------------------------------


def test_response_of_an_unknown_request_outside_of_the_conversation() -> None:
    """It is recognised when a response of the conversation starts, and goes on."""
    state = follow(session(), created("apart", None), created("r"))
    assert summary(state) == ("r", ["apart"], 0)
    state = follow(session(), created("apart", None), created("r"), done("apart"))
    assert summary(state) == ("r", [], 0)
    state = follow(session(), created("r"), created("apart", None))
    assert summary(state) == ("r", ["apart"], 0)


def test_repeated_beginning_of_a_session_restarts_nothing() -> None:
    """Only another identifier is another session."""
    state = follow(session(), sent(create("e")), session(), created("r"), session())
    assert summary(state) == ("r", [], 0)
    state.received(decode_server_event(encode(session(id="sess_2"))))
    assert summary(state) == (None, [], 0)


@pytest.mark.parametrize("kind", ["session.avatar.connecting", "rtc.call.sdp.created"])
def test_webrtc_cannot_be_replaced(kind: str) -> None:
    state = follow(session(), {"type": kind, "server_sdp": "s", "sdp_answer": "s"})
    assert not state.idle
    assert (state.avatar, state.call) == (kind.startswith("session"), "rtc" in kind)


def test_unread_frames_update_the_state() -> None:
    state = SessionState()
    for event in (session(), created("r")):
        state.received_frame(encode(event))
    state.received_frame(b'{"type": "response.audio.delta", "response_id": "r"}')
    state.received_frame(b"not JSON")
    assert summary(state) == ("r", [], 0)


def test_failure_is_logged_and_contained(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception in the state machine never costs an event."""
    state = SessionState()

    def fail(response: object) -> None:
        raise LookupError

    monkeypatch.setattr(type(state.responses), "done", fail)
    event: ReceivedEvent = decode_server_event(encode(done("r")))
    with caplog.at_level(logging.ERROR):
        state.received(event)
    assert "tracking the session failed" in caplog.text


def test_invalid_frames_change_nothing() -> None:
    state = follow(session())
    for frame in (b"", b"{}", b"[1]", b'{"type": 3}', b"\xff"):
        event = decode_server_event(frame)
        assert isinstance(event, InvalidServerEvent)
        state.received(event)
    assert summary(state) == (None, [], 0)
