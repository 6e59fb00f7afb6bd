"""The server over real sockets, with a bare WebSocket client."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import inf

import aiohttp
import pytest

from tests.support.engine_driver import (
    append,
    appends,
    every,
    long_story,
    only,
    respond,
    spoken,
    types,
    update,
    user,
)
from tests.support.mock_client import QUERY, connected, refused
from voicelive_mockserver import MockServer, Reply, Say


async def test_a_text_turn() -> None:
    """A text turn with a plain WebSocket client."""
    async with MockServer(speed=inf) as server, connected(server) as client:
        assert types(await client.until("session.created")) == ["session.created"]
        await client.send(update(modalities=["text"]), user("Hello"), respond())
        events = await client.until("response.done")
    assert types(events)[:3] == [
        "session.updated",
        "conversation.item.created",
        "response.created",
    ]
    assert only(events, "response.text.done")["text"].startswith("Hello there!")


@pytest.mark.slow
async def test_a_spoken_turn_with_the_pauses_of_the_service() -> None:
    """At a finite speed, every turn has the delays of the service, scaled."""
    loop = asyncio.get_running_loop()
    async with (
        MockServer(speed=50, transcript="Hello.", responder=long_story) as server,
        connected(server) as client,
    ):
        await client.send(update(input_audio_transcription={"model": "whisper-1"}))
        await client.until("session.updated")
        for _ in range(2):
            began = loop.time()
            await client.send(*appends(spoken()))
            events = await client.until("response.done")
            took = loop.time() - began
            completed = "conversation.item.input_audio_transcription.completed"
            assert only(events, completed)["transcript"] == "Hello."
            audio = len(every(events, "response.audio.delta"))
            # Long enough to distinguish the delays from those of a busy machine.
            assert audio > 90
            # 0.15 s to the response, 0.35 s to its audio, 0.1 s for each further delta.
            unhurried = 0.15 + 0.35 + 0.1 * (audio - 1)
            assert unhurried / 50 < took < unhurried


async def test_the_transcript_can_be_a_function() -> None:
    """The function gets the audio of each turn and returns its transcript."""
    async with (
        MockServer(
            speed=inf, transcript=lambda audio: f"Turn {audio.number}."
        ) as server,
        connected(server) as client,
    ):
        await client.send(update(), *appends(spoken()))
        events = await client.until("response.done")
        assert "Turn 0." in only(events, "response.audio_transcript.done")["transcript"]
        await client.send(*appends(spoken()))
        events = await client.until("response.done")
        assert "Turn 1." in only(events, "response.audio_transcript.done")["transcript"]


@pytest.mark.slow
async def test_a_response_is_cancelled_in_the_middle() -> None:
    """Requests are processed during a response: cancellation works mid-stream."""
    async with (
        MockServer(speed=1, responder=long_story) as server,
        connected(server) as client,
    ):
        await client.send(update(), respond())
        await client.until("response.audio.delta")
        await client.send({"type": "response.cancel"})
        events = await client.until("response.done")
    assert only(events, "response.done")["response"]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("path", "query", "headers", "status"),
    [
        ("/voice-live/realtime", QUERY, {"api-key": "wrong"}, 401),
        ("/voice-live/realtime", QUERY, {}, 401),
        ("/voice-live/realtime", {"api-version": "2020"}, {"api-key": "test-key"}, 400),
        ("/voice-live/other", QUERY, {"api-key": "test-key"}, 404),
        ("/", {}, {}, 404),
        # No WebSocket at all:
        ("/voice-live/realtime", QUERY, {"api-key": "test-key"}, 426),
    ],
)
async def test_refusals_are_json(
    path: str, query: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """A refusal before the upgrade has a status and a JSON body."""
    async with MockServer() as server, aiohttp.ClientSession() as http:
        url = server.endpoint + path
        async with http.get(url, params=query, headers=headers) as response:
            assert response.status == status
            body = await response.json()
    assert body["error"]["code"] == str(status)
    assert body["error"]["message"]


async def test_a_wrong_key_does_not_upgrade() -> None:
    """A WebSocket client sees 401 instead of an upgrade."""
    async with MockServer(api_key="right") as server:
        error = await refused(server, headers={"api-key": "wrong"})
    assert error.status == 401


async def test_an_unknown_model_fails_in_band() -> None:
    """After 101 the first frame is an error, then the connection is closed."""
    async with (
        MockServer() as server,
        connected(server, params=QUERY | {"model": "gpt-9"}) as client,
    ):
        (event,) = await client.until("error")
        assert event["error"]["code"] == "invalid_model"
        assert await client.closed() == 1008
    assert server.sessions[0].close_code == 1008


async def test_compression_is_not_offered() -> None:
    """A client that offers compression is accepted without it."""
    async with MockServer() as server, connected(server, compress=15) as client:
        assert client.websocket.compress == 0
        await client.until("session.created")


async def test_binary_and_broken_frames_are_answered() -> None:
    """Binary frames and invalid JSON give an error; the session continues."""
    async with MockServer(speed=inf) as server, connected(server) as client:
        await client.send(update())
        await client.until("session.updated")
        await client.websocket.send_bytes(b'{"type":"response.create"}')
        (event,) = await client.until("error")
        assert event["error"]["code"] == "invalid_json"
        await client.websocket.send_str("{")
        (event,) = await client.until("error")
        assert event["error"]["code"] == "invalid_json"
        await client.send(user("Hello"))
        await client.until("conversation.item.created")


async def test_too_large_a_message_closes_the_connection() -> None:
    """A message beyond the limit ends its session and no other."""
    async with MockServer(speed=inf) as server, connected(server) as other:
        async with connected(server) as client:
            await client.until("session.created")
            # The server may have hung up before all of it is sent.
            with suppress(ConnectionError):
                await client.websocket.send_str("x" * (22 << 20))
            # 1009, unless it got lost with the rest of the message.
            assert await client.closed() in (1009, 1006)
        await other.send(update(), user("Hello"))
        await other.until("conversation.item.created")


@pytest.mark.slow
async def test_the_largest_append_is_accepted() -> None:
    """15 MiB of audio in one append are within the limit."""
    async with MockServer(speed=inf) as server, connected(server) as client:
        await client.send(update(), append(bytes(15 << 20)), user("Hello"))
        events = await client.until("conversation.item.created")
        assert types(events) == [
            "session.created",
            "session.updated",
            "conversation.item.created",
        ]
        (received,) = server.last_session.sent("input_audio_buffer.append")
        assert received["audio"]
        (entry,) = [one for one in server.last_session.entries if one.size > 20 << 20]
        assert entry.from_client


async def test_stopping_ends_sessions_with_going_away() -> None:
    """When the server stops, clients see close code 1001."""
    async with MockServer(speed=inf) as server:
        async with connected(server) as client:
            await client.until("session.created")
            stopping = asyncio.create_task(server.stop())
            assert await client.closed() == 1001
            await stopping
        assert server.sessions[0].close_code == 1001
        with pytest.raises(aiohttp.ClientConnectorError):
            async with connected(server):
                pass


@pytest.mark.slow
async def test_sessions_do_not_disturb_each_other() -> None:
    """Twenty sessions at once each get their own answers."""
    async with MockServer(speed=50) as server:

        async def talk(number: int) -> None:
            async with connected(server) as client:
                name = f"Name{number}"
                await client.send(
                    update(modalities=["text"]), user(f"My name is {name}."), respond()
                )
                events = await client.until("response.done")
                assert name in only(events, "response.text.done")["text"]

        await asyncio.gather(*(talk(number) for number in range(20)))
        assert len(server.sessions) == 20
        assert len({session.session_id for session in server.sessions}) == 20


async def test_the_same_bytes_with_the_same_seed() -> None:
    """With a fixed seed and clock, two runs send the same bytes."""

    async def run() -> list[bytes]:
        async with (
            MockServer(speed=inf, seed=3, clock=lambda: 1_800_000_000.0) as server,
            connected(server) as client,
        ):
            await client.send(update(), user("Hello"), respond())
            await client.until("response.done")
            return [
                entry.frame
                for entry in server.sessions[0].entries
                if not entry.from_client
            ]

    assert await run() == await run()


@pytest.mark.slow
async def test_a_client_that_does_not_read_is_held_back() -> None:
    """Content waits for a slow reader instead of piling up, and arrives complete."""
    answer = Reply((Say("This is one of a great many sentences."),) * 100)
    async with (
        MockServer(speed=inf, responder=lambda _request: answer) as server,
        connected(server) as client,
    ):
        await client.send(update(), respond())
        (session,) = server.sessions
        await server.wait_for("response.created", from_client=False, within=30)
        # Do not read until the server has stopped producing.
        produced = -1
        while produced != len(session.entries):
            produced = len(session.entries)
            await asyncio.sleep(0.05)
        events = session.server_events()
        assert "response.done" not in types(events)
        assert types(await client.until("response.done"))[-1] == "response.done"


async def test_the_journal_records_both_sides() -> None:
    """Frames of both sides are recorded in order, with long audio truncated."""
    async with MockServer(speed=inf) as server, connected(server) as client:
        audio = append(bytes(48_000))
        await client.send(update(modalities=["text"]), audio)
        await client.until("session.updated")
        await server.wait_for(audio["type"])
        (session,) = server.sessions
        assert types(session.client_events()) == [
            "session.update",
            "input_audio_buffer.append",
        ]
        assert session.client_events("session.update") == [update(modalities=["text"])]
        assert types(session.server_events()) == ["session.created", "session.updated"]
        assert session.model == "gpt-realtime"
        (sent,) = [entry for entry in session.entries if entry.size > 60_000]
        assert len(sent.event["audio"]) == 44
        assert session.close_code is None
        await client.websocket.close()


async def test_the_journal_is_bounded() -> None:
    """Only the newest frames are kept, none when the limit is 0."""
    for limit in (3, 0):
        async with (
            MockServer(speed=inf, journal_limit=limit) as server,
            connected(server) as client,
        ):
            await client.send(update(), user("Hello"), respond())
            await client.until("response.done")
            assert len(server.sessions[0].entries) == limit


async def test_the_server_cannot_be_started_twice() -> None:
    """Starting a running server is an error; stopping twice is not."""
    server = MockServer()
    await server.start()
    with pytest.raises(RuntimeError):
        await server.start()
    await server.stop()
    await server.stop()


async def test_an_occupied_port_is_an_error() -> None:
    """Two servers cannot share a port."""
    async with MockServer() as server:
        port = int(server.endpoint.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            await MockServer(port=port).start()


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_speed_must_be_positive(speed: float) -> None:
    """A speed that is not above 0 is rejected."""
    with pytest.raises(ValueError, match="speed"):
        MockServer(speed=speed)
