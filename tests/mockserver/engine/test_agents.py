"""Sessions with a Foundry agent instead of a model."""

from __future__ import annotations

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    every,
    only,
    respond,
    types,
    update,
    user,
)
from voicelive_mockserver import (
    AgentEvent,
    Reply,
    ReplyRequest,
    Say,
    SearchFiles,
    SearchWeb,
)
from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.handshake import (
    AcceptedHandshake,
    FailedHandshake,
    answer_handshake,
)

AGENT = Agent("helper", "project", "3")
QUERY = {
    "api-version": "2026-04-10",
    "agent-name": "helper",
    "agent-project-name": "project",
}
BEARER = {"Authorization": "Bearer token"}


def agent_session(**options: object) -> Session:
    session = Session(model="gpt-4o", agent=AGENT, **options)  # type: ignore[arg-type]
    session.finish()
    return session


def test_the_handshake_names_the_agent() -> None:
    """Name, project, version and conversation come from the query."""
    query = QUERY | {"agent-version": "3", "conversation-id": "conv_1"}
    accepted = answer_handshake(query, BEARER, "key")
    assert isinstance(accepted, AcceptedHandshake)
    assert accepted.agent == Agent("helper", "project", "3", "conv_1")


@pytest.mark.parametrize(
    ("changes", "removed", "message"),
    [
        ({}, "agent-project-name", "Missing required agent project name"),
        (
            {"agent_name": "helper"},
            "agent-name",
            "Failed to initialize the agent",
        ),
        (
            {"agent_project_name": "project"},
            "agent-project-name",
            "Failed to initialize the agent",
        ),
        ({"agent-id": "a"}, "agent-name", "Classic foundry agent is not supported"),
        (
            {"agent-id": "a", "api-version": "2025-10-01"},
            "agent-project-name",
            "Missing required agent connection string or project name",
        ),
        ({"api-version": "2025-10-01"}, "", "Failed to initialize the agent"),
    ],
)
def test_agents_that_cannot_be_used(
    changes: dict[str, str], removed: str, message: str
) -> None:
    """An unusable agent is reported by an `error` event after the upgrade."""
    query = {key: value for key, value in QUERY.items() if key != removed} | changes
    failed = answer_handshake(query, BEARER, "key")
    assert isinstance(failed, FailedHandshake)
    assert failed.error.message.startswith(message)


def test_classic_agents_of_the_first_version() -> None:
    """Before 2026-04-10, an agent can be named by its identifier."""
    query = {"api-version": "2025-10-01", "agent_id": "asst_1", "project_id": "p"}
    accepted = answer_handshake(query, BEARER, "key")
    assert isinstance(accepted, AcceptedHandshake)
    assert accepted.agent == Agent("asst_1", "p", is_classic=True)


def test_the_session_shows_its_agent() -> None:
    """Agents by name have neither an identifier nor a thread (quickstart)."""
    session = agent_session()
    events = [*session.events, *session.ask(update(turn_detection=None))]
    for event in events:
        assert list(event["session"]["agent"].items()) == [
            ("type", "agent"),
            ("name", "helper"),
            ("description", ""),
            ("agent_id", None),
            ("thread_id", None),
        ]
        assert event["session"]["voice"]["temperature"] == 0.8
    assert "agent" not in Session().finish()[0]["session"]


def test_a_classic_agent_has_an_identifier_and_a_thread() -> None:
    """Sessions of classic agents have both."""
    agent = Agent("asst_1", "p", is_classic=True)
    session = Session(api_version="2025-10-01", model="gpt-4o", agent=agent)
    shown = session.finish()[0]["session"]
    assert shown["agent"]["agent_id"] == "asst_1"
    assert shown["agent"]["thread_id"].startswith("conv_")
    assert "temperature" not in shown["voice"]


def test_a_voice_keeps_the_temperature_it_was_sent_with() -> None:
    """Only a voice without a temperature gets the default."""
    session = agent_session()
    for sent, shown in ((0.3, 0.3), (None, 0.8)):
        voice: Event = {"type": "azure-standard", "name": "en-US-EmmaNeural"}
        if sent is not None:
            voice["temperature"] = sent
        (event,) = session.ask(update(voice=voice))
        assert event["session"]["voice"]["temperature"] == shown


def test_instructions_belong_to_the_agent() -> None:
    """Instructions in a request for a response are rejected."""
    (event,) = agent_session().ask(respond(instructions="Be rude."))
    assert event["error"]["message"] == (
        "Overriding instructions in response.create is not supported"
    )


def test_invoke_input() -> None:
    """Input for a hosted agent is returned in separate events."""
    session = agent_session(api_version="2026-07-15")
    session.ask(update(modalities=["text"]))
    events = session.ask(respond(invoke_input={"order": 7}))
    delta = only(events, "response.invocation.delta")
    assert delta["delta"] == {"type": "invocation", "input": {"order": 7}}
    assert "response.text.done" in types(events)


@pytest.mark.parametrize(
    ("version", "code"),
    [("2026-07-15", "invalid_request_error"), ("2026-04-10", "unknown_parameter")],
)
def test_invoke_input_needs_an_agent(version: str, code: str) -> None:
    """Without an agent, or in an older version, it is rejected."""
    (event,) = Session(api_version=version).ask(respond(invoke_input={}))[1:]
    assert event["error"]["code"] == code


SEARCHES = Reply(
    (
        SearchWeb("sunglasses"),
        SearchFiles(("opening hours",), ({"filename": "shop.txt", "text": "9 to 5"},)),
        AgentEvent({"step": 1}),
        Say("From nine to five.", annotations=({"type": "url_citation"},)),
    )
)


def searching(_request: ReplyRequest) -> Reply:
    return SEARCHES


def search_run(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["type"].startswith(f"response.{kind}.")]


def test_searches() -> None:
    """A search is an item with three counted steps."""
    session = agent_session(responder=searching, api_version="2026-07-15")
    events = session.ask(user("When?"), respond())
    for kind in ("web_search_call", "file_search_call"):
        steps = search_run(events, kind)
        assert [event["type"].rpartition(".")[2] for event in steps] == [
            "in_progress",
            "searching",
            "completed",
        ]
        assert [event["sequence_number"] for event in steps] == [0, 1, 2]
    items = only(events, "response.done")["response"]["output"]
    assert [item["type"] for item in items] == [
        "web_search_call",
        "file_search_call",
        "message",
    ]
    assert items[0]["action"] == {"type": "search", "query": "sunglasses"}
    assert items[1]["queries"] == ["opening hours"]
    assert items[1]["results"] is None
    assert {item["status"] for item in items} == {"completed"}


def test_results_of_file_searches_must_be_included() -> None:
    """Results are sent only to clients that include them."""
    session = agent_session(responder=searching)
    session.ask(update(include=["file_search_call.results"]))
    events = session.ask(respond())
    item = only(events, "response.done")["response"]["output"][1]
    assert item["results"] == [{"filename": "shop.txt", "text": "9 to 5"}]


def test_annotations_of_spoken_text() -> None:
    """Annotations follow the transcript, before it is done."""
    session = agent_session(responder=searching)
    events = session.ask(respond())
    added = only(events, "response.audio_transcript.annotation.added")
    assert list(added)[2:] == [
        "response_id",
        "item_id",
        "output_index",
        "content_index",
        "annotation_index",
        "annotation",
    ]
    assert added["annotation"] == {"type": "url_citation"}
    order = types(events)
    assert order.index("response.audio_transcript.annotation.added") < order.index(
        "response.audio_transcript.done"
    )


@pytest.mark.parametrize(
    ("version", "kinds", "invocations"),
    [
        ("2026-01-01-preview", ["message"], 0),
        ("2026-04-10", ["web_search_call", "file_search_call", "message"], 0),
        ("2026-06-01-preview", ["web_search_call", "file_search_call", "message"], 1),
    ],
)
def test_older_versions_omit_agent_outputs(
    version: str, kinds: list[str], invocations: int
) -> None:
    """Searches, annotations and invocations exist only in later versions."""
    events = agent_session(responder=searching, api_version=version).ask(respond())
    output = only(events, "response.done")["response"]["output"]
    assert [item["type"] for item in output] == kinds
    assert len(every(events, "response.invocation.delta")) == invocations
