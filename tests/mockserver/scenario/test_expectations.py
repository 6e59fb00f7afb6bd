"""Expectations about the client, and reports of unmet ones."""

from __future__ import annotations

import json
import logging
from math import inf
from typing import Any

import pytest

from tests.support.engine_driver import Event, append, output, respond, update, user
from tests.support.mock_client import connected
from voicelive_mockserver import MockServer
from voicelive_mockserver.scenario import (
    AnswersCall,
    Expectation,
    ExpectationTracker,
    NeverSends,
    PlaysAllTurns,
    Scenario,
    ScriptedTurn,
    Sends,
    SendsInOrder,
    Truncates,
    UpdatesSession,
)

STARTED = {"type": "input_audio_buffer.speech_started"}
CALLED = {
    "type": "response.function_call_arguments.done",
    "call_id": "call_1",
    "name": "f",
}


def truncate(audio_end_ms: Any) -> Event:
    return {"type": "conversation.item.truncate", "audio_end_ms": audio_end_ms}


def outcome(expectation: Expectation, *events: Event) -> str:
    """Return the detail of an expectation after events."""
    watch = ExpectationTracker([expectation], lambda: [])
    for event in events:
        from_client = event["type"] not in (STARTED["type"], CALLED["type"])
        watch.record(json.dumps(event).encode(), from_client=from_client)
    (result,) = watch.outcomes
    assert result.met is (result.detail == "")
    return result.detail


@pytest.mark.parametrize(
    ("expectation", "events", "detail"),
    [
        (Sends("response.create"), [], "it was not sent"),
        (Sends("response.create"), [respond()], ""),
        (Sends("response.create", at_least=2), [respond()], "it was sent once"),
        (Sends("response.create", at_most=1), [respond()] * 2, "it was sent 2 times"),
        (Sends("response.create", at_least=0, at_most=1), [], ""),
        (Sends("session.update", {"session": {"voice": {"name": "ada"}}}),
         [update(voice={"name": "ada", "type": "x"}, tools=[])], ""),
        (Sends("session.update", {"session": {"voice": {"name": "ada"}}}),
         [update(voice={"type": "x"}), update(voice="ada")], "it was not sent"),
        (Sends("session.update", {"session": {"tools": [{"name": "f"}]}}),
         [update(tools=[{"name": "f", "type": "function"}])], ""),
        (Sends("session.update", {"session": {"tools": [{"name": "f"}]}}),
         [update(tools=[{"name": "g"}])], "it was not sent"),
        (Sends("response.create", after=STARTED["type"]), [STARTED, respond()], ""),
        (Sends("response.create", after=STARTED["type"]), [respond(), STARTED],
         "it was not sent"),
        (Sends("response.create", after=STARTED["type"]), [respond()],
         "there was no input_audio_buffer.speech_started"),
        (NeverSends("response.cancel"), [respond()], ""),
        (NeverSends("response.cancel"), [{"type": "response.cancel"}],
         "it was sent once"),
        (NeverSends("response.create", {"response": {"voice": "x"}}), [respond()], ""),
        (NeverSends("response.create", after=STARTED["type"]), [respond()], ""),
        (SendsInOrder(["session.update", "response.create"]),
         [update(), user("x"), respond()], ""),
        (SendsInOrder(["session.update", "response.create"]),
         [respond(), update()], "response.create did not come in its turn"),
        (UpdatesSession({"voice": {"name": "ada"}, "tools": []}),
         [update(voice={"name": "ada"}), update(tools=[])], ""),
        (UpdatesSession({"voice": {"name": "ada"}}),
         [update(voice={"name": "ada"}), update(voice={"name": "bob"})],
         "session.voice was not set to that"),
        (UpdatesSession({"turn_detection": None}), [update(turn_detection=None)], ""),
        (UpdatesSession({"turn_detection": None}), [update()],
         "session.turn_detection was not set to that"),
        (AnswersCall("f"), [], "f was not called"),
        (AnswersCall("f"), [CALLED], "call_1 got no output"),
        (AnswersCall("f"), [CALLED, output("call_2", "x")], "call_1 got no output"),
        (AnswersCall("f"), [CALLED, user("call_1")], "call_1 got no output"),
        (AnswersCall("f"), [CALLED, output("call_1", "x")], ""),
        (AnswersCall("f"), [CALLED, CALLED | {"call_id": "call_2"},
         output("call_1", "x")], "call_2 got no output"),
        (AnswersCall("g"), [CALLED, output("call_1", "x")], "g was not called"),
        (AnswersCall("f", "y"), [CALLED, output("call_1", "xyz")], ""),
        (AnswersCall("f", "y"), [CALLED, output("call_1", "x")], "the output was 'x'"),
        (AnswersCall("f"),
         [CALLED, output("call_1", "x"), CALLED | {"call_id": "call_2"}],
         "call_2 got no output"),
        (Truncates(), [], "there was no input_audio_buffer.speech_started"),
        (Truncates(), [truncate(5), STARTED], "nothing was truncated"),
        (Truncates(), [STARTED, truncate(5)], ""),
        (Truncates(10, 20), [STARTED, truncate(5)], "audio_end_ms was 5"),
        (Truncates(10, 20), [STARTED, truncate(25)], "audio_end_ms was 25"),
        (Truncates(10, 20), [STARTED, truncate(25), truncate(15)], ""),
        (Truncates(), [STARTED, truncate("5")], "nothing was truncated"),
    ],
)  # fmt: skip
def test_outcomes(expectation: Expectation, events: list[Event], detail: str) -> None:
    """Each expectation, met and not."""
    assert outcome(expectation, *events) == detail


def test_invalid_frames_are_ignored() -> None:
    """Tracking continues after any frame of a client."""
    watch = ExpectationTracker([Sends("response.create")], lambda: [])
    for frame in (b"", b"[]", b'{"type": []}', b"\xff", b"[" * 10_000):
        for from_client in (True, False):
            watch.record(frame, from_client=from_client)
    assert not watch.outcomes[0].met


def test_outcomes_explain_themselves() -> None:
    """As text, an outcome has the expectation and the reason why it is not met."""
    watch = ExpectationTracker(
        [Sends("response.create"), PlaysAllTurns()], lambda: ["x"]
    )
    assert [str(item) for item in watch.outcomes] == [
        'sends (event: "response.create", at_least: 1): not met: it was not sent',
        "plays_all_turns: not met: not played: x",
    ]


async def test_a_server_logs_unmet_expectations(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Outcomes can be read at any time and are logged at the end."""
    scenario = Scenario(
        turns=[ScriptedTurn(reply="One."), ScriptedTurn(heard="Go on.", reply="Two.")],
        expect=[
            UpdatesSession({"modalities": ["text"]}),
            NeverSends("response.cancel"),
            Sends("input_audio_buffer.append"),
            PlaysAllTurns(),
        ],
    )
    with caplog.at_level(logging.WARNING):
        async with (
            MockServer(speed=inf, scenario=scenario, journal_limit=0) as server,
            connected(server) as client,
        ):
            await client.until("session.created")
            met = [item.met for item in server.sessions[0].expectations]
            assert met == [False, True, False, False]
            await client.send(update(), append(bytes(4800)))
            await client.ask(update(modalities=["text"]), user("Hello"), respond())
    met = [item.met for item in server.sessions[0].expectations]
    assert met == [True, True, True, False]
    (record,) = [item for item in caplog.records if item.levelno == logging.WARNING]
    assert record.getMessage().endswith('not played: turn 2 ("Go on.")')


async def test_without_expectations_there_are_no_outcomes() -> None:
    """With a scenario without expectations, and without a scenario."""
    for scenario in (Scenario(), None):
        async with (
            MockServer(speed=inf, scenario=scenario) as server,
            connected(server) as client,
        ):
            await client.until("session.created")
            assert server.sessions[0].expectations == ()
