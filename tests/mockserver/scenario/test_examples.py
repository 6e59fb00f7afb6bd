"""Example scenarios, each with a plain WebSocket client."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from math import inf
from typing import Any

import pytest

from tests.support.engine_driver import (
    WEATHER_TOOL,
    appends,
    every,
    only,
    output,
    respond,
    said,
    spoken,
    types,
    update,
    user,
)
from tests.support.mock_client import connected, refused
from voicelive_mockserver import MockServer
from voicelive_mockserver.scenario import example_names

TEXT = update(modalities=["text"])
SPEECH = appends(spoken(), 500)
CALL_DONE = "response.function_call_arguments.done"


def unmet(server: MockServer) -> list[str]:
    """Return the unmet expectations of the newest session."""
    outcomes = server.sessions[-1].expectations
    assert outcomes
    return [str(outcome) for outcome in outcomes if not outcome.met]


def played(name: str, **options: Any) -> MockServer:
    """Return a server that plays an example without waiting."""
    return MockServer(scenario=name, **{"speed": inf, **options})


def test_every_example_is_played_here() -> None:
    """Every example has a test."""
    tested = {
        name.removeprefix("test_") for name in globals() if name.startswith("test_")
    }
    assert set(example_names()) <= tested


async def test_greeting() -> None:
    """The assistant speaks first, and uses the name of the user."""
    async with played("greeting") as server, connected(server) as client:
        assert "Welcome to Contoso" in said(await client.ask(update(), respond()))
        assert "Nice to meet you, Ada." in said(await client.ask(*SPEECH))
        assert "Call again" in said(await client.ask(*SPEECH))
        assert unmet(server) == []


async def test_weather_tool() -> None:
    """The call has the requested city, and the answer the result of the tool."""
    async with played("weather_tool") as server, connected(server) as client:
        tools = update(modalities=["text"], tools=[WEATHER_TOOL])
        question = user("What's the weather in Oslo?")
        events = await client.ask(tools, question, respond())
        call = only(events, CALL_DONE)
        assert json.loads(call["arguments"]) == {"city": "Oslo"}
        assert len(unmet(server)) == 2
        result = output(call["call_id"], '{"sky": "cloudy", "temperature": 12.5}')
        events = await client.ask(result, respond())
        assert said(events) == "It is cloudy with 12.5 degrees."
        assert unmet(server) == []


async def test_weather_tool_with_an_error() -> None:
    """Only an output with an error is answered by the turn for errors."""
    async with played("weather_tool") as server, connected(server) as client:
        events = await client.ask(TEXT, user("The weather in Oslo"), respond())
        result = output(only(events, CALL_DONE)["call_id"], '{"error": "no network"}')
        assert "could not" in said(await client.ask(result, respond()))
        events = await client.ask(user("Tell me a joke."), respond())
        details = only(events, "response.done")["response"]["status_details"]
        assert "Tell me a joke." in details["error"]["message"]


async def test_parallel_tools() -> None:
    """One response has a sentence and two calls; the next one answers from both."""
    async with played("parallel_tools") as server, connected(server) as client:
        question = user("Compare the weather in Paris and Rome.")
        events = await client.ask(TEXT, question, respond())
        assert said(events) == "Let me look up both."
        calls = every(events, CALL_DONE)
        cities = [json.loads(call["arguments"])["city"] for call in calls]
        assert cities == ["Paris", "Rome"]
        results = [output(call["call_id"], "sunny") for call in calls]
        await client.send(results[0])
        assert any("got no output" in text for text in unmet(server))
        events = await client.ask(results[1], respond())
        assert said(events) == "These are the results: sunny sunny"
        assert unmet(server) == []


async def test_slow_tool() -> None:
    """During a function call, another question is answered."""
    async with played("slow_tool") as server, connected(server) as client:
        events = await client.ask(TEXT, user("The yearly report, please"), respond())
        call_id = only(events, CALL_DONE)["call_id"]
        events = await client.ask(user("Are you still there?"), respond())
        assert said(events) == "Yes, I am still working on it."
        events = await client.ask(output(call_id, "12 pages."), respond())
        assert said(events) == "The report is done: 12 pages."
        assert unmet(server) == []


@pytest.mark.slow
async def test_barge_in() -> None:
    """Speech cancels the response; the client truncates unplayed audio."""
    # At this speed the response takes 4 s, enough time to interrupt it.
    async with played("barge_in", speed=3) as server, connected(server) as client:
        await client.send(update(), *SPEECH)
        events = await client.until("response.audio.delta")
        item_id = only(events, "response.output_item.added")["item"]["id"]
        await client.send(*SPEECH)
        cancelled = (await client.until("response.done"))[-1]["response"]
        assert cancelled["status_details"]["reason"] == "turn_detected"
        assert any("nothing was truncated" in text for text in unmet(server))
        truncation = {"type": "conversation.item.truncate", "item_id": item_id}
        await client.send(truncation | {"content_index": 0, "audio_end_ms": 100})
        events = await client.until_all("response.done", "conversation.item.truncated")
        assert "All right." in said(events)
        assert unmet(server) == []


@pytest.mark.slow
async def test_long_story() -> None:
    """The story is long enough to be truncated; some answers are not complete."""
    async with played("long_story") as server, connected(server) as client:
        events = await client.ask(update(), *SPEECH)
        item_id = only(events, "response.output_item.added")["item"]["id"]
        assert len(every(events, "response.audio.delta")) > 80
        truncation = {"type": "conversation.item.truncate", "item_id": item_id}
        await client.send(truncation | {"content_index": 0, "audio_end_ms": 20_000})
        await client.until("conversation.item.truncated")
        response = (await client.ask(*SPEECH))[-1]["response"]
        assert response["status_details"]["reason"] == "content_filter"
        assert response["output"][0]["status"] == "incomplete"


async def test_refused_key() -> None:
    """401, then 429 with a time to wait, then a session."""
    async with played("refused_key") as server:
        refusals = []
        for _ in range(2):
            error = await refused(server)
            assert error.headers is not None
            refusals.append((error.status, error.headers.get("Retry-After")))
        assert refusals == [(401, None), (429, "1")]
        async with connected(server) as client:
            await client.until("session.created")


async def test_close_mid_turn() -> None:
    """The first connection closes during a turn, the second does not."""
    async with played("close_mid_turn") as server:
        async with connected(server) as client:
            await client.send(update(), user("hello"), respond())
            events = await client.rest()
            assert len(every(events, "response.audio_transcript.delta")) == 3
            assert events[-1]["type"] == "response.audio_transcript.delta"
            assert client.websocket.close_code == 1011
        async with connected(server) as client:
            events = await client.ask(update(), user("hello"), respond())
            assert "Hello!" in said(events)


async def test_broken_frames() -> None:
    """All injected anomalies arrive, and the rest of the turn."""
    async with played("broken_frames") as server, connected(server) as client:
        await client.until("session.created")
        assert (await client.until("response.mood.delta"))[-1]["event_id"]
        await client.send(TEXT, user("hello"), respond())
        await client.until("session.updated")
        broken = await client.message()
        with pytest.raises(json.JSONDecodeError):
            json.loads(broken.data)
        events = await client.until("response.done")
    assert only(events, "response.created")["x_unknown"]
    added = every(events, "response.output_item.added")
    assert len(added) == 2
    assert added[0] == added[1]
    assert types(events)[-3:] == [
        "response.output_item.done",
        "response.content_part.done",
        "response.done",
    ]


async def test_expiry() -> None:
    """The session ends at the announced time."""
    server = played("expiry", speed=60, clock=lambda: 1_800_000_000.0)
    async with server, connected(server) as client:
        created = only(await client.until("session.created"), "session.created")
        assert created["session"]["expires_at"] == 1_800_000_003
        events = await client.rest()
        assert events[-1]["error"]["code"] == "session_expired"
        assert client.websocket.close_code == 1001


async def test_failed_response() -> None:
    """The same question fails, is incomplete, and is answered."""
    async with played("failed_response") as server, connected(server) as client:
        await client.send(TEXT, user("What will the weather be?"))
        statuses = []
        for _ in range(3):
            response = (await client.ask(respond()))[-1]["response"]
            statuses.append(response["status"])
            if response["status"] == "failed":
                assert response["output"] == []
                error = response["status_details"]["error"]
                assert error["code"] == "rate_limit_exceeded"
        assert statuses == ["failed", "incomplete", "completed"]
        assert unmet(server) == []


async def test_mcp_approval() -> None:
    """The client approves a call, and gets the call and the reply."""
    tool = {
        "type": "mcp",
        "server_label": "docs",
        "server_url": "https://docs.example/mcp",
    }
    async with played("mcp_approval") as server, connected(server) as client:
        await client.send(update(modalities=["text"], tools=[tool]))
        await client.until("mcp_list_tools.completed")
        events = await client.ask(user("Search for lighthouses"), respond())
        (request,) = events[-1]["response"]["output"]
        assert request["type"] == "mcp_approval_request"
        approval = {
            "type": "mcp_approval_response",
            "approval_request_id": request["id"],
            "approve": True,
        }
        await client.send({"type": "conversation.item.create", "item": approval})
        await client.until("response.mcp_call.completed")
        (done,) = await client.until("response.output_item.done")
        assert done["item"]["output"] == "Three documents about lighthouses."
        assert len(unmet(server)) == 1
        events = await client.ask(respond())
        assert said(events) == "I found this: Three documents about lighthouses."
        assert unmet(server) == []


async def test_agent_mode() -> None:
    """A client with a token gets the named agent."""
    query = {
        "api-version": "2026-07-15",
        "agent-name": "hr-helper",
        "agent-project-name": "contoso",
    }
    token = {"Authorization": "Bearer something"}
    async with (
        played("agent_mode") as server,
        connected(server, params=query, headers=token) as client,
    ):
        question = user("What does the handbook say about holidays?")
        events = await client.ask(update(), question, respond())
        assert only(events, "response.invocation.delta")["delta"]["step"]
        assert only(events, "response.file_search_call.completed")
        assert only(events, "response.audio_transcript.annotation.added")
        assert said(events) == "You have thirty days of holidays."
        assert unmet(server) == []


async def test_avatar() -> None:
    """The avatar is connected, and has speaking and idle states."""
    offer = "v=0\r\nm=audio 9 UDP 111\r\nm=video 9 UDP 102\r\n"
    description = json.dumps({"type": "offer", "sdp": offer}).encode()
    connect = {
        "type": "session.avatar.connect",
        "client_sdp": b64encode(description).decode(),
    }
    async with played("avatar") as server, connected(server) as client:
        config = {"character": "lisa", "customized": False}
        await client.send(update(avatar=config))
        await client.until("session.updated")
        assert len(unmet(server)) == 1
        await client.send(connect)
        await client.until("session.avatar.connecting")
        await client.send(*SPEECH)
        events = await client.until("session.avatar.switch_to_idle")
        assert only(events, "session.avatar.switch_to_speaking")
        assert said(events) == "I am Lisa. You can see me speaking now."
        assert unmet(server) == []


@pytest.mark.slow
async def test_bad_line() -> None:
    """Random faults are reproducible and do not always occur."""

    async def ends() -> list[str]:
        async with played("bad_line") as server:
            result = []
            for _ in range(6):
                async with connected(server) as client:
                    await client.send(TEXT, user("Hi"), respond())
                    done = await client.until("response.done")
                    await client.send(user("Hi again"))
                    result.append((await client.message()).type.name)
                    assert done
            return result

    first, second = await asyncio.gather(ends(), ends())
    assert first == second
    assert set(first) == {"TEXT", "CLOSED"}


async def test_echo() -> None:
    """User speech is echoed in every turn."""
    async with played("echo") as server, connected(server) as client:
        for text in ("Hello", "{1}"):
            events = await client.ask(TEXT, user(text), respond())
            assert said(events) == f"You said: {text}"
        events = await client.ask(*SPEECH)
        assert said(events) == "You said: Testing, one, two, three."
