"""The keeper against the mock service: scenarios, speech and faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import inf
from typing import Any

import pytest

from tests.support import waiting
from tests.support.engine_driver import spoken
from tests.voicelive.turns.service import Time
from voicelive.aio import ConnectionClosed, connect
from voicelive.turns import NoResponse, PlaybackClock, ToolSet, TurnKeeper
from voicelive_mockserver import MockServer, ReplyRequest
from voicelive_protocol import (
    ReceivedEvent,
    RequestSession,
    ServerEventError,
    ServerEventInputAudioBufferCommitted,
    ServerEventResponseAudioDelta,
    ServerEventResponseDone,
    ServerEventResponseTextDone,
    ServerEventSessionUpdated,
    UserMessageItem,
)

SPEECH = spoken(200, 1200, 2200)


@asynccontextmanager
async def keeping(
    server: MockServer,
    session: RequestSession | None = None,
    **options: Any,
) -> AsyncIterator[TurnKeeper]:
    async with (
        asyncio.timeout(20),
        connect(
            endpoint=server.endpoint, credential=server.api_key, model="gpt-realtime"
        ) as connection,
        TurnKeeper(connection, **options) as keeper,
    ):
        await keeper.session.update(session=session or RequestSession())
        await receive_until(keeper, lambda e: isinstance(e, ServerEventSessionUpdated))
        yield keeper


async def receive_until(
    keeper: TurnKeeper, wanted: Callable[[ReceivedEvent], bool]
) -> list[ReceivedEvent]:
    """Receive events up to a wanted one; none may be an error."""
    events = await waiting.receive_until(
        keeper, lambda event: wanted(event) or isinstance(event, ServerEventError)
    )
    assert not isinstance(events[-1], ServerEventError), events[-1]
    return events


def is_done(event: ReceivedEvent) -> bool:
    return isinstance(event, ServerEventResponseDone)


def is_audio(event: ReceivedEvent) -> bool:
    return isinstance(event, ServerEventResponseAudioDelta)


def texts(events: list[ReceivedEvent]) -> str:
    found = [e.text for e in events if isinstance(e, ServerEventResponseTextDone)]
    return " ".join(found)


async def ask(keeper: TurnKeeper, text: str) -> None:
    """Say something in writing, and want an answer."""
    message = UserMessageItem(content=[{"type": "input_text", "text": text}])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await keeper.conversation.item.create(item=message)
    await keeper.response.create()


def weather() -> tuple[ToolSet, list[str]]:
    tools, asked = ToolSet(), list[str]()

    @tools.tool
    async def get_weather(city: str) -> dict[str, object]:
        """Tell the weather in a city."""
        asked.append(city)
        return {"sky": "cloudy", "temperature": 12.5}

    return tools, asked


def text_only(tools: ToolSet) -> RequestSession:
    return RequestSession(modalities=["text"], tools=tools.definitions)


async def test_a_function_call_round() -> None:
    """Question, call, output, answer: the application only asks and listens."""
    tools, asked = weather()
    async with (
        MockServer(scenario="weather_tool", speed=inf) as server,
        keeping(server, text_only(tools), tools=tools) as keeper,
    ):
        await ask(keeper, "What's the weather in Oslo?")
        await receive_until(keeper, is_done)
        events = await receive_until(keeper, is_done)
        assert texts(events) == "It is cloudy with 12.5 degrees."
        assert asked == ["Oslo"]
        assert [o for o in server.sessions[-1].expectations if not o.met] == []


async def test_two_calls_in_one_response() -> None:
    """Two calls get two outputs and one response."""
    tools, asked = weather()
    async with (
        MockServer(scenario="parallel_tools", speed=inf) as server,
        keeping(server, text_only(tools), tools=tools) as keeper,
    ):
        await ask(keeper, "Compare the weather in Paris and Rome.")
        await receive_until(keeper, is_done)
        events = await receive_until(keeper, is_done)
        assert texts(events).startswith("These are the results")
        assert asked == ["Paris", "Rome"]
        assert len(server.last_session.sent("response.create")) == 2
        assert [o for o in server.sessions[-1].expectations if not o.met] == []


async def test_talk_goes_on_while_a_function_runs() -> None:
    """Another question is answered meanwhile; the result follows when it is there."""
    tools, written = ToolSet(), asyncio.Event()

    @tools.tool
    async def write_report(year: int) -> str:
        await written.wait()
        return f"all well in {year}"

    async with (
        MockServer(scenario="slow_tool", speed=inf) as server,
        keeping(server, text_only(tools), tools=tools) as keeper,
    ):
        await ask(keeper, "The yearly report, please")
        await receive_until(keeper, is_done)
        await ask(keeper, "Are you still there?")
        events = await receive_until(keeper, is_done)
        assert texts(events) == "Yes, I am still working on it."
        written.set()
        events = await receive_until(keeper, is_done)
        assert texts(events) == "The report is done: all well in 2026"


async def test_arguments_that_do_not_fit_are_mended() -> None:
    """A wrong call gets the error as its output, and the conversation goes on."""
    tools = ToolSet()

    @tools.tool
    def get_weather(town: str) -> str:
        return "never called"

    async with (
        MockServer(scenario="weather_tool", speed=inf) as server,
        keeping(server, text_only(tools), tools=tools) as keeper,
    ):
        await ask(keeper, "The weather in Oslo")
        await receive_until(keeper, is_done)
        events = await receive_until(keeper, is_done)
        assert "could not" in texts(events)


@pytest.mark.parametrize(
    "faults",
    [
        ["duplicate"],
        ["reorder:event=response.output_item.done:by=1"],
        ["reorder:event=response.created:by=3"],
        ["duplicate:event=response.done", "duplicate:event=response.created"],
        ["omit:event=response.created"],
        ["omit:event=response.function_call_arguments.done"],
        ["omit:event=response.output_item.done"],
    ],
    ids=str,
)
async def test_a_round_with_broken_events(faults: list[str]) -> None:
    """Events that come twice, late or never change nothing about a round."""
    tools, asked = weather()
    async with (
        MockServer(scenario="weather_tool", speed=inf, faults=faults) as server,
        keeping(server, text_only(tools), tools=tools) as keeper,
    ):
        await ask(keeper, "What's the weather in Oslo?")
        found: list[ReceivedEvent] = []
        while not texts(found):
            found += await receive_until(keeper, lambda e: True)
        assert texts(found) == "It is cloudy with 12.5 degrees."
        assert asked == ["Oslo"]
        assert len(server.last_session.sent("response.create")) == 2


async def test_a_request_for_what_the_service_answers_anyway() -> None:
    """`response.create` for a spoken turn collides, and follows without an error."""
    async with (
        MockServer(speed=50) as server,
        keeping(server, RequestSession(turn_detection=vad())) as keeper,
    ):
        await keeper.input_audio_buffer.append(audio=SPEECH)
        await receive_until(
            keeper, lambda e: isinstance(e, ServerEventInputAudioBufferCommitted)
        )
        await keeper.response.create()
        await receive_until(keeper, is_done)
        await receive_until(keeper, is_done)
        errors = [
            frame
            for frame in server.last_session.received("error")
            if frame["error"]["code"] == "conversation_already_has_active_response"
        ]
        assert len(errors) == len(server.last_session.sent("response.create")) - 1


@pytest.mark.parametrize("speed", [inf, 30])
async def test_barge_in(speed: float) -> None:
    """Speech flushes the loudspeaker and truncates what was not heard."""
    time, flushed = Time(), list[int]()
    clock = PlaybackClock(clock=time, on_flush=lambda: flushed.append(1))
    async with (
        MockServer(scenario="barge_in", speed=speed) as server,
        keeping(server, RequestSession(turn_detection=vad()), playback=clock) as keeper,
    ):
        await keeper.input_audio_buffer.append(audio=SPEECH)
        # Two deltas are longer than the 400 ms that are heard.
        await receive_until(keeper, is_audio)
        delta = (await receive_until(keeper, is_audio))[-1]
        assert isinstance(delta, ServerEventResponseAudioDelta)
        time.now += 0.4
        if speed == inf:
            await receive_until(keeper, is_done)
        await keeper.input_audio_buffer.append(audio=SPEECH)
        await receive_until(keeper, lambda e: e.type == "conversation.item.truncated")
        truncations = server.last_session.sent("conversation.item.truncate")
        assert [t["item_id"] for t in truncations] == [delta.item_id]
        assert truncations[0]["audio_end_ms"] == 400
        assert flushed
        assert [o for o in server.sessions[-1].expectations if not o.met] == []


def vad() -> Any:
    return {"type": "server_vad"}


def story(_request: ReplyRequest) -> str:
    return "This is a long story that goes on and on. " * 40


async def test_no_delta_follows_a_cancel() -> None:
    """After `response.cancel` nothing of the response is delivered but its end."""
    async with (
        MockServer(responder=story, speed=30) as server,
        keeping(server) as keeper,
    ):
        await keeper.response.create()
        await receive_until(keeper, is_audio)
        await keeper.response.cancel()
        events = await receive_until(keeper, is_done)
        assert not any(str(event.type).endswith(".delta") for event in events)
        done = events[-1]
        assert isinstance(done, ServerEventResponseDone)
        assert done.response.status == "cancelled"


async def test_a_cancel_before_the_response_is_created() -> None:
    """An orphan, which would play in full, is cancelled when it begins."""
    async with (
        MockServer(responder=story, speed=30) as server,
        keeping(server) as keeper,
    ):
        await keeper.response.create()
        await keeper.response.cancel()
        events = await receive_until(keeper, is_done)
        done = events[-1]
        assert isinstance(done, ServerEventResponseDone)
        assert done.response.status == "cancelled"
        assert len(server.last_session.sent("response.cancel")) == 1


async def test_many_requests_at_once() -> None:
    """Requests from many tasks are all answered, one after another."""
    async with (
        MockServer(speed=inf) as server,
        keeping(server, RequestSession(modalities=["text"])) as keeper,
    ):

        async def listen() -> None:
            async for event in keeper:
                assert not isinstance(event, ServerEventError)

        listening = asyncio.create_task(listen())
        responses = await asyncio.gather(*(keeper.respond() for _ in range(30)))
        assert {r.status for r in responses} == {"completed"}
        assert len({r.id for r in responses}) == 30
        listening.cancel()


async def test_a_refused_response() -> None:
    """An error of the service reaches who asked for the response."""
    async with MockServer(speed=inf) as server, keeping(server) as keeper:
        asking = asyncio.create_task(keeper.respond(response={"modalities": ["smell"]}))
        while not isinstance(await keeper.recv(), ServerEventError):
            pass
        with pytest.raises(NoResponse):
            await asking


async def test_the_connection_breaks_in_a_response() -> None:
    """Who waits for a response learns that the connection has ended."""
    async with (
        MockServer(scenario="close_mid_turn", speed=inf) as server,
        keeping(server) as keeper,
    ):
        asking = asyncio.create_task(keeper.respond())
        with pytest.raises(ConnectionClosed) as caught:
            async for _ in keeper:
                pass
        with pytest.raises(ConnectionClosed) as same:
            await asking
        assert same.value.code == caught.value.code == 1011
