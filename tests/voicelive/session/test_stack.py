"""Connection wrappers that the options of a session select."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from math import inf
from typing import Any

import pytest

from tests.support.client import KEY
from voicelive import (
    ConnectionFailed,
    ConnectionLost,
    ConnectionState,
    ConnectionTimeout,
    SessionReconnected,
    SessionReconnecting,
    VoiceLiveClient,
    VoiceLiveSession,
)
from voicelive.aio import PlaybackClock, ReconnectPolicy, ToolSet
from voicelive.models import (
    InputTextContentPart,
    RequestSession,
    ServerEventResponseDone,
    ServerEventResponseTextDone,
    ServerEventSessionCreated,
    UserMessageItem,
)
from voicelive.resilience import Backoff, ReconnectReport
from voicelive_mockserver import MockServer

TEXT = RequestSession(model="gpt-realtime", modalities=["text"])


def get_weather(location: str) -> dict[str, str]:
    """Say what the weather is like.

    Args:
        location: The place.
    """
    return {"location": location, "sky": "clear"}


async def ask(session: VoiceLiveSession, text: str) -> None:
    """Have a text answered."""
    message = UserMessageItem(content=[InputTextContentPart(text=text)])
    await session.add_conversation_item(message)
    await session.response.create()


async def test_tools_are_offered_and_called() -> None:
    """Functions are declared to the model; their results are in its response."""
    async with MockServer(speed=inf) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        options: dict[str, Any] = {"tools": ToolSet(get_weather)}
        async with await client.start_session(TEXT, **options) as session:
            await ask(session, "What is the weather in Oslo?")
            said = [e async for e in _until(session, ServerEventResponseTextDone)]
        offered = server.last_session.assert_sent("session.update")["session"]["tools"]
        assert [tool["name"] for tool in offered] == ["get_weather"]
        assert "clear" in said[-1].text
        (sent,) = server.last_session.sent(
            "conversation.item.create", item={"type": "function_call_output"}
        )
        assert "Oslo" in sent["item"]["output"]


async def test_tools_of_the_configuration_stay() -> None:
    """Tools of the configuration are not replaced."""
    async with MockServer(speed=inf) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        quiet = RequestSession(model="gpt-realtime", tools=[])
        tools = ToolSet(get_weather)
        async with await client.start_session(quiet, tools=tools):
            await server.wait_for("session.updated", from_client=False)
        update = server.last_session.assert_sent("session.update")
        assert update["session"]["tools"] == []


async def test_two_requests_take_turns() -> None:
    """With `keep_turns` a request that comes too early is not refused."""
    async with MockServer(speed=inf) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        async with await client.start_session(TEXT, keep_turns=True) as session:
            await ask(session, "One")
            await ask(session, "Two")
            done = 0
            async for event in session:
                done += isinstance(event, ServerEventResponseDone)
                if done == 2:
                    break
        assert server.last_session.server_events("error") == []


async def test_reconnecting() -> None:
    """With a policy the session goes on over another connection."""
    reports: list[ReconnectReport] = []
    policy = ReconnectPolicy(
        backoff=Backoff(initial=0, maximum=0), on_reconnected=reports.append
    )
    async with MockServer(
        speed=inf, faults=["drop:event=response.created:connection=1:after=1"]
    ) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        begun: list[str | None] = []
        async with await client.start_session(
            TEXT,
            reconnect=policy,
            handlers={
                "on_session_created": lambda event: begun.append(event.session.id)
            },
        ) as session:
            await ask(session, "Hello")
            async for event in session:
                if isinstance(event, ServerEventSessionCreated) and len(begun) == 2:
                    await session.response.create()
                if isinstance(event, ServerEventResponseDone):
                    break
    assert len(reports) == 1
    assert len(set(begun)) == 2


async def test_handlers_are_told_of_a_reconnect() -> None:
    """First of the loss, then of the report, then of the new session."""
    told: list[str] = []
    states: list[tuple[ConnectionState, bool]] = []

    def reconnecting(event: SessionReconnecting) -> None:
        assert isinstance(event.error, ConnectionLost)
        told.append(f"attempt {event.attempt}")
        states.append((event.session.connection_state, event.session.is_connected))

    def reconnected(event: SessionReconnected) -> None:
        told.append(str(event.report.new_session_id == event.session.session_id))
        states.append((event.session.connection_state, event.session.is_connected))

    again = asyncio.Event()

    def created(event: ServerEventSessionCreated) -> None:
        told.append(event.type)
        if len(told) > 1:
            again.set()

    # A wait long enough for the handlers to see the state between the two.
    policy = ReconnectPolicy(
        backoff=Backoff(initial=0.05, maximum=0.05, random=lambda: 1.0)
    )
    fault = "drop:client_event=input_audio.turn.start:connection=1"
    async with MockServer(speed=inf, faults=[fault]) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        async with await client.start_session(
            TEXT,
            reconnect=policy,
            handlers={
                "on_reconnecting": reconnecting,
                "on_reconnected": reconnected,
                "on_session_created": created,
            },
        ) as session:
            assert await session.start_audio_turn() == session.active_turn_id
            await again.wait()
            assert session.active_turn_id is None
    assert told == ["session.created", "attempt 1", "True", "session.created"]
    assert states == [
        (ConnectionState.RECONNECTING, False),
        (ConnectionState.CONNECTED, True),
    ]


@pytest.mark.parametrize("name", ["reconnect", "tools", "playback", "silence"])
def test_something_else(name: str) -> None:
    """A value of another kind is refused at once, by name."""
    client = VoiceLiveClient("name.services.ai.azure.com", KEY)
    options: Any = {name: object()}
    with pytest.raises(TypeError, match=f"^{name} takes a "):
        client.create_session("gpt-realtime", **options)


async def test_playback_keeps_turns() -> None:
    """A playback clock needs a turn keeper, and gets one."""
    clock = PlaybackClock()
    async with MockServer(speed=inf) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        session = client.create_session("gpt-realtime", playback=clock)
        with pytest.raises(RuntimeError, match="not connected"):
            _ = session.turns
        async with session:
            assert session.turns.playback is clock


async def test_without_turns() -> None:
    """Asking for a turn keeper that there is none of says how to get one."""
    async with MockServer(speed=inf) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        async with client.create_session("gpt-realtime") as session:
            with pytest.raises(RuntimeError, match="keep_turns=True"):
                _ = session.turns


async def test_attempts_that_take_too_long() -> None:
    """When `connection_timeout` ends the attempts, the error has the last one."""
    policy = ReconnectPolicy(backoff=Backoff(initial=30, random=lambda: 1.0))
    async with MockServer(faults=["refuse:503"]) as server:
        client = VoiceLiveClient(server.endpoint, server.api_key)
        session = client.create_session(TEXT, reconnect=policy, connection_timeout=0.2)
        with pytest.raises(ConnectionTimeout, match="HTTP 503") as caught:
            await session.connect()
    assert isinstance(caught.value.__cause__, ConnectionFailed)


async def _until(session: VoiceLiveSession, kind: type[Any]) -> AsyncIterator[Any]:
    async for event in session:
        yield event
        if isinstance(event, kind):
            return
