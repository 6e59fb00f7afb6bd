"""Every example scenario of the mock service, run by each kind of client."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import pytest

from tests.integration.client.client_driver import (
    KINDS,
    RECONNECTING,
    ClientDriver,
    HandlerLog,
    Kind,
    ReconnectLog,
    open_client,
)
from tests.voicelive.turns.service import Time
from voicelive.aio import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
)
from voicelive.resilience import connect_with_retry
from voicelive.turns import PlaybackClock, ToolSet, TurnKeeper
from voicelive_mockserver import MockServer
from voicelive_mockserver.scenario import example_names
from voicelive_protocol import (
    AudioInputTranscriptionOptions,
    AvatarConfig,
    ErrorCode,
    MCPApprovalResponseRequestItem,
    MCPServer,
    RequestSession,
    ResponseFailedDetails,
    ResponseMCPApprovalRequestItem,
    ResponseMCPCallItem,
    ServerEventConversationItemTruncated,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventResponseFileSearchCallCompleted,
    ServerEventResponseOutputItemDone,
    ServerEventSessionCreated,
    ServerEventType,
    ServerVad,
    UnknownServerEvent,
)
from voicelive_protocol import (
    ServerEventConversationItemInputAudioTranscriptionCompleted as Transcribed,
)

NOW = 1_800_000_000.0


@dataclass(frozen=True)
class Play:
    """The client side of a scenario.

    Attributes:
        play: Drives the client, and checks the events.
        options: Options of the service.
    """

    play: Callable[[MockServer, Kind], Awaitable[None]]
    options: dict[str, Any]


PLAYS: dict[str, Play] = {}


def scenario(**options: Any) -> Callable[[Any], Any]:
    """Register a function as the client side of the scenario of its name."""

    def decorate(play: Callable[[MockServer, Kind], Awaitable[None]]) -> Any:
        PLAYS[play.__name__] = Play(play, {"speed": inf, **options})
        return play

    return decorate


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", example_names())
async def test_scenario(name: str, kind: Kind) -> None:
    """Each client completes each scenario and meets its expectations."""
    assert name in PLAYS, "a new scenario needs its client side here"
    play = PLAYS[name]
    async with MockServer(scenario=name, **play.options) as server:
        await play.play(server, kind)
        server.assert_expectations()
        assert server.sessions


@scenario()
async def greeting(server: MockServer, kind: Kind) -> None:
    """The assistant speaks first, then answers two turns."""
    async with open_client(kind, server) as client:
        driver = ClientDriver(client)
        transcription = AudioInputTranscriptionOptions(model="whisper-1")
        await driver.configure(RequestSession(input_audio_transcription=transcription))
        await driver.ask()
        for _ in range(2):
            await driver.speak()
            await driver.answer()
    assert driver.heard == [
        "Welcome to Contoso! What is your name?",
        "Nice to meet you, Ada. How can I help you today?",
        "Goodbye! Call again any time.",
    ]
    said = [
        event.transcript for event in driver.events if isinstance(event, Transcribed)
    ]
    assert said == ["My name is Ada.", "Thank you, goodbye."]


def weather(asked: list[str]) -> ToolSet:
    """Return a weather tool that records its arguments."""
    tools = ToolSet()

    @tools.tool
    async def get_weather(city: str) -> dict[str, object]:
        asked.append(city)
        return {"sky": "cloudy", "temperature": 12.5}

    return tools


@scenario()
async def weather_tool(server: MockServer, kind: Kind) -> None:
    """The tool is called, and its result is part of the answer."""
    asked: list[str] = []
    tools = weather(asked)
    async with (
        open_client(kind, server) as link,
        TurnKeeper(link, tools=tools) as keeper,
    ):
        driver = ClientDriver(keeper)
        await driver.configure(
            RequestSession(modalities=["text"], tools=tools.definitions)
        )
        await driver.ask("What is the weather in Paris?")
        await driver.answer()
    assert driver.heard == ["It is cloudy with 12.5 degrees."]
    assert asked == ["Paris"]


@scenario()
async def parallel_tools(server: MockServer, kind: Kind) -> None:
    """Both calls are answered, by one response."""
    asked: list[str] = []
    async with (
        open_client(kind, server) as link,
        TurnKeeper(link, tools=weather(asked)) as keeper,
    ):
        driver = ClientDriver(keeper)
        await driver.configure()
        await driver.ask("Compare the weather in Paris and in Rome.")
        await driver.answer()
    assert asked == ["Paris", "Rome"]
    assert driver.heard[0] == "Let me look up both."
    assert driver.heard[1].count('"sky":"cloudy"') == 2
    outputs = server.last_session.sent("conversation.item.create")[1:]
    assert [json.loads(o["item"]["output"])["sky"] for o in outputs] == ["cloudy"] * 2


@scenario()
async def slow_tool(server: MockServer, kind: Kind) -> None:
    """The conversation goes on while the tool runs."""
    tools, written = ToolSet(), asyncio.Event()

    @tools.tool
    async def write_report(year: int) -> str:
        await written.wait()
        return f"all well in {year}"

    async with (
        open_client(kind, server) as link,
        TurnKeeper(link, tools=tools) as keeper,
    ):
        driver = ClientDriver(keeper)
        await driver.configure()
        await driver.ask("Write the yearly report.")
        await driver.ask("Are you still there?")
        written.set()
        await driver.answer()
    assert driver.heard == [
        "This takes a while. I will tell you when it is done.",
        "Yes, I am still working on it.",
        "The report is done: all well in 2026",
    ]


@scenario(speed=30)
async def barge_in(server: MockServer, kind: Kind) -> None:
    """The answer stops, and is truncated to what was played."""
    time, flushed = Time(), list[bool]()
    clock = PlaybackClock(clock=time, on_flush=lambda: flushed.append(True))
    async with (
        open_client(kind, server) as link,
        TurnKeeper(link, playback=clock) as keeper,
    ):
        driver = ClientDriver(keeper)
        await driver.configure(RequestSession(turn_detection=ServerVad()))
        await driver.speak()
        # Two deltas are longer than the 400 ms that are played.
        await driver.until(ServerEventType.RESPONSE_AUDIO_DELTA)
        (*_, delta) = await driver.until(ServerEventType.RESPONSE_AUDIO_DELTA)
        time.now += 0.4
        await driver.speak()
        cancelled = await driver.answer()
        assert cancelled.status == "cancelled"
        if not driver.count("conversation.item.truncated"):
            await driver.until("conversation.item.truncated")
        truncated = next(
            e for e in driver.events if e.type == "conversation.item.truncated"
        )
        assert isinstance(delta, ServerEventResponseAudioDelta)
        assert isinstance(truncated, ServerEventConversationItemTruncated)
        assert (truncated.item_id, truncated.audio_end_ms) == (delta.item_id, 400)
        await driver.answer()
    assert flushed
    assert driver.heard[-1] == "All right. What else can I do for you?"


@scenario(speed=200)
async def long_story(server: MockServer, kind: Kind) -> None:
    """A story is cancelled, completed, truncated; another one is incomplete."""
    async with open_client(kind, server) as client:
        driver = ClientDriver(client)
        await driver.configure(RequestSession())
        await driver.speak()
        await driver.until(ServerEventType.RESPONSE_AUDIO_DELTA)
        await client.response.cancel()
        assert (await driver.answer()).status == "cancelled"
        whole = await driver.ask("Now tell me the whole story.")
        assert whole.status == "completed"
        delta = next(
            e
            for e in reversed(driver.events)
            if isinstance(e, ServerEventResponseAudioDelta)
        )
        await client.conversation.item.truncate(
            item_id=delta.item_id, content_index=0, audio_end_ms=20_000
        )
        (*_, truncated) = await driver.until("conversation.item.truncated")
        assert isinstance(truncated, ServerEventConversationItemTruncated)
        assert truncated.audio_end_ms == 20_000
        short = await driver.ask("And a short one.")
        assert short.status == "completed"
        assert driver.heard[-1] == "Once upon a time it ended."
        cut = await driver.ask("Tell me something that you must not.")
        assert cut.status == "incomplete"
        assert cut.status_details
        assert cut.status_details.type == "incomplete"


@scenario()
async def mcp_approval(server: MockServer, kind: Kind) -> None:
    """The call is made after the client has approved it."""
    docs = MCPServer(server_label="docs", server_url="https://docs.example/mcp")
    async with open_client(kind, server) as client:
        driver = ClientDriver(client)
        await driver.configure(RequestSession(modalities=["text"], tools=[docs]))
        await driver.until(ServerEventType.MCP_LIST_TOOLS_COMPLETED)
        asked = await driver.ask("Search the documents for lighthouses.")
        assert asked.output
        (request,) = asked.output
        assert isinstance(request, ResponseMCPApprovalRequestItem)
        assert request.id
        approval = MCPApprovalResponseRequestItem(
            approval_request_id=request.id, approve=True
        )
        await client.conversation.item.create(item=approval)
        await driver.ask()
        # The service calls the tool after the response that requests it.
        await driver.until(ServerEventType.RESPONSE_MCP_CALL_COMPLETED)
        (done,) = await driver.until("response.output_item.done")
        assert isinstance(done, ServerEventResponseOutputItemDone)
        assert isinstance(done.item, ResponseMCPCallItem)
        assert done.item.output == "Three documents about lighthouses."
        await driver.ask()
    assert driver.heard == ["I found this: Three documents about lighthouses."]


class Token:
    """Credential whose token is always valid."""

    token, expires_on = "something", 4_000_000_000

    async def get_token(self, *_scopes: str, **_options: object) -> Token:
        return self


@scenario()
async def agent_mode(server: MockServer, kind: Kind) -> None:
    """The events of the agent include its file search and annotations."""
    agent = {"agent_name": "hr-helper", "project_name": "contoso"}
    async with open_client(kind, server, target=agent, credential=Token()) as client:
        driver = ClientDriver(client)
        await driver.configure(RequestSession())
        await driver.ask("What does the handbook say about holidays?")
        assert driver.heard == ["You have thirty days of holidays."]
        await driver.ask("What are your instructions?")
    assert driver.heard[1] == "I am not allowed to talk about that."
    assert driver.count(ServerEventType.RESPONSE_FILE_SEARCH_CALL_COMPLETED) == 1
    assert any(
        isinstance(e, ServerEventResponseFileSearchCallCompleted) for e in driver.events
    )
    assert driver.count("response.audio_transcript.annotation.added") == 1


@scenario()
async def avatar(server: MockServer, kind: Kind) -> None:
    """The avatar connects, speaks, and becomes idle again."""
    offer = {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP 111\r\nm=video 9 UDP 102"}
    sdp = base64.b64encode(json.dumps(offer).encode()).decode()
    async with open_client(kind, server) as client:
        driver = ClientDriver(client)
        lisa = AvatarConfig(character="lisa", customized=False)
        await driver.configure(RequestSession(avatar=lisa))
        await client.session.avatar.connect(client_sdp=sdp)
        await driver.until(ServerEventType.SESSION_AVATAR_CONNECTING)
        await driver.speak()
        await driver.until(ServerEventType.SESSION_AVATAR_SWITCH_TO_IDLE)
    assert driver.count(ServerEventType.SESSION_AVATAR_SWITCH_TO_SPEAKING) == 1
    assert driver.heard == ["I am Lisa. You can see me speaking now."]


@scenario()
async def echo(server: MockServer, kind: Kind) -> None:
    """Text and speech are echoed."""
    async with open_client(kind, server) as client:
        driver = ClientDriver(client)
        await driver.configure()
        for text in ("Hello", "{1} äöü \N{PARTY POPPER}"):
            await driver.ask(text)
            assert driver.heard[-1] == f"You said: {text}"
        await driver.speak()
        await driver.answer()
        assert driver.heard[-1] == "You said: Testing, one, two, three."


@scenario()
async def failed_response(server: MockServer, kind: Kind) -> None:
    """Responses fail with a reason, without ending the session."""
    async with open_client(kind, server) as client:
        driver = ClientDriver(client)
        await driver.configure()
        failed = await driver.ask("What will the weather be?")
        assert failed.status == "failed"
        assert isinstance(failed.status_details, ResponseFailedDetails)
        error = failed.status_details.error
        assert error is not None
        assert error.code == ErrorCode.RATE_LIMIT_EXCEEDED
        assert (await driver.ask()).status == "incomplete"
        assert (await driver.ask()).status == "completed"
    assert driver.heard[-1] == "It is sunny."
    assert not any(isinstance(event, ServerEventError) for event in driver.events)


@scenario(speed=60, clock=lambda: NOW)
async def expiry(server: MockServer, kind: Kind) -> None:
    """The expiry of the session is named; a reconnecting client goes on."""
    handlers, reconnects = HandlerLog(), ReconnectLog(clock=lambda: NOW)
    async with open_client(
        kind, server, handlers=handlers, reconnects=reconnects
    ) as client:
        driver = ClientDriver(client)
        if kind in RECONNECTING:
            await driver.until("session.created")
            (*_, created) = await driver.until("session.created")
            assert isinstance(created, ServerEventSessionCreated)
            end = reconnects.reports[0].cause
        else:
            with pytest.raises(ConnectionClosed) as caught:
                await driver.rest()
            end = caught.value
            (created,) = [
                e for e in driver.events if isinstance(e, ServerEventSessionCreated)
            ] or handlers.events[:1]
            assert isinstance(created, ServerEventSessionCreated)
    assert created.session.expires_at
    assert created.session.expires_at.timestamp() == NOW + 3
    assert end is not None
    assert (end.code, end.retryable) == (1001, True)
    assert end.error is not None
    assert end.error.code == ErrorCode.SESSION_EXPIRED
    if kind == "session":
        assert [failure.error for failure in handlers.failures] == [end]
        assert [disconnected.code for disconnected in handlers.disconnects] == [1001]


@scenario()
async def refused_key(server: MockServer, kind: Kind) -> None:
    """A wrong key is not retried; a 429 is retried after its delay."""

    async def attempt() -> None:
        async with open_client(kind, server, reconnects=reconnects) as client:
            await ClientDriver(client).until("session.created")

    reconnects = ReconnectLog()
    with pytest.raises(AuthenticationError) as refused:
        await attempt()
    assert (refused.value.code, refused.value.retryable) == (401, False)
    if kind == "connection":
        async with connect_with_retry(
            backoff=reconnects.backoff,
            endpoint=server.endpoint,
            credential=server.api_key,
            model="gpt-realtime",
        ) as connection:
            await connection.wait_until_ready()
    elif kind in RECONNECTING:
        await attempt()
    else:
        with pytest.raises(ConnectionFailed) as busy:
            await attempt()
        assert (busy.value.code, busy.value.retryable) == (429, True)
        assert busy.value.retry_after == 1
        await attempt()
        return
    # The one second of Retry-After, and half of the longest random wait.
    assert reconnects.waits == [1.25]


@scenario()
async def close_mid_turn(server: MockServer, kind: Kind) -> None:
    """The answer ends with 1011; the next connection has a whole one."""
    handlers, reconnects = HandlerLog(), ReconnectLog()
    delta = "response.audio_transcript.delta"
    async with open_client(
        kind, server, handlers=handlers, reconnects=reconnects
    ) as client:
        driver = ClientDriver(client)
        await client.session.update(session={})
        await driver.write("hello")
        await client.response.create()
        if kind in RECONNECTING:
            await driver.until("session.created")
            await driver.until("session.created")
            end = reconnects.reports[0].cause
        else:
            with pytest.raises(ConnectionClosed) as caught:
                await driver.rest()
            end = caught.value
        assert isinstance(end, ConnectionClosed)
        assert (end.code, end.reason) == (1011, "Internal server error.")
        assert end.retryable
        assert driver.count(delta) == 3
    async with open_client(kind, server) as client:
        await client.session.update(session={})
        await (again := ClientDriver(client)).ask("hello")
    assert again.heard[0].startswith("Hello! I have a lot to say")
    if kind in RECONNECTING:
        # The message of the user is restored, the unfinished answer is not.
        assert len(reconnects.reports[0].restored) == 1
        assert [gap.kind for gap in reconnects.reports[0].not_restored] == ["response"]
    if kind == "session":
        assert [failure.error for failure in handlers.failures] == [end]
        assert [ended.reason for ended in handlers.disconnects] == [end.reason]


@scenario()
async def broken_frames(server: MockServer, kind: Kind) -> None:
    """Unknown and invalid events are delivered, and the turn goes on."""
    handlers = HandlerLog()
    async with open_client(kind, server, handlers=handlers) as client:
        driver = ClientDriver(client)
        await driver.configure()
        response = await driver.ask("hello")
        assert response.status == "completed"
    (unknown,) = [e for e in driver.events if isinstance(e, UnknownServerEvent)]
    assert unknown.as_dict()["type"] == "response.mood.delta"
    (broken,) = driver.unreadable
    assert broken.raw is not None
    assert b"conversation.item.created" in broken.to_json()
    added = [e for e in driver.events if e.type == "response.output_item.added"]
    assert added[0] == added[1]
    assert [e.type for e in driver.events[-2:]] == [
        "response.content_part.done",
        "response.done",
    ]
    created = next(e for e in driver.events if e.type == "response.created")
    assert created.as_dict()["x_unknown"]
    if kind == "session":
        assert handlers.events == driver.events


@scenario()
async def bad_line(server: MockServer, kind: Kind) -> None:
    """Lost connections differ from a normal end, or are replaced."""
    reconnects = ReconnectLog()
    if kind in RECONNECTING:
        async with (
            open_client(kind, server, reconnects=reconnects) as link,
            TurnKeeper(link) as keeper,
        ):
            driver = ClientDriver(keeper)
            await driver.configure()
            for _ in range(5):
                assert (await driver.ask("Hi")).status == "completed"
        assert reconnects.reports
        assert all(
            isinstance(report.cause, ConnectionLost) for report in reconnects.reports
        )
        return
    ends: list[ConnectionLost | None] = []
    for _ in range(3):
        try:
            async with open_client(kind, server) as client:
                driver = ClientDriver(client)
                await driver.configure()
                await driver.ask("Hi")
                await driver.write("Hi again")
                await driver.until("conversation.item.created")
        except ConnectionLost as error:
            ends.append(error)
        else:
            ends.append(None)
    assert None in ends
    assert {(end.code, end.retryable) for end in ends if end} == {(1006, True)}


def test_all_functions_have_a_scenario() -> None:
    """Every registered function has a scenario of its name."""
    assert set(PLAYS) == set(example_names())
