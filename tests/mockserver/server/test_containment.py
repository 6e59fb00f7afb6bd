"""Error containment: a failing timed action ends neither its session nor the server."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    append,
    appends,
    every,
    only,
    respond,
    spoken,
    types,
    update,
    user,
)
from tests.support.raw_websocket import frame, peer, session, sessions_closed, upgrade
from tests.support.signals import silence, tone
from voicelive_mockserver import MockServer
from voicelive_mockserver.engine import SessionEngine
from voicelive_mockserver.engine.outputs.base import Stream
from voicelive_mockserver.engine.reply_source import ReplySource
from voicelive_mockserver.engine.response_run import ResponseRun
from voicelive_mockserver.engine.transcription import Transcriptions
from voicelive_mockserver.engine.turns import UserTurns
from voicelive_mockserver.faults import FaultStage
from voicelive_mockserver.journal.journal import SessionJournal
from voicelive_mockserver.server import admission, session_registry
from voicelive_protocol import API_VERSIONS

NATIVE, CASCADED = "gpt-realtime", "gpt-4o"


def broken(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("a fault of this program")


def errors(events: list[Event]) -> list[str]:
    return [event["error"]["type"] for event in every(events, "error")]


@pytest.mark.parametrize("model", [NATIVE, CASCADED])
def test_a_timed_action_that_fails(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client gets a `server_error`, and the session continues."""
    talk = Session(model=model)
    talk.finish()
    monkeypatch.setattr(Transcriptions, "complete", broken)
    name = "whisper-1" if model == NATIVE else "azure-speech"
    talk.ask(update(input_audio_transcription={"model": name}))
    events = talk.ask(*appends(spoken()))
    assert errors(events) == ["server_error"]
    # The turn is in the conversation, and is answered.
    assert "conversation.item.created" in types(events)
    assert only(events, "response.done")["response"]["status"] == "completed"
    monkeypatch.undo()
    events = talk.ask(*appends(spoken()))
    assert errors(events) == []
    assert "response.done" in types(events)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Stream, "_finish_item"),
        (ResponseRun, "_stream"),
        (ResponseRun, "_close_current"),
        (ReplySource, "_reply"),
        (ReplySource, "_input_usage"),
    ],
)
def test_a_response_that_fails_does_not_block_the_next(
    owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response ends as failed, whichever step of its production fails."""
    talk = Session()
    talk.finish()
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, broken)
        done = only(talk.ask(respond()), "response.done")["response"]
        assert done["status"] == "failed"
        assert done["status_details"]["error"]["code"] == "server_error"
    done = only(talk.ask(respond()), "response.done")["response"]
    assert done["status"] == "completed"


@pytest.mark.parametrize("name", ["_close_current", "_finish_item"])
def test_a_response_that_cannot_be_cancelled(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response whose cancellation fails still ends, exactly once."""
    talk = Session()
    talk.finish()
    talk.send(respond())
    talk.until("response.audio.delta")
    with monkeypatch.context() as patch:
        owner = ResponseRun if name == "_close_current" else Stream
        patch.setattr(owner, name, broken)
        done = only(talk.ask({"type": "response.cancel"}), "response.done")
        assert done["response"]["status"] == "failed"
    done = only(talk.ask(respond()), "response.done")
    assert done["response"]["status"] == "completed"


@pytest.mark.parametrize(("speed", "method"), [(20, "advance"), (inf, "receive")])
async def test_a_session_whose_engine_fails(
    speed: float, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pending events are sent, then a `server_error`, then close code 1011."""
    async with MockServer(speed=speed) as mock, session(mock) as other:
        async with session(mock) as client:
            usual = getattr(SessionEngine, method)

            def work_and_fail(engine: SessionEngine, *arguments: Any) -> None:
                usual(engine, *arguments)
                if engine._context.outbox.size:
                    broken()

            monkeypatch.setattr(SessionEngine, method, work_and_fail)
            client.writer.write(frame(respond()))
            assert (await client.event())["type"] == "response.created"
            event = await client.event()
            while event["type"] != "error":
                event = await client.event()
            assert event["error"]["type"] == "server_error"
            assert await client.close_code() == 1011
            monkeypatch.undo()
        assert await other.is_alive()
        await sessions_closed(mock, at_most=1)
        assert mock.last_session.close_code == 1011


async def test_handshakes_that_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handshake or session that fails is answered at once."""
    async with MockServer(speed=inf) as mock:
        with monkeypatch.context() as patch:
            patch.setattr(admission, "answer_handshake", broken)
            async with peer(mock) as client:
                client.writer.write(upgrade(mock))
                async with asyncio.timeout(20):
                    assert b" 500 " in await client.reader.readline()
        with monkeypatch.context() as patch:
            patch.setattr(session_registry, "SessionEngine", broken)
            async with peer(mock) as client:
                client.writer.write(upgrade(mock))
                assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")
                assert await client.close_code() == 1011
        async with session(mock) as client:
            assert await client.is_alive()


@pytest.mark.parametrize("method", ["send", "take"])
async def test_faults_that_fail(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events bypass faults that fail; then the session closes with 1011."""
    server = MockServer(speed=inf, faults=["delay:0:event=error"])
    async with server as mock, session(mock) as client:
        monkeypatch.setattr(FaultStage, method, broken)
        answer = await client.ask(frame({"type": "input_audio_buffer.clear"}))
        assert answer["type"] == "input_audio_buffer.cleared"
        assert (await client.event())["error"]["type"] == "server_error"
        assert await client.close_code() == 1011


async def test_a_journal_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that cannot be recorded are sent, exactly once."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        monkeypatch.setattr(SessionJournal, "record_sent", broken)
        answer = await client.ask(frame({"type": "input_audio_buffer.clear"}))
        assert answer["type"] == "input_audio_buffer.cleared"
        assert (await client.event())["error"]["type"] == "server_error"
        assert await client.close_code() == 1011


async def test_timed_actions_over_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a finite speed, a failed action gives an error, and the session continues."""
    async with MockServer(speed=50) as mock, session(mock) as client:
        monkeypatch.setattr(Transcriptions, "complete", broken)
        client.writer.write(
            frame(update(input_audio_transcription={"model": "whisper-1"}))
        )
        client.writer.write(b"".join(map(frame, appends(spoken()))))
        seen: list[Event] = []
        async with asyncio.timeout(20):
            while not {"error", "response.done"} <= set(types(seen)):
                seen.append(await client.event())
        assert errors(seen) == ["server_error"]
        monkeypatch.undo()
        client.writer.write(frame({"type": "input_audio_buffer.clear"}))
        assert (await client.event())["type"] == "input_audio_buffer.cleared"


@pytest.mark.parametrize("model", [NATIVE, CASCADED])
@pytest.mark.parametrize("when", ["speech_started", "committed"])
def test_an_item_cannot_take_the_id_of_a_spoken_turn(model: str, when: str) -> None:
    """The announced identifier of a turn is reserved for it."""
    talk = Session(model=model)
    talk.finish()
    talk.send(*appends(silence(300) + tone(1000)))
    found = talk.wait(0)
    (started,) = every(found, "input_audio_buffer.speech_started")
    if when == "committed":
        talk.send(*appends(silence(1000)))
        (committed,) = every(talk.wait(0), "input_audio_buffer.committed")
        assert committed["item_id"] == started["item_id"]
    taken = user("Hello.")
    taken["item"]["id"] = started["item_id"]
    # On cascaded models, the item comes only after its transcription.
    talk.send(taken)
    events = talk.wait(0.2)
    (refused,) = every(events, "error")
    assert started["item_id"] in refused["error"]["message"]
    events += talk.ask(*appends(silence(1000)))
    items = [
        event["item"]
        for event in talk.events
        if event["type"] == "conversation.item.created"
        and event["item"]["id"] == started["item_id"]
    ]
    assert [item["content"][0]["type"] for item in items] == ["input_audio"]
    assert "response.done" in types(talk.events)
    assert "server_error" not in errors(talk.events)


def test_the_id_of_dropped_speech_can_be_used() -> None:
    """Dropping speech releases the identifier that was announced for it."""
    talk = Session()
    talk.finish()
    talk.send(*appends(silence(300) + tone(1000)))
    (started,) = every(talk.wait(0), "input_audio_buffer.speech_started")
    talk.send({"type": "input_audio_buffer.clear"})
    mine = user("Hello.")
    mine["item"]["id"] = started["item_id"]
    created = only(talk.ask(mine), "conversation.item.created")
    assert created["item"]["id"] == started["item_id"]


@pytest.mark.parametrize("model", [NATIVE, CASCADED])
def test_items_of_another_session_with_the_same_seed(model: str) -> None:
    """Restored items may have identifiers that the session would generate."""
    earlier = Session(model=model)
    earlier.finish()
    earlier.ask(user("Hello."), respond())
    earlier.ask(*appends(spoken()))
    made = [
        event["item"]["id"]
        for event in every(earlier.events, "conversation.item.created")
    ]
    later = Session(model=model)
    later.finish()
    for item_id in made:
        item = user("Hello.")
        item["item"]["id"] = item_id
        assert types(later.ask(item)) == ["conversation.item.created"]
    later.ask(user("Hello."), respond())
    later.ask(*appends(spoken()))
    done = every(later.events, "response.done")
    assert [event["response"]["status"] for event in done] == ["completed"] * 2
    created = every(later.events, "conversation.item.created")
    ids = [event["item"]["id"] for event in created]
    assert len(ids) == len(set(ids)) == 2 * len(made)


def test_a_limit_of_tokens_for_an_answer_without_words() -> None:
    """A reply without words is incomplete under a token limit, and does not fail."""
    talk = Session(responder=lambda _: "")
    talk.finish()
    done = only(talk.ask(respond(max_output_tokens=1)), "response.done")
    assert done["response"]["status"] == "incomplete"


def test_a_rejected_update_leaves_the_session_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rejected update changes no setting, not even valid ones."""
    talk = Session()
    talk.finish()
    configure = UserTurns.configure
    calls = []

    def once(turns: Any) -> None:
        calls.append(turns)
        if len(calls) == 1:
            broken()
        configure(turns)

    monkeypatch.setattr(UserTurns, "configure", once)
    events = talk.ask(update(instructions="Be rude."))
    assert errors(events) == ["server_error"]
    updated = only(talk.ask(update(temperature=0.8)), "session.updated")
    assert updated["session"]["instructions"] != "Be rude."
    assert errors(talk.ask(append(bytes(4800)))) == []


@pytest.mark.parametrize("model", [NATIVE, CASCADED])
@pytest.mark.parametrize("version", API_VERSIONS)
@pytest.mark.parametrize("echo", [{}, {"reference_source": "server", "channels": 1}])
def test_echo_cancellation_without_a_type(
    model: str, version: str, echo: dict[str, Any]
) -> None:
    """An object without its tag is rejected, in every API version."""
    talk = Session(model=model, api_version=version)
    talk.finish()
    (refused,) = talk.ask(update(input_audio_echo_cancellation=echo))
    assert refused["error"]["code"] == "invalid_session_update_message"
    assert "input_audio_echo_cancellation.type" in refused["error"]["message"]
    assert "response.done" in types(talk.ask(*appends(spoken())))


def test_a_ready_made_message_without_a_type() -> None:
    """An object without its tag is rejected in a request for a response, too."""
    talk = Session()
    talk.finish()
    message = {"role": "assistant", "content": [{"type": "text", "text": "Hello."}]}
    (refused,) = talk.ask(respond(pre_generated_assistant_message=message))
    assert refused["error"]["code"] == "missing_required_parameter"
    assert refused["error"]["param"] == "response.pre_generated_assistant_message.type"
