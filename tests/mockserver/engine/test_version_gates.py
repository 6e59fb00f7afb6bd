"""Events match the schema of the API version, for any request."""

from __future__ import annotations

import pytest

from tests.support.engine_driver import (
    AZURE_VOICE,
    Event,
    Session,
    appends,
    every,
    only,
    respond,
    spoken,
    types,
    update,
)
from voicelive_mockserver import (
    AgentEvent,
    CallFunction,
    CallMcp,
    Reply,
    ReplyRequest,
    Say,
    SearchFiles,
    SearchWeb,
)
from voicelive_mockserver.engine.agents import Agent
from voicelive_protocol import API_VERSIONS, DEFAULT_API_VERSION

pytestmark = pytest.mark.slow

EVERYTHING = Reply(
    (
        Say("Everything at once, please.", annotations=({"type": "note"},)),
        SearchWeb("everything"),
        SearchFiles(("everything",), ({"filename": "a.txt"},)),
        AgentEvent({"a": 1}),
        CallMcp("search", {"query": "x"}, needs_approval=True),
        CallMcp("search", {"query": "x"}, needs_approval=False),
        CallFunction("look_up", {"a": 1}),
    )
)
UPDATES: tuple[Event, ...] = (
    update(voice=AZURE_VOICE, output_audio_timestamp_types=["word"]),
    update(animation={"outputs": ["viseme_id", "blendshapes"]}),
    update(include=["file_search_call.results"]),
    update(interim_response={"type": "static_interim_response", "texts": ["Hm."]}),
    update(reasoning_effort="low", metadata={"a": "b"}),
    update(
        tools=[
            {
                "type": "mcp",
                "server_label": "docs",
                "server_url": "https://docs.example/mcp",
            }
        ]
    ),
    update(
        avatar={
            "character": "lisa",
            "customized": False,
            "output_protocol": "websocket",
        }
    ),
    update(avatar={"character": "lisa", "customized": False}),
)


def everything(request: ReplyRequest) -> Reply:
    # Without its server, a call of an MCP tool would fail the response.
    if request.tools:
        return EVERYTHING
    return Reply(tuple(o for o in EVERYTHING.outputs if not isinstance(o, CallMcp)))


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-5", "agent"])
@pytest.mark.parametrize("version", API_VERSIONS)
def test_everything_in_every_version(version: str, model: str) -> None:
    """The driver validates every event."""
    is_agent = model == "agent"
    session = Session(
        model="gpt-4o" if is_agent else model,
        api_version=version,
        agent=Agent("helper", "project") if is_agent else None,
        responder=everything,
    )
    for event in UPDATES:
        # Agents have their own tools.
        if not (is_agent and "tools" in event["session"]):
            session.ask(event)
    session.ask(*appends(spoken()))
    events = session.ask(respond(), {"type": "output_audio_buffer.clear"})
    assert only(events, "response.done")["response"]["status"] == "completed"
    if version >= DEFAULT_API_VERSION:
        assert not every(events, "error")
        kinds = [
            item["type"] for item in only(events, "response.done")["response"]["output"]
        ]
        expected = {
            "message",
            "web_search_call",
            "file_search_call",
            "function_call",
        }
        if not is_agent:
            expected |= {"mcp_approval_request", "mcp_call"}
        assert set(kinds) == expected
    assert "response.animation_viseme.delta" in types(events)
