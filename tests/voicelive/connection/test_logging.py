"""Messages of the logger "voicelive" at DEBUG, and secrets that they never contain."""

from __future__ import annotations

import base64
import logging

import pytest

from tests.support.client import KEY, dial
from tests.support.scripted_service import Peer, serve
from voicelive._transport.credentials import AccessToken
from voicelive.aio import AuthenticationError, VoiceLiveConnection, connect
from voicelive.models import (
    FunctionCallOutputItem,
    FunctionTool,
    InputTextContentPart,
    RequestSession,
    ServerEvent,
    UserMessageItem,
)
from voicelive_mockserver import MockServer

# Not silence, and unique text in base64.
AUDIO = bytes(range(256)) * 4


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "voicelive")


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The messages of the client."""
    return [r.getMessage() for r in caplog.records if r.name.startswith("voicelive.")]


async def until_done(connection: VoiceLiveConnection) -> list[ServerEvent]:
    events: list[ServerEvent] = []
    async for event in connection:
        events.append(event)
        if event.type == "response.done":
            break
    return events


async def ask(connection: VoiceLiveConnection, text: str) -> list[ServerEvent]:
    item = UserMessageItem(content=[InputTextContentPart(text=text)])
    await connection.conversation.item.create(item=item)
    await connection.response.create()
    return await until_done(connection)


async def test_a_whole_conversation(caplog: pytest.LogCaptureFixture) -> None:
    """Every step is in the log; the key, audio and words are not."""
    tool = FunctionTool(name="get_weather", parameters={"type": "object"})
    async with (
        MockServer(speed=float("inf"), api_key=KEY) as mock,
        connect(
            endpoint=mock.endpoint,
            credential=KEY,
            model="gpt-realtime",
            query={"token": "secret-of-the-query"},
        ) as connection,
    ):
        await connection.session.update(
            session=RequestSession(instructions="Answer like a pirate.", tools=[tool])
        )
        await connection.input_audio_buffer.append(audio=AUDIO)
        await connection.input_audio_buffer.clear()
        events = await ask(connection, "What is the weather in London?")
        (call,) = (e for e in events if e.type.endswith("arguments.done"))
        output = FunctionCallOutputItem(
            call_id=call.as_dict()["call_id"], output="Foggy, 12 degrees"
        )
        await connection.conversation.item.create(item=output)
        await connection.response.create()
        events += await until_done(connection)
        session_id = connection.session_id
        address = mock.endpoint.replace("http", "ws") + "/voice-live/realtime"
    messages = logged(caplog)
    assert messages[:2] == [f"connecting to {address}", f"connected to {address}"]
    assert f"the session is {session_id}" in messages
    for event in events:
        assert f"received {event.type}, {len(event.raw or b'')} bytes" in messages
    assert "sent response.create, 26 bytes" in messages
    assert messages[-1] == "closing with code 1000: no reason"
    text = "\n".join(messages)
    (reply,) = (e for e in events if e.type == "response.audio_transcript.done")
    delta = next(e for e in events if e.type == "response.audio.delta")
    for secret in (
        KEY,
        "secret-of-the-query",
        "pirate",
        "London",
        "Foggy",
        reply.as_dict()["transcript"],
        base64.b64encode(AUDIO).decode()[:40],
        delta.as_dict()["delta"][:40],
    ):
        assert secret
        assert secret not in text


async def test_unreadable_and_unknown_events(caplog: pytest.LogCaptureFixture) -> None:
    """An undecodable message is logged as such, without its content."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.send("not JSON: what the user said")
        await peer.send({"type": "brand.new", "said": "what the user said"})
        await peer.close(1011, "out of order")
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        for _ in range(3):
            await connection.recv()
        with pytest.raises(Exception, match="1011"):
            await connection.recv()
    messages = logged(caplog)
    assert "received an unreadable event, 28 bytes" in messages
    assert any(m.startswith("received brand.new, ") for m in messages)
    assert "the connection has ended with code 1011: out of order" in messages
    assert not any("what the user said" in m for m in messages)


async def test_refused_handshake(caplog: pytest.LogCaptureFixture) -> None:
    """A connection that does not come about says why, without the key."""

    async def script(peer: Peer) -> None:
        await peer.respond(401, body="no such key")

    async with serve(script) as server:
        with pytest.raises(AuthenticationError):
            async with dial(server):
                pass
    messages = logged(caplog)
    assert messages[-1].startswith("no connection: ws://127.0.0.1")
    assert "HTTP 401" in messages[-1]
    assert KEY not in "\n".join(messages)


async def test_failing_credential(caplog: pytest.LogCaptureFixture) -> None:
    """An exception of a credential is logged by its class only."""

    class Broken:
        async def get_token(self, *scopes: str) -> AccessToken:
            raise LookupError("refresh token 1234")

    with pytest.raises(LookupError):
        async with connect(endpoint="http://x.invalid", credential=Broken()):
            pass
    assert logged(caplog) == ["no connection: LookupError"]
