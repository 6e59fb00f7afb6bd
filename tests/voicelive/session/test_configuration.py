"""Sessions are configured first: nothing else is sent before `session.updated`."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.client import ScriptedServer, client_of
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.support.scripted_service import UPDATED, error_event
from voicelive import (
    ConfigurationFailed,
    ConnectionClosed,
    VoiceLiveSession,
)
from voicelive._session import configuration
from voicelive.models import RequestSession, ServerEventSessionUpdated
from voicelive.resilience import SendQueueFull
from voicelive.turns import ToolSet

pytestmark = pytest.mark.virtual_time

AUDIO = bytes(4800)
TOOLS = ToolSet()
REFUSED = error_event("no such field", "invalid_session_update_message")


def create(
    server: ScriptedServer, target: Any = "m", **options: Any
) -> VoiceLiveSession:
    return client_of(server).create_session(target, **options)


def begin_then(then: Callable[[MemoryPeer], Awaitable[None]]) -> Any:
    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        await then(peer)
        await peer.gone()

    return script


async def begun(call: Awaitable[Any]) -> asyncio.Task[Any]:
    """Start a call; return when it waits."""
    task = asyncio.ensure_future(call)
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    ("target", "session"),
    [
        ("gpt-realtime", {}),
        ({"agent": {"agent_name": "a", "project_name": "p"}}, {}),
        (RequestSession(model="m"), {}),
        (RequestSession(model="m", instructions="x"), {"instructions": "x"}),
    ],
)
async def test_the_first_event_is_an_update(target: Any, session: Any) -> None:
    """With a configuration, and without one an empty update."""
    first: list[Any] = []

    async def then(peer: MemoryPeer) -> None:
        first.append(await peer.configure())

    async with (
        serve_in_memory(begin_then(then)) as server,
        create(server, target) as client,
    ):
        async for event in client:
            if isinstance(event, ServerEventSessionUpdated):
                break
    assert first == [{"type": "session.update", "session": session}]


async def test_everything_else_waits_and_keeps_its_order() -> None:
    """Audio, text and requests go out after `session.updated`, also those of turns."""
    update, more = asyncio.Event(), asyncio.Event()
    received: list[str] = []

    async def then(peer: MemoryPeer) -> None:
        received.append((await peer.receive()).event["type"])
        update.set()
        await more.wait()
        assert received == ["session.update"]
        await peer.send(UPDATED)
        while (frame := await peer.receive()).opcode == 1:
            received.append(frame.event["type"])
        await peer.close(*frame.closing)

    async with serve_in_memory(begin_then(then)) as server:
        session = create(server, keep_turns=True)
        sends: list[asyncio.Task[Any]] = []
        first = asyncio.Event()

        async def early(_event: Any) -> None:
            sends.append(await begun(session.send_audio(AUDIO)))
            first.set()

        session.subscribe(on_session_created=early)
        await session.connect()
        await update.wait()
        await first.wait()
        sends.append(await begun(session.send('{"type": "text"}')))
        sends.append(await begun(session.turns.response.create()))
        sends.append(await begun(session.input_audio_buffer.commit()))
        assert not any(task.done() for task in sends)
        more.set()
        await asyncio.gather(*sends)
        await session.send_audio(AUDIO)
        await session.dispose()
    assert received == [
        "session.update",
        "input_audio_buffer.append",
        "text",
        "response.create",
        "input_audio_buffer.commit",
        "input_audio_buffer.append",
    ]


async def test_what_waits_fails_with_the_error_of_a_refused_update() -> None:
    """Nothing is sent after a refusal but another update, which lets all go on."""
    received: list[str] = []
    refuse = asyncio.Event()

    async def then(peer: MemoryPeer) -> None:
        received.append((await peer.receive()).event["type"])
        await refuse.wait()
        await peer.send(REFUSED)
        received.append((await peer.configure())["type"])
        received.append((await peer.receive()).event["type"])

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        held = [await begun(session.send_audio(AUDIO)) for _ in range(8)]
        refuse.set()
        for result in await asyncio.gather(*held, return_exceptions=True):
            assert isinstance(result, ConfigurationFailed)
            assert result.code == "invalid_session_update_message"
            assert "no such field" in str(result)
        with pytest.raises(ConfigurationFailed, match="no such field") as caught:
            await session.response.create()
        copied = pickle.loads(pickle.dumps(caught.value))
        assert (str(copied), copied.code) == (str(caught.value), caught.value.code)
        await session.update_session({})
        await session.send_audio(AUDIO)
        # The refusal was received as any other event.
        types = [(await session.recv()).type for _ in range(3)]
        assert types == ["session.created", "error", "session.updated"]
    assert received == [
        "session.update",
        "session.update",
        "input_audio_buffer.append",
    ]


@pytest.mark.parametrize("odd", ["error", "updated"])
async def test_answers_that_cannot_be_read_count(odd: str) -> None:
    """A field that does not fit its type hides neither the refusal nor the answer."""

    async def then(peer: MemoryPeer) -> None:
        await peer.receive()
        if odd == "error":
            await peer.send({"type": "error", "error": "no"})
        else:
            await peer.send({"type": "session.updated", "session": "odd"})

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        if odd == "error":
            with pytest.raises(ConfigurationFailed):
                await session.send_audio(AUDIO)
        else:
            await session.send_audio(AUDIO)


@pytest.mark.parametrize("by_us", [True, False])
async def test_what_waits_ends_with_the_connection(by_us: bool) -> None:
    """Held senders end when either side closes."""
    close = asyncio.Event()

    async def then(peer: MemoryPeer) -> None:
        await peer.receive()
        await close.wait()
        if not by_us:
            await peer.close(1011)

    async with serve_in_memory(begin_then(then)) as server:
        session = create(server)
        await session.connect()
        held = await begun(session.send_audio(AUDIO))
        close.set()
        if by_us:
            await session.disconnect()
        with pytest.raises(ConnectionClosed):
            await held
        await session.dispose()


async def test_an_update_without_an_answer() -> None:
    """Events are held for 30 seconds at most."""

    async def then(peer: MemoryPeer) -> None:
        await peer.receive()

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(ConfigurationFailed, match=r"not answered .* 30 s") as c:
            await session.send_audio(AUDIO)
        assert loop.time() - began == 30
        assert (c.value.code, c.value.error) == (None, None)


async def test_cancelled_senders_and_a_full_queue() -> None:
    """A sender that is cancelled takes its event along; too many are refused."""
    received: list[Any] = []
    update = asyncio.Event()

    async def then(peer: MemoryPeer) -> None:
        await peer.receive()
        await update.wait()
        await peer.send(UPDATED)
        while (frame := await peer.receive()).opcode == 1:
            received.append(frame.event["number"])
        await peer.close(*frame.closing)

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        held = [
            await begun(session.send({"type": "x", "number": number}))
            for number in range(configuration.MAX_HELD)
        ]
        with pytest.raises(SendQueueFull, match="1024 events"):
            await session.send_audio(AUDIO)
        with pytest.raises(TypeError):
            await session.send({"type": "x", "number": object()})
        for number in (0, 5):
            held[number].cancel()
        update.set()
        await asyncio.gather(*held, return_exceptions=True)
    assert received == [n for n in range(configuration.MAX_HELD) if n not in (0, 5)]
