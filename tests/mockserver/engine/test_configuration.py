"""The configuration phase, before the first accepted `session.update`."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    append,
    every,
    only,
    respond,
    types,
    update,
    user,
)
from tests.support.mock_client import connected
from voicelive_core.command_line.parser import CommandParser
from voicelive_mockserver import MockServer, VirtualSession
from voicelive_mockserver.cli import add_arguments
from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.scenario import Scenario, SessionSettings
from voicelive_protocol import API_VERSIONS

NOT_CONFIGURED = "invalid_session_update_message"
GIVEN_UP = "max_config_attempts_exceeded"
OPTIONS = [
    ([], None),
    (["--require-configuration"], True),
    (["--no-require-configuration"], False),
]
AUDIO = append(bytes(4800))
MISSPELT = {"type": "session.update", "session": {"modality": ["text"]}}
OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP 111\r\n"


def new_session(**options: Any) -> Session:
    """Return a session that must be configured first."""
    session = Session(require_configuration=True, **options)
    session.finish()
    return session


def errors(events: list[Event]) -> list[Event]:
    """Return the content of the `error` events."""
    return [event["error"] for event in every(events, "error")]


def codes(events: list[Event]) -> list[str]:
    """Return the codes of the `error` events."""
    return [error["code"] for error in errors(events)]


def test_the_fifth_message_without_a_configuration_ends_the_session() -> None:
    """Eight appends: four errors, then a fatal one and close code 1008."""
    session = Session(require_configuration=True)
    events = session.ask(*[AUDIO] * 8)
    assert types(events) == ["session.created", *["error"] * 5]
    assert codes(events) == [NOT_CONFIGURED] * 4 + [GIVEN_UP]
    assert {error["param"] for error in errors(events)} == {"type"}
    text = "Session configuration failed after 5 attempts."
    assert errors(events)[-1]["message"] == text
    closing = session.engine.closing
    assert closing is not None
    assert (closing.code, closing.reason) == (1008, text)
    assert session.ask(update()) == []


@pytest.mark.parametrize(
    "frame",
    [
        user("Hello"),
        respond(),
        {"type": "response.cancel"},
        {"type": "input_audio_buffer.append", "event_id": "mine", "audio": "AAAA"},
        {"type": "transcription_session.update", "session": {}},
        {"type": "no.such.event"},
        {"type": "conversation.item.create"},
        {"type": 5},
        {},
        "[]",
        "{",
        "",
    ],
)
def test_any_other_message_is_rejected_first(frame: Event | str) -> None:
    """Each counts as one attempt: known, unknown or unreadable."""
    session = new_session()
    refused = session.ask(frame)
    assert codes(refused) == [NOT_CONFIGURED]
    assert errors(refused)[0]["param"] == "type"
    event_id = frame.get("event_id") if isinstance(frame, dict) else None
    assert errors(refused)[0]["event_id"] == event_id
    assert "session.update" in errors(refused)[0]["message"]
    assert codes(session.ask(*[frame] * 4)) == [NOT_CONFIGURED] * 3 + [GIVEN_UP]


@pytest.mark.parametrize("sent", [{}, {"instructions": "Be brief."}])
def test_an_accepted_update_ends_the_phase(sent: Event) -> None:
    """An empty update is enough, also after failed attempts."""
    session = new_session()
    assert codes(session.ask(*[AUDIO] * 4)) == [NOT_CONFIGURED] * 4
    assert types(session.ask(update(**sent))) == ["session.updated"]
    assert session.ask(*[AUDIO] * 8) == []
    assert codes(session.ask("{", "{", MISSPELT)) == [
        "invalid_json",
        "invalid_json",
        NOT_CONFIGURED,
    ]
    assert session.ask(user("Hello"), respond())[-1]["type"] == "response.done"
    assert session.engine.closing is None


def test_a_rejected_update_is_an_attempt() -> None:
    """Its error names the problem; later messages are still rejected."""
    session = new_session()
    events = session.ask(MISSPELT, AUDIO, update(modalities=["audio"]), "{")
    assert codes(events) == [
        NOT_CONFIGURED,
        NOT_CONFIGURED,
        "invalid_value",
        NOT_CONFIGURED,
    ]
    assert "session.modality" in errors(events)[0]["message"]
    assert types(session.ask(update(modalities=["text"]))) == ["session.updated"]
    assert session.ask(user("Hello"), respond())[-1]["type"] == "response.done"


def test_rejected_updates_alone_end_the_session() -> None:
    """The fifth error is the fatal one, not that of the update."""
    session = new_session()
    events = session.ask(*[{**MISSPELT, "event_id": "last"}] * 5)
    assert codes(events) == [NOT_CONFIGURED] * 4 + [GIVEN_UP]
    assert errors(events)[-1]["event_id"] == "last"


def test_messages_right_after_an_update_are_accepted() -> None:
    """Messages are handled in order, so a client need not wait."""
    session = Session(require_configuration=True)
    session.send(update(turn_detection=None), AUDIO, user("Hello"), respond())
    events = session.finish()
    assert types(events)[:3] == [
        "session.created",
        "session.updated",
        "conversation.item.created",
    ]
    assert not every(events, "error")


@pytest.mark.parametrize("version", API_VERSIONS)
@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
def test_every_version_and_pipeline_has_the_phase(version: str, model: str) -> None:
    """It depends neither on the API version nor on the pipeline."""
    session = new_session(api_version=version, model=model)
    assert codes(session.ask(AUDIO)) == [NOT_CONFIGURED]
    assert types(session.ask(update())) == ["session.updated"]


@pytest.mark.parametrize("key", ["instructions", "tools"])
def test_an_agent_brings_its_own_settings(key: str) -> None:
    """Settings of the agent cannot be updated, with separate codes."""
    session = new_session(model="gpt-4o", agent=Agent("helper", "project"))
    value = {
        "instructions": "Be brief.",
        "tools": [{"type": "function", "name": "f", "parameters": {}}],
    }[key]
    for _ in range(4):
        (error,) = errors(session.ask(update(**{key: value})))
        assert error["code"] == f"{key}_configuration_not_supported"
        assert error["param"] == f"session.{key}"
    empty = type(value)()
    assert types(session.ask(update(**{key: empty}))) == ["session.updated"]


def test_an_unknown_voice_ends_the_session() -> None:
    """A fatal error keeps its code in the configuration phase."""
    session = new_session()
    voice = {"type": "azure-standard", "name": "nonsense"}
    assert codes(session.ask(update(voice=voice))) == ["invalid_voice"]
    assert session.engine.closing is not None


def test_signalling_begins_with_the_offer() -> None:
    """An offer of a WebRTC call is not an attempt; its settings count.

    Source: only the WebRTC guide, in which the offer is the first message.
    """
    version = "2026-06-01-preview"
    offer = {"type": "rtc.call.sdp.create", "sdp_offer": OFFER}
    session = new_session(api_version=version)
    assert types(session.ask(offer)) == ["rtc.call.sdp.created"]
    assert codes(session.ask(AUDIO)) == [NOT_CONFIGURED]
    session = new_session(api_version=version)
    assert types(session.ask({**offer, "session": {}})) == [
        "session.updated",
        "rtc.call.sdp.created",
    ]
    assert session.ask(AUDIO) == []


@pytest.mark.parametrize("speed", [inf, 20])
async def test_the_socket_is_closed_after_the_fifth_message(speed: float) -> None:
    """The errors precede the close; binary messages count, too."""
    async with (
        MockServer(speed=speed, require_configuration=True) as server,
        connected(server) as client,
    ):
        await client.websocket.send_bytes(b"binary")
        await client.send(*[AUDIO] * 7)
        events = [
            event
            for _ in range(5)
            for event in await client.until("error")
            if event["type"] == "error"
        ]
        assert codes(events) == [NOT_CONFIGURED] * 4 + [GIVEN_UP]
        assert await client.closed() == 1008
        assert server.last_session.close_code == 1008
        assert server.metrics.errors == {NOT_CONFIGURED: 4, GIVEN_UP: 1}
        assert len(server.last_session.sent("input_audio_buffer.append")) >= 4


async def test_the_argument_takes_precedence_over_the_scenario() -> None:
    """As for speed and seed."""
    scenario = Scenario(session=SessionSettings(require_configuration=True))
    for required, count in ((None, 1), (False, 0)):
        async with (
            MockServer(
                speed=inf, scenario=scenario, require_configuration=required
            ) as server,
            connected(server) as client,
        ):
            await client.send(user("Hello"), update())
            events = await client.until("session.updated")
            assert len(every(events, "error")) == count


def test_virtual_sessions_have_the_option() -> None:
    """The phase does not depend on a socket."""
    session = VirtualSession(require_configuration=True)
    session.send(AUDIO, {"type": "session.update", "session": {}}, AUDIO)
    kinds = [event["type"] for event in session.finish()]
    assert kinds == ["session.created", "error", "session.updated"]
    assert only(session.events, "error")["error"]["code"] == NOT_CONFIGURED


@pytest.mark.parametrize(("option", "required"), OPTIONS)
def test_the_command_has_the_option(option: list[str], required: bool | None) -> None:
    """It is on, off, or that of the scenario."""
    parser = CommandParser("voicelive mock")
    add_arguments(parser)
    assert parser.parse_args(option).require_configuration is required
