"""Long functions, silence and the end of a call against the mock service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from voicelive._connection.clock import loop_time
from voicelive.aio import connect
from voicelive.models import (
    ReceivedEvent,
    RequestSession,
    ServerEventResponseAudioTranscriptDone,
    ServerEventSessionUpdated,
)
from voicelive.turns import EndedBy, SilenceWatch, ToolSet, TurnKeeper, end_call_tool
from voicelive_mockserver import CallFunction, MockServer, ReplyRequest, Say

pytestmark = pytest.mark.virtual_time(sockets=True)


@asynccontextmanager
async def keeping(server: MockServer, **options: Any) -> AsyncIterator[TurnKeeper]:
    """Open a keeper that has requested a response."""
    tools: ToolSet = options.get("tools") or ToolSet()
    async with (
        asyncio.timeout(300),
        connect(
            endpoint=server.endpoint, credential=server.api_key, model="gpt-realtime"
        ) as connection,
        TurnKeeper(connection, **options) as keeper,
    ):
        await keeper.session.update(session=RequestSession(tools=tools.definitions))
        while not isinstance(await keeper.recv(), ServerEventSessionUpdated):
            pass
        await keeper.response.create()
        yield keeper


async def spoken_until_the_end(keeper: TurnKeeper) -> list[str]:
    """Receive until the connection ends; return what the assistant says."""
    events: list[ReceivedEvent] = [event async for event in keeper]
    found = ServerEventResponseAudioTranscriptDone
    return [event.transcript for event in events if isinstance(event, found)]


async def test_the_model_ends_the_call() -> None:
    """It says goodbye in the response of the call, and is heard to the end."""

    def bye(_request: ReplyRequest) -> Any:
        return [Say("It was nice to talk to you. Goodbye!"), CallFunction("end_call")]

    tools = ToolSet(end_call_tool())
    async with MockServer(responder=bye) as server, keeping(server, tools=tools) as k:
        began = loop_time()
        assert await spoken_until_the_end(k) == ["It was nice to talk to you. Goodbye!"]
        assert k.call_end is not None
        assert (k.call_end.ended_by, k.call_end.heard) == (EndedBy.MODEL, True)
        assert loop_time() - began > 2
    assert len(server.last_session.sent("response.create")) == 1
    assert server.last_session.server_events("error") == []


async def test_a_missing_goodbye() -> None:
    """A model that only calls the function is asked for a goodbye."""

    def end(request: ReplyRequest) -> Any:
        instructions = request.instructions or ""
        return "Bye!" if "goodbye" in instructions else CallFunction("end_call")

    tools = ToolSet(end_call_tool())
    async with MockServer(responder=end) as server, keeping(server, tools=tools) as k:
        assert await spoken_until_the_end(k) == ["Bye!"]
        assert k.call_end is not None
    assert server.last_session.server_events("error") == []


async def test_a_silent_user() -> None:
    """The service speaks the texts of the watch, and the call ends."""
    watch = SilenceWatch("Are you there?", after=5, goodbye="Goodbye.")
    async with MockServer() as server, keeping(server, silence=watch) as keeper:
        first, *others = await spoken_until_the_end(keeper)
        assert first
        assert others == ["Are you there?", "Goodbye."]
        assert keeper.call_end is not None
        assert keeper.call_end.heard
    assert server.last_session.server_events("error") == []


async def test_a_function_that_takes_long() -> None:
    """Progress is spoken between the call and the response to its result."""

    def reply(request: ReplyRequest) -> Any:
        found = bool(request.function_outputs)
        return "A table is free." if found else CallFunction("look_up")

    tools = ToolSet(end_call_tool())

    @tools.tool(progress="One moment.", progress_after=1, progress_every=2)
    async def look_up() -> str:
        await asyncio.sleep(6)
        return "found"

    async with MockServer(responder=reply) as server, keeping(server, tools=tools) as k:
        hanging_up = None
        said: list[str] = []
        async for event in k:
            if isinstance(event, ServerEventResponseAudioTranscriptDone):
                said.append(event.transcript)
            if said and said[-1] == "A table is free." and hanging_up is None:
                hanging_up = asyncio.create_task(k.hang_up(reason="done"))
        assert hanging_up is not None
        await hanging_up
        assert said == ["One moment.", "One moment.", "A table is free."]
    assert server.last_session.server_events("error") == []
