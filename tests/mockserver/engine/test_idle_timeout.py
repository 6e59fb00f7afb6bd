"""`idle_timeout_ms`: the service prompts a user who says nothing."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    append,
    appends,
    error_of,
    every,
    long_story,
    only,
    respond,
    runs,
    spoken,
    types,
    update,
    user,
)
from tests.support.signals import silence, tone
from voicelive_mockserver import CallFunction, HeardAudio, ReplyRequest

TRIGGERED = "input_audio_buffer.timeout_triggered"
COMMITTED = "input_audio_buffer.committed"
CREATED = "response.created"
DONE = "response.done"


def idle(session: Session, timeout_ms: int | None = 6000, **detection: Any) -> Event:
    """Configure the timeout; return the turn detection of the service."""
    kind: Event = {"type": "server_vad", "idle_timeout_ms": timeout_ms}
    session.send(update(turn_detection=kind | detection))
    shown: Event = only(session.wait(1), "session.updated")["session"]
    return shown["turn_detection"]  # type: ignore[no-any-return]


def listen(session: Session, seconds: float) -> list[Event]:
    """Send silence in real time; return the events sent meanwhile."""
    events: list[Event] = []
    for _ in range(int(seconds * 10)):
        session.send(append(silence(100)))
        events += session.wait(0.1)
    return events


def speaking(**options: Any) -> Session:
    """Return a session with a long response in progress."""
    session = Session(responder=long_story, **options)
    idle(session)
    session.send(user("Hello."), respond())
    session.until(CREATED)
    return session


def test_the_silence_is_committed_and_answered() -> None:
    """The order of events, and the offsets of the silence after the playback."""
    session = Session()
    assert idle(session)["idle_timeout_ms"] == 6000
    session.send(user("Hello."), respond())
    events = listen(session, 30)
    at = types(events).index(TRIGGERED)
    triggered, committed, created, done = events[at : at + 4]
    assert committed["type"] == COMMITTED
    assert created["type"] == "conversation.item.created"
    assert done["type"] == "conversation.item.done"
    item_id = triggered["item_id"]
    assert committed["item_id"] == created["item"]["id"] == item_id
    assert created["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    length = triggered["audio_end_ms"] - triggered["audio_start_ms"]
    assert length == pytest.approx(6000, abs=200)
    assert types(events[at + 4 :])[0] == CREATED


def test_it_starts_at_the_end_of_playback() -> None:
    """Not at `response.done`, which comes earlier."""
    session = speaking()
    session.until("response.audio.delta")
    began = session.engine.now
    session.until(DONE)
    deltas = every(session.events, "response.audio.delta")
    seconds = sum(len(b64decode(event["delta"])) for event in deltas) / 48_000
    end = began + seconds
    assert session.engine.now < end - 1
    assert not every(session.wait(end + 5.9 - session.engine.now), TRIGGERED)
    assert every(session.wait(0.5), TRIGGERED)


def test_it_repeats_after_each_response() -> None:
    """A user who stays silent is prompted again and again."""
    session = Session()
    idle(session)
    session.send(user("Hello."), respond())
    assert len(every(listen(session, 60), TRIGGERED)) > 3


def test_nothing_before_the_first_response() -> None:
    """The time counts from the playback of a response."""
    session = Session()
    idle(session)
    assert listen(session, 20) == []


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_the_transcriber_is_not_called(model: str) -> None:
    """Silence has no words, and takes none from the turns that follow."""
    heard: list[HeardAudio] = []

    def transcribe(audio: HeardAudio) -> str:
        heard.append(audio)
        return "Yes."

    session = Session(model=model, transcriber=transcribe)
    idle(session)
    session.send(update(input_audio_transcription={"model": "whisper-1"}))
    session.send(user("Hello."), respond())
    session.until(TRIGGERED)
    session.until(DONE)
    assert heard == []
    for event in appends(spoken()):
        session.send(event)
    session.wait(3)
    assert [audio.number for audio in heard] == [0]
    completed = "conversation.item.input_audio_transcription.completed"
    assert [e["transcript"] for e in every(session.events, completed)] == ["", "Yes."]


# --- what stops it -----------------------------------------------------------


def test_speech_stops_it() -> None:
    """A user who speaks is not idle, until the response to it was played."""
    session = Session()
    idle(session)
    session.send(user("Hello."), respond())
    session.until(DONE)
    session.wait(4)
    for event in appends(spoken(500, 1500, 2500)):
        session.send(event)
        session.wait(0.1)
    # Without the speech it would end here.
    session.wait(4)
    assert len(every(session.events, CREATED)) == 2
    assert not every(session.events, TRIGGERED)
    session.until(TRIGGERED)


def test_continuing_speech_is_not_idle() -> None:
    """The time does not pass during speech."""
    session = Session()
    idle(session)
    session.send(user("Hello."), respond())
    session.until(DONE)
    for event in appends(spoken(500, 12_000, 12_000)):
        session.send(event)
        session.wait(0.1)
    assert not every(session.events, TRIGGERED)


def test_a_response_that_ends_during_speech_does_not_start_it() -> None:
    """The user is not silent, although nothing interrupts the response."""
    session = Session()
    idle(session, interrupt_response=False)
    session.send(user("Hello."), respond())
    session.until(CREATED)
    for _ in range(200):
        session.send(append(tone(100)))
        session.wait(0.1)
    assert every(session.events, DONE)
    listen(session, 3)
    started, stopped, committed = (
        only(session.events, f"input_audio_buffer.{kind}")
        for kind in ("speech_started", "speech_stopped", "committed")
    )
    assert started["item_id"] == stopped["item_id"] == committed["item_id"]


@pytest.mark.parametrize("end", ["commit", "turn"])
def test_a_turn_of_the_client_stops_it(end: str) -> None:
    """Input that the client commits is input too."""
    session = Session()
    idle(session, create_response=False)
    session.send(user("Hello."), respond())
    session.until(DONE)
    session.send(append(silence(1000)))
    if end == "commit":
        session.send({"type": "input_audio_buffer.commit"})
    else:
        turn = {"turn_id": "turn_1"}
        audio = append(silence(1000))["audio"]
        session.send(
            {"type": "input_audio.turn.start"} | turn,
            {"type": "input_audio.turn.append", "audio": audio} | turn,
            {"type": "input_audio.turn.end"} | turn,
        )
    events = session.wait(60)
    assert every(events, COMMITTED)
    assert not every(events, TRIGGERED)


def test_a_requested_response_stops_it() -> None:
    """Its end starts the time again."""
    session = Session()
    idle(session)
    session.send(user("Hello."), respond())
    session.until(DONE)
    session.wait(4)
    # The playback has ended, so the timeout is all that is scheduled.
    due = session.engine.next_due
    assert due is not None
    session.wait(due - session.engine.now - 0.05)
    session.send(respond(instructions="Go on."))
    seen = runs(session.wait(30))
    assert seen.index(DONE) < seen.index(TRIGGERED)


def test_an_out_of_band_response_does_not_count() -> None:
    """The user does not hear it as an answer."""
    session = Session()
    idle(session)
    session.send(respond(conversation="none", modalities=["text"]))
    session.until(DONE)
    assert session.wait(60) == []


def test_an_interrupted_response_restarts_it() -> None:
    """After a `response.cancel` the time starts again."""
    session = speaking()
    session.until("response.audio.delta")
    session.send({"type": "response.cancel"})
    assert session.until(DONE)["response"]["status"] == "cancelled"
    session.until(TRIGGERED)


def test_changed_settings_stop_it() -> None:
    """Null switches it off; unchanged settings keep the time."""
    session = Session()
    idle(session)
    session.send(user("Hello."), respond())
    session.until(DONE)
    session.send(update(instructions="Be brief."))
    session.until(TRIGGERED)
    session.until(DONE)
    session.wait(4)
    idle(session, None)
    assert session.wait(60) == []
    session.send(update(turn_detection=None))
    session.send(user("Hello."), respond())
    session.until(DONE)
    assert session.wait(60) == []


def test_without_responses_of_its_own() -> None:
    """With `create_response` off the silence is committed once, and not answered."""
    session = Session()
    idle(session, create_response=False)
    session.send(user("Hello."), respond())
    session.until(DONE)
    listen(session, 60)
    assert len(every(session.events, TRIGGERED)) == 1
    assert len(every(session.events, COMMITTED)) == 1
    assert len(every(session.events, CREATED)) == 1


def test_the_end_of_a_function_call_starts_it() -> None:
    """A response without speech counts from `response.done`."""

    def call(request: ReplyRequest) -> Any:
        return CallFunction("look_up", {})

    session = Session(responder=call)
    idle(session)
    session.send(user("Hello."), respond())
    session.until(DONE)
    began = session.engine.now
    session.until(TRIGGERED)
    assert session.engine.now - began == pytest.approx(6, abs=0.01)


def test_a_run_without_limit_ends() -> None:
    """At infinite speed the timeout has no effect, as it would never end."""
    session = Session()
    session.ask(update(turn_detection={"type": "server_vad", "idle_timeout_ms": 5000}))
    events = session.ask(user("Hello."), respond())
    assert every(events, DONE)
    assert not every(events, TRIGGERED)


# --- settings ----------------------------------------------------------------


@pytest.mark.parametrize("timeout_ms", [5000, 30_000, None])
def test_accepted_values(timeout_ms: int | None) -> None:
    """Five to thirty seconds, or null."""
    assert idle(Session(), timeout_ms)["idle_timeout_ms"] == timeout_ms


@pytest.mark.parametrize("timeout_ms", [-1, 0, 4999, 30_001])
def test_values_out_of_range(timeout_ms: int) -> None:
    """They are refused, and the settings stay."""
    session = Session()
    kind = {"type": "server_vad", "idle_timeout_ms": timeout_ms}
    error = error_of(session.ask(update(turn_detection=kind)))
    assert "idle_timeout_ms" in error["message"]


@pytest.mark.parametrize("kind", ["azure_semantic_vad", "semantic_vad"])
def test_other_kinds_of_turn_detection(kind: str) -> None:
    """Only `server_vad` has the setting."""
    detection = {"type": kind, "idle_timeout_ms": 6000}
    error = error_of(Session().ask(update(turn_detection=detection)))
    assert "extra fields not permitted" in error["message"]
