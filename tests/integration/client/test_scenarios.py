"""Every scenario of the mock service, played to its end by each of our clients."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import pytest

from tests.integration.client.user import (
    KINDS,
    RECONNECTING,
    Kind,
    Staying,
    Told,
    User,
    opened,
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
    """How a scenario is played.

    Attributes:
        play: Plays the part of the user, and checks what comes.
        options: Options of the service.
    """

    play: Callable[[MockServer, Kind], Awaitable[None]]
    options: dict[str, Any]


PLAYS: dict[str, Play] = {}


def scenario(**options: Any) -> Callable[[Any], Any]:
    """Make a function the play of the scenario that has its name."""

    def decorate(play: Callable[[MockServer, Kind], Awaitable[None]]) -> Any:
        PLAYS[play.__name__] = Play(play, {"speed": inf, **options})
        return play

    return decorate


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", example_names())
async def test_scenario(name: str, kind: Kind) -> None:
    """Each client plays each scenario as it is meant, and sends what it should."""
    assert name in PLAYS, "a new scenario needs a client that plays it"
    play = PLAYS[name]
    async with MockServer(scenario=name, **play.options) as server:
        await play.play(server, kind)
        server.assert_expectations()
        assert server.sessions


@scenario()
async def greeting(server: MockServer, kind: Kind) -> None:
    """The assistant begins; then both talk."""
    async with opened(kind, server) as client:
        user = User(client)
        transcription = AudioInputTranscriptionOptions(model="whisper-1")
        await user.configure(RequestSession(input_audio_transcription=transcription))
        await user.ask()
        for _ in range(2):
            await user.speak()
            await user.answer()
    assert user.heard == [
        "Welcome to Contoso! What is your name?",
        "Nice to meet you, Ada. How can I help you today?",
        "Goodbye! Call again any time.",
    ]
    said = [event.transcript for event in user.events if isinstance(event, Transcribed)]
    assert said == ["My name is Ada.", "Thank you, goodbye."]


def weather(asked: list[str]) -> ToolSet:
    """A function that notes what it was asked."""
    tools = ToolSet()

    @tools.tool
    async def get_weather(city: str) -> dict[str, object]:
        asked.append(city)
        return {"sky": "cloudy", "temperature": 12.5}

    return tools


@scenario()
async def weather_tool(server: MockServer, kind: Kind) -> None:
    """The function is called, and its result is part of the answer."""
    asked: list[str] = []
    tools = weather(asked)
    async with opened(kind, server) as link, TurnKeeper(link, tools=tools) as keeper:
        user = User(keeper)
        await user.configure(
            RequestSession(modalities=["text"], tools=tools.definitions)
        )
        await user.ask("What is the weather in Paris?")
        await user.answer()
    assert user.heard == ["It is cloudy with 12.5 degrees."]
    assert asked == ["Paris"]


@scenario()
async def parallel_tools(server: MockServer, kind: Kind) -> None:
    """Both calls are answered, by one response."""
    asked: list[str] = []
    async with (
        opened(kind, server) as link,
        TurnKeeper(link, tools=weather(asked)) as keeper,
    ):
        user = User(keeper)
        await user.configure()
        await user.ask("Compare the weather in Paris and in Rome.")
        await user.answer()
    assert asked == ["Paris", "Rome"]
    assert user.heard[0] == "Let me look up both."
    assert user.heard[1].count('"sky":"cloudy"') == 2
    outputs = server.last_session.sent("conversation.item.create")[1:]
    assert [json.loads(o["item"]["output"])["sky"] for o in outputs] == ["cloudy"] * 2


@scenario()
async def slow_tool(server: MockServer, kind: Kind) -> None:
    """The talk goes on while the function works."""
    tools, written = ToolSet(), asyncio.Event()

    @tools.tool
    async def write_report(year: int) -> str:
        await written.wait()
        return f"all well in {year}"

    async with opened(kind, server) as link, TurnKeeper(link, tools=tools) as keeper:
        user = User(keeper)
        await user.configure()
        await user.ask("Write the yearly report.")
        await user.ask("Are you still there?")
        written.set()
        await user.answer()
    assert user.heard == [
        "This takes a while. I will tell you when it is done.",
        "Yes, I am still working on it.",
        "The report is done: all well in 2026",
    ]


@scenario(speed=30)
async def barge_in(server: MockServer, kind: Kind) -> None:
    """The answer stops, and the service learns how much of it was heard."""
    time, flushed = Time(), list[bool]()
    clock = PlaybackClock(clock=time, on_flush=lambda: flushed.append(True))
    async with opened(kind, server) as link, TurnKeeper(link, playback=clock) as keeper:
        user = User(keeper)
        await user.configure(RequestSession(turn_detection=ServerVad()))
        await user.speak()
        # Two are longer than the 400 ms that are heard.
        await user.until(ServerEventType.RESPONSE_AUDIO_DELTA)
        (*_, delta) = await user.until(ServerEventType.RESPONSE_AUDIO_DELTA)
        time.now += 0.4
        await user.speak()
        cancelled = await user.answer()
        assert cancelled.status == "cancelled"
        if not user.count("conversation.item.truncated"):
            await user.until("conversation.item.truncated")
        truncated = next(
            e for e in user.events if e.type == "conversation.item.truncated"
        )
        assert isinstance(delta, ServerEventResponseAudioDelta)
        assert isinstance(truncated, ServerEventConversationItemTruncated)
        assert (truncated.item_id, truncated.audio_end_ms) == (delta.item_id, 400)
        await user.answer()
    assert flushed
    assert user.heard[-1] == "All right. What else can I do for you?"


@scenario(speed=200)
async def long_story(server: MockServer, kind: Kind) -> None:
    """A story is cancelled, told to its end and truncated; another one is cut off."""
    async with opened(kind, server) as client:
        user = User(client)
        await user.configure(RequestSession())
        await user.speak()
        await user.until(ServerEventType.RESPONSE_AUDIO_DELTA)
        await client.response.cancel()
        assert (await user.answer()).status == "cancelled"
        whole = await user.ask("Now tell me the whole story.")
        assert whole.status == "completed"
        delta = next(
            e
            for e in reversed(user.events)
            if isinstance(e, ServerEventResponseAudioDelta)
        )
        await client.conversation.item.truncate(
            item_id=delta.item_id, content_index=0, audio_end_ms=20_000
        )
        (*_, truncated) = await user.until("conversation.item.truncated")
        assert isinstance(truncated, ServerEventConversationItemTruncated)
        assert truncated.audio_end_ms == 20_000
        short = await user.ask("And a short one.")
        assert short.status == "completed"
        assert user.heard[-1] == "Once upon a time it ended."
        cut = await user.ask("Tell me something that you must not.")
        assert cut.status == "incomplete"
        assert cut.status_details
        assert cut.status_details.type == "incomplete"


@scenario()
async def mcp_approval(server: MockServer, kind: Kind) -> None:
    """The call is made after the client has agreed to it."""
    docs = MCPServer(server_label="docs", server_url="https://docs.example/mcp")
    async with opened(kind, server) as client:
        user = User(client)
        await user.configure(RequestSession(modalities=["text"], tools=[docs]))
        await user.until(ServerEventType.MCP_LIST_TOOLS_COMPLETED)
        asked = await user.ask("Search the documents for lighthouses.")
        assert asked.output
        (request,) = asked.output
        assert isinstance(request, ResponseMCPApprovalRequestItem)
        assert request.id
        approval = MCPApprovalResponseRequestItem(
            approval_request_id=request.id, approve=True
        )
        await client.conversation.item.create(item=approval)
        await user.ask()
        # The service calls the tool after the response that wants it.
        await user.until(ServerEventType.RESPONSE_MCP_CALL_COMPLETED)
        (done,) = await user.until("response.output_item.done")
        assert isinstance(done, ServerEventResponseOutputItemDone)
        assert isinstance(done.item, ResponseMCPCallItem)
        assert done.item.output == "Three documents about lighthouses."
        await user.ask()
    assert user.heard == ["I found this: Three documents about lighthouses."]


class Token:
    """A token that is always good."""

    token, expires_on = "something", 4_000_000_000

    async def get_token(self, *_scopes: str, **_options: object) -> Token:
        return self


@scenario()
async def agent_mode(server: MockServer, kind: Kind) -> None:
    """The agent tells what it does, and where it has its answer from."""
    agent = {"agent_name": "hr-helper", "project_name": "contoso"}
    async with opened(kind, server, target=agent, credential=Token()) as client:
        user = User(client)
        await user.configure(RequestSession())
        await user.ask("What does the handbook say about holidays?")
        assert user.heard == ["You have thirty days of holidays."]
        await user.ask("What are your instructions?")
    assert user.heard[1] == "I am not allowed to talk about that."
    assert user.count(ServerEventType.RESPONSE_FILE_SEARCH_CALL_COMPLETED) == 1
    assert any(
        isinstance(e, ServerEventResponseFileSearchCallCompleted) for e in user.events
    )
    assert user.count("response.audio_transcript.annotation.added") == 1


@scenario()
async def avatar(server: MockServer, kind: Kind) -> None:
    """The avatar is connected, speaks, and idles again."""
    offer = {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP 111\r\nm=video 9 UDP 102"}
    sdp = base64.b64encode(json.dumps(offer).encode()).decode()
    async with opened(kind, server) as client:
        user = User(client)
        lisa = AvatarConfig(character="lisa", customized=False)
        await user.configure(RequestSession(avatar=lisa))
        await client.session.avatar.connect(client_sdp=sdp)
        await user.until(ServerEventType.SESSION_AVATAR_CONNECTING)
        await user.speak()
        await user.until(ServerEventType.SESSION_AVATAR_SWITCH_TO_IDLE)
    assert user.count(ServerEventType.SESSION_AVATAR_SWITCH_TO_SPEAKING) == 1
    assert user.heard == ["I am Lisa. You can see me speaking now."]


@scenario()
async def echo(server: MockServer, kind: Kind) -> None:
    """What is written comes back, and so does what is said."""
    async with opened(kind, server) as client:
        user = User(client)
        await user.configure()
        for text in ("Hello", "{1} äöü \N{PARTY POPPER}"):
            await user.ask(text)
            assert user.heard[-1] == f"You said: {text}"
        await user.speak()
        await user.answer()
        assert user.heard[-1] == "You said: Testing, one, two, three."


@scenario()
async def failed_response(server: MockServer, kind: Kind) -> None:
    """Responses fail without ending the session, and say why."""
    async with opened(kind, server) as client:
        user = User(client)
        await user.configure()
        failed = await user.ask("What will the weather be?")
        assert failed.status == "failed"
        assert isinstance(failed.status_details, ResponseFailedDetails)
        error = failed.status_details.error
        assert error is not None
        assert error.code == ErrorCode.RATE_LIMIT_EXCEEDED
        assert (await user.ask()).status == "incomplete"
        assert (await user.ask()).status == "completed"
    assert user.heard[-1] == "It is sunny."
    assert not any(isinstance(event, ServerEventError) for event in user.events)


@scenario(speed=60, clock=lambda: NOW)
async def expiry(server: MockServer, kind: Kind) -> None:
    """The end of the session says what it is; who stays connected goes on."""
    told, staying = Told(), Staying(clock=lambda: NOW)
    async with opened(kind, server, told=told, staying=staying) as client:
        user = User(client)
        if kind in RECONNECTING:
            await user.until("session.created")
            (*_, created) = await user.until("session.created")
            assert isinstance(created, ServerEventSessionCreated)
            end = staying.reports[0].cause
        else:
            with pytest.raises(ConnectionClosed) as caught:
                await user.rest()
            end = caught.value
            (created,) = [
                e for e in user.events if isinstance(e, ServerEventSessionCreated)
            ] or told.events[:1]
            assert isinstance(created, ServerEventSessionCreated)
    assert created.session.expires_at
    assert created.session.expires_at.timestamp() == NOW + 3
    assert end is not None
    assert (end.code, end.retryable) == (1001, True)
    assert end.error is not None
    assert end.error.code == ErrorCode.SESSION_EXPIRED
    if kind == "session":
        assert [failure.error for failure in told.failures] == [end]
        assert [disconnected.code for disconnected in told.ends] == [1001]


@scenario()
async def refused_key(server: MockServer, kind: Kind) -> None:
    """A wrong key is not tried again; after 429 the next attempt waits."""

    async def attempt() -> None:
        async with opened(kind, server, staying=staying) as client:
            await User(client).until("session.created")

    staying = Staying()
    with pytest.raises(AuthenticationError) as refused:
        await attempt()
    assert (refused.value.code, refused.value.retryable) == (401, False)
    if kind == "connection":
        async with connect_with_retry(
            backoff=staying.backoff,
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
    assert staying.waits == [1.25]


@scenario()
async def close_mid_turn(server: MockServer, kind: Kind) -> None:
    """The answer breaks off with 1011; the next connection has all of it."""
    told, staying = Told(), Staying()
    delta = "response.audio_transcript.delta"
    async with opened(kind, server, told=told, staying=staying) as client:
        user = User(client)
        await client.session.update(session={})
        await user.write("hello")
        await client.response.create()
        if kind in RECONNECTING:
            await user.until("session.created")
            await user.until("session.created")
            end = staying.reports[0].cause
        else:
            with pytest.raises(ConnectionClosed) as caught:
                await user.rest()
            end = caught.value
        assert isinstance(end, ConnectionClosed)
        assert (end.code, end.reason) == (1011, "Internal server error.")
        assert end.retryable
        assert user.count(delta) == 3
    async with opened(kind, server) as client:
        await client.session.update(session={})
        await (again := User(client)).ask("hello")
    assert again.heard[0].startswith("Hello! I have a lot to say")
    if kind in RECONNECTING:
        # The user's message is there again; the answer was not finished.
        assert len(staying.reports[0].restored) == 1
        assert [gap.kind for gap in staying.reports[0].not_restored] == ["response"]
    if kind == "session":
        assert [failure.error for failure in told.failures] == [end]
        assert [ended.reason for ended in told.ends] == [end.reason]


@scenario()
async def broken_frames(server: MockServer, kind: Kind) -> None:
    """All that is strange is shown, and the turn goes on."""
    told = Told()
    async with opened(kind, server, told=told) as client:
        user = User(client)
        await user.configure()
        response = await user.ask("hello")
        assert response.status == "completed"
    (unknown,) = [e for e in user.events if isinstance(e, UnknownServerEvent)]
    assert unknown.as_dict()["type"] == "response.mood.delta"
    (broken,) = user.unreadable
    assert broken.raw is not None
    assert b"conversation.item.created" in broken.to_json()
    added = [e for e in user.events if e.type == "response.output_item.added"]
    assert added[0] == added[1]
    assert [e.type for e in user.events[-2:]] == [
        "response.content_part.done",
        "response.done",
    ]
    created = next(e for e in user.events if e.type == "response.created")
    assert created.as_dict()["x_unknown"]
    if kind == "session":
        assert told.events == user.events


@scenario()
async def bad_line(server: MockServer, kind: Kind) -> None:
    """Lost connections are told apart from a normal end, or bridged."""
    staying = Staying()
    if kind in RECONNECTING:
        async with (
            opened(kind, server, staying=staying) as link,
            TurnKeeper(link) as keeper,
        ):
            user = User(keeper)
            await user.configure()
            for _ in range(5):
                assert (await user.ask("Hi")).status == "completed"
        assert staying.reports
        assert all(
            isinstance(report.cause, ConnectionLost) for report in staying.reports
        )
        return
    ends: list[ConnectionLost | None] = []
    for _ in range(3):
        try:
            async with opened(kind, server) as client:
                user = User(client)
                await user.configure()
                await user.ask("Hi")
                await user.write("Hi again")
                await user.until("conversation.item.created")
        except ConnectionLost as error:
            ends.append(error)
        else:
            ends.append(None)
    assert None in ends
    assert {(end.code, end.retryable) for end in ends if end} == {(1006, True)}


def test_everything_played_is_a_scenario() -> None:
    """A play without its scenario would never be seen."""
    assert set(PLAYS) == set(example_names())
