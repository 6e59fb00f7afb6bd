"""`voicelive.testing`: a transport in memory, as used by tests of an application."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from tests.support.event_loops import run_virtual
from tools.paths import DOCS
from voicelive import ConnectionClosed, ConnectionFailed, VoiceLiveClient
from voicelive.aio import VoiceLiveConnection, connect
from voicelive.models import (
    RequestSession,
    ServerEventSessionCreated,
    ServerEventSessionUpdated,
    UnknownServerEvent,
)
from voicelive.resilience import (
    Backoff,
    ReconnectPolicy,
    connect_with_retry,
    stay_connected,
)
from voicelive.testing import Handshake, MemoryTransport, Transport
from voicelive.turns import ToolSet
from voicelive_protocol import decode_server_event

pytestmark = pytest.mark.virtual_time

CREATED: dict[str, Any] = {"type": "session.created", "session": {"id": "sess_1"}}
UPDATED: dict[str, Any] = {"type": "session.updated", "session": {"id": "sess_1"}}
GUIDE = (DOCS / "testing.md").read_text("utf-8")


def connecting(transport: Any, **arguments: Any) -> Any:
    return connect(
        credential="secret", endpoint="https://test", transport=transport, **arguments
    )


async def accepting(*messages: Any) -> MemoryTransport:
    """Return a transport whose service has begun and configured the session."""
    transport = MemoryTransport()
    for message in (CREATED, UPDATED, *messages):
        await transport.service.send(message)
    return transport


def one_for_each(*attempts: MemoryTransport | Exception) -> Any:
    left = iter(attempts)

    async def dial(handshake: Handshake) -> Transport:
        attempt = next(left)
        if isinstance(attempt, Exception):
            raise attempt
        return await attempt(handshake)

    return dial


def test_the_guide() -> None:
    """The examples of the guide run, in virtual time."""
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "guide"}
    with pytest.raises(ConnectionClosed, match="1001: the session is too long"):
        exec(compile(blocks[0], "testing.md", "exec", dont_inherit=True), names)
    for block in blocks[1:]:
        exec(compile(block, "testing.md", "exec", dont_inherit=True), names)


async def test_handshake() -> None:
    """The test sees URL and headers; the repr has no secret."""
    transport = MemoryTransport()
    with pytest.raises(RuntimeError, match="not connected"):
        _ = transport.handshake
    async with connecting(
        transport, model="gpt-4o", query={"api-key": "secret"}, headers={"X": "y"}
    ):
        handshake = transport.handshake
    assert handshake.url.startswith("wss://test/voice-live/realtime?")
    assert "model=gpt-4o" in handshake.url
    assert handshake.headers["api-key"] == "secret"
    assert handshake.headers["X"] == "y"
    assert "secret" not in repr(handshake)


async def test_forms_of_messages() -> None:
    """The service sends mappings, models, text and bytes; other types are refused."""
    model = decode_server_event(b'{"type":"session.updated","session":{"id":"1"}}')
    assert isinstance(model, ServerEventSessionUpdated)
    transport = MemoryTransport()
    for message in (CREATED, model, '{"type":"text"}', b'{"type":"bytes"}'):
        await transport.service.send(message)
    wrong: Any = 5
    with pytest.raises(TypeError, match="not int"):
        await transport.service.send(wrong)
    async with connecting(transport) as connection:
        assert isinstance(await connection.recv(), ServerEventSessionCreated)
        assert isinstance(await connection.recv(), ServerEventSessionUpdated)
        for kind in ("text", "bytes"):
            event = await connection.recv()
            assert isinstance(event, UnknownServerEvent)
            assert event.as_dict() == {"type": kind}


async def test_what_the_client_sent() -> None:
    """The service reads events, unchanged messages, and the close."""
    transport = MemoryTransport()
    service = transport.service
    async with connecting(transport) as connection:
        await connection.session.update(session=RequestSession(instructions="x"))
        await connection.send("not JSON")
        await connection.send("[]")
        assert service.closed is None
        update = await service.receive()
        assert (update["type"], update["session"]) == (
            "session.update",
            {"instructions": "x"},
        )
        assert await service.receive_bytes() == b"not JSON"
        with pytest.raises(ValueError, match="no JSON object"):
            await service.receive()
    with pytest.raises(ConnectionClosed) as caught:
        await service.receive()
    assert caught.value.code == 1000
    with pytest.raises(ConnectionClosed):
        await service.send(CREATED)
    closed = service.closed
    assert closed is not None
    assert closed.code == 1000


async def test_wrong_transport() -> None:
    """A transport that cannot be called is refused at once."""
    wrong: Any = object()
    with pytest.raises(TypeError, match="transport must be an async function"):
        connecting(wrong)
    with pytest.raises(TypeError, match="transport must be an async function"):
        VoiceLiveClient("https://test", "key").create_session("m", transport=wrong)


async def test_second_attempt_with_one_transport() -> None:
    """A MemoryTransport serves one attempt; the error names the alternative."""
    transport = MemoryTransport()
    async with connecting(transport):
        pass
    with pytest.raises(ConnectionFailed, match="a function that returns one") as error:
        async with connecting(transport):
            pass
    assert not error.value.retryable


async def test_refused_handshake() -> None:
    """A transport that raises ConnectionFailed is an attempt that failed."""
    refused = ConnectionFailed("busy", status=429)
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(ConnectionFailed, match="busy"):
        async with connecting(one_for_each(refused)):
            pass
    assert loop.time() == began
    async with connect_with_retry(
        credential="key",
        endpoint="https://test",
        transport=one_for_each(refused, refused, await accepting()),
        backoff=Backoff(initial=10, random=lambda: 1.0),
    ) as connection:
        assert (await connection.recv()).type == "session.created"
    assert loop.time() - began >= 10


async def test_reconnecting() -> None:
    """Each attempt of a reconnecting connection gets a transport of its own."""
    first, second = await accepting(), await accepting()
    async with stay_connected(
        credential="key",
        endpoint="https://test",
        transport=one_for_each(first, second),
        policy=ReconnectPolicy(backoff=Backoff(initial=1)),
    ) as connection:
        await connection.session.update(session=RequestSession(instructions="x"))
        assert (await connection.recv()).type == "session.created"
        assert (await connection.recv()).type == "session.updated"
        first.service.abort()
        assert (await connection.recv()).type == "session.created"
        restored = await second.service.receive()
        assert restored["session"] == {"instructions": "x"}


async def test_turns_of_a_session() -> None:
    """A session runs tools over a transport in memory."""

    def get_weather() -> str:
        """Get the weather."""
        return "rain"

    item = {
        "type": "function_call",
        "id": "item_1",
        "call_id": "call_1",
        "name": "get_weather",
        "arguments": "{}",
    }
    response = {"id": "resp_1", "status": "completed", "output": [item]}
    transport = await accepting(
        {"type": "response.created", "response": {"id": "resp_1"}},
        {
            "type": "response.output_item.done",
            "response_id": "resp_1",
            "output_index": 0,
            "item": item,
        },
        {"type": "response.done", "response": response},
    )
    session = VoiceLiveClient("https://test", "key").create_session(
        "gpt-realtime", transport=transport, tools=ToolSet(get_weather)
    )
    async with session:
        update = await transport.service.receive()
        assert update["session"]["tools"][0]["name"] == "get_weather"
        output = await transport.service.receive()
        assert output["item"]["output"] == "rain"
        assert (await transport.service.receive())["type"] == "response.create"


async def test_cancelled_calls_lose_nothing() -> None:
    """Cancelling a send that waits, or a receive, leaves the order of the rest."""
    transport = MemoryTransport(buffer_bytes=10)
    connection: VoiceLiveConnection
    async with connecting(transport) as connection:
        sends = [asyncio.create_task(connection.send(f"{n:06}")) for n in range(4)]
        await asyncio.sleep(1)
        assert [task.done() for task in sends] == [True, False, False, False]
        sends[1].cancel()
        service = transport.service
        assert [await service.receive_bytes() for _ in range(3)] == [
            b"000000",
            b"000002",
            b"000003",
        ]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await service.receive_bytes()
        await connection.send("next")
        assert await service.receive_bytes() == b"next"


def test_a_wait_ends_with_the_connection() -> None:
    """A sender that waits for room and a receiver end when the service breaks off."""

    async def scenario() -> list[str]:
        transport = MemoryTransport(buffer_bytes=10)
        async with connecting(transport) as connection:
            await connection.send("x" * 10)
            waiting = [
                asyncio.create_task(connection.send("x" * 10)),
                asyncio.create_task(connection.recv()),
            ]
            await asyncio.sleep(60)
            transport.service.abort("cable")
            ends = await asyncio.gather(*waiting, return_exceptions=True)
            return [str(end) for end in ends]

    assert run_virtual(scenario()) == ["connection closed with code 1006: cable"] * 2
