from __future__ import annotations

import array
import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.client import KEY, ScriptedServer, client_of
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.support.scripted_service import error_event
from voicelive import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionState,
    ConnectionTimeout,
    EventsDropped,
    ReceiveTimeout,
    SessionRejected,
    VoiceLiveSession,
)
from voicelive._connection.protocol import ConnectionProtocol
from voicelive.aio import connect
from voicelive.models import (
    InputTextContentPart,
    RequestSession,
    ServerEventSessionCreated,
    UserMessageItem,
)

pytestmark = pytest.mark.virtual_time


def create(server: ScriptedServer, **options: Any) -> VoiceLiveSession:
    return client_of(server).create_session("gpt-realtime", **options)


async def _idle(peer: MemoryPeer) -> None:
    await peer.begin()
    await peer.gone()


def begin_then(then: Callable[[MemoryPeer], Awaitable[None]]) -> Any:
    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        await then(peer)
        await peer.gone()

    return script


@asynccontextmanager
async def noting() -> AsyncIterator[tuple[list[dict[str, Any]], VoiceLiveSession]]:
    """A configured session, and what the service receives in it then."""
    sent: list[dict[str, Any]] = []

    async def note(peer: MemoryPeer) -> None:
        await peer.configure()
        while (frame := await peer.receive()).opcode == 1:
            sent.append(frame.event)
        await peer.close(*frame.closing)

    async with serve_in_memory(begin_then(note)) as server, create(server) as session:
        yield sent, session


# --- connecting ----------------------------------------------------------------


async def test_states() -> None:
    """A session goes through its states, and can be connected again."""
    states = []
    async with serve_in_memory(_idle) as server:
        session = create(server)
        assert session.connection_state is ConnectionState.DISCONNECTED
        assert session.session_id is None
        connecting = asyncio.create_task(session.connect())
        await asyncio.sleep(0)
        states.append(session.connection_state)
        await connecting
        states.append(session.connection_state)
        assert session.is_connected
        assert session.session_id == "sess_1"
        assert "sess_1" in repr(session)
        closing = asyncio.create_task(session.disconnect())
        await asyncio.sleep(0)
        states.append(session.connection_state)
        await closing
        states.append(session.connection_state)
        assert session.closed
        await session.connect()
        assert session.is_connected
        await session.dispose()
        with pytest.raises(RuntimeError, match="disposed"):
            await session.connect()
        with pytest.raises(RuntimeError, match="disposed"):
            session.subscribe(on_response_done=print)
        assert "disposed" in repr(session)
    assert states == [
        ConnectionState.CONNECTING,
        ConnectionState.CONNECTED,
        ConnectionState.DISCONNECTING,
        ConnectionState.DISCONNECTED,
    ]
    assert len(server.requests) == 2


async def test_connecting_twice() -> None:
    """connect() of a connected session is refused; entering its context is not."""
    async with serve_in_memory(_idle) as server:
        session = create(server)
        await session.connect()
        with pytest.raises(RuntimeError, match="is connected"):
            await session.connect()
        async with session as same:
            assert same is session
    assert len(server.requests) == 1


async def test_not_connected() -> None:
    """Before connect() nothing can be sent or received."""
    async with serve_in_memory(_idle) as server:
        session = create(server)
        for call in (session.recv, session.response.create):
            with pytest.raises(RuntimeError, match="call connect"):
                await call()
        await session.disconnect()
        await session.dispose()
    assert server.requests == []


@pytest.mark.parametrize("closes", [True, False])
async def test_rejected_session(closes: bool) -> None:
    """`error` in place of `session.created` makes connect() raise; handlers get it."""

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.send(error_event("no such model"))
        if closes:
            await peer.close(1000)
        await peer.gone()

    seen = []
    async with serve_in_memory(script) as server:
        session = create(server)
        session.subscribe(
            on_server_error=lambda event: seen.append(event.error.message),
            on_connected=lambda event: seen.append("connected"),
            on_disconnected=lambda event: seen.append("disconnected"),
            on_error=lambda event: seen.append("failed"),
        )
        with pytest.raises(SessionRejected, match="no such model") as caught:
            await session.connect()
        assert caught.value.error is not None
        assert caught.value.error.code == "invalid_model"
        assert not caught.value.retryable
        # The events can still be read; then the loop raises, also after code 1000.
        assert (await session.recv()).type == "error"
        with pytest.raises(SessionRejected):
            await anext(session)
    assert seen == ["no such model"]


async def _no_answer(peer: MemoryPeer) -> None:
    await peer.gone()


async def _no_session(peer: MemoryPeer) -> None:
    await peer.accept()
    await peer.gone()


@pytest.mark.parametrize("script", [_no_answer, _no_session])
@pytest.mark.parametrize("how", ["option", "argument"])
async def test_connection_timeout(script: Any, how: str) -> None:
    """connect() takes no longer than connection_timeout, or its own timeout."""
    async with serve_in_memory(script) as server:
        began = asyncio.get_running_loop().time()
        if how == "option":
            session = create(server, connection_timeout=50)
            connecting = session.connect()
        else:
            session = create(server)
            connecting = session.connect(timeout=50)
        with pytest.raises(ConnectionTimeout, match="50 s") as caught:
            await connecting
        assert asyncio.get_running_loop().time() - began == 50
        assert caught.value.retryable
        assert session.connection_state is ConnectionState.DISCONNECTED


async def test_connection_that_closes_slowly() -> None:
    """connect() that times out gives the connection a second to close."""
    times: list[float] = []
    loop = asyncio.get_running_loop()

    @asynccontextmanager
    async def slow(_listener: object) -> AsyncIterator[ConnectionProtocol]:
        async with connect(
            credential=KEY, endpoint=server.endpoint, transport=server.transport
        ) as connection:
            try:
                yield connection
            finally:
                try:
                    await asyncio.sleep(60)
                finally:
                    times.append(loop.time() - began)

    async with serve_in_memory(_no_session) as server:
        session = VoiceLiveSession(slow)
        began = loop.time()
        with pytest.raises(ConnectionTimeout):
            await session.connect(timeout=50)
    assert times == [51]


async def test_cancelled_connect() -> None:
    """Cancelling connect() leaves nothing behind."""
    asked = asyncio.Event()

    async def script(peer: MemoryPeer) -> None:
        asked.set()
        await peer.gone()

    async with serve_in_memory(script) as server:
        session = create(server)
        connecting = asyncio.create_task(session.connect())
        await asked.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting


async def test_disconnect_while_connecting() -> None:
    """disconnect() ends an attempt to connect, which raises."""
    asked = asyncio.Event()

    async def script(peer: MemoryPeer) -> None:
        asked.set()
        await peer.gone()

    async with serve_in_memory(script) as server:
        session = create(server)
        connecting = asyncio.create_task(session.connect())
        await asked.wait()
        await session.disconnect()
        with pytest.raises(ConnectionFailed, match="cancelled"):
            await connecting
        assert session.connection_state is ConnectionState.DISCONNECTED


async def test_cancelled_context() -> None:
    """Cancelling the task that uses a session releases everything."""
    entered = asyncio.Event()

    async def use() -> None:
        async with create(server) as session:
            session.subscribe(on_server_event=lambda event: None)
            entered.set()
            async for _ in session:
                pass

    async with serve_in_memory(_idle) as server:
        task = asyncio.create_task(use())
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# --- iterating -----------------------------------------------------------------


async def test_iteration() -> None:
    """A session is iterated like a connection: a normal close ends the loop."""

    async def then(peer: MemoryPeer) -> None:
        await peer.send({"type": "one"})
        await peer.close(1000)

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        events = [event async for event in session]
        assert isinstance(events[0], ServerEventSessionCreated)
        assert [event.as_dict()["type"] for event in events] == [
            "session.created",
            "one",
        ]
        with pytest.raises(ConnectionClosed) as caught:
            await session.recv()
        assert caught.value.code == 1000
        assert [event async for event in session] == []


async def test_lost_while_iterating() -> None:
    """A connection that breaks raises in the loop, after all events before it."""

    async def then(peer: MemoryPeer) -> None:
        await peer.send({"type": "one"})
        await peer.hang_up()

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        seen: list[str] = []

        async def iterate() -> None:
            async for event in session:
                seen.append(event.as_dict()["type"])

        with pytest.raises(ConnectionLost) as caught:
            await iterate()
        assert seen == ["session.created", "one"]
        assert (caught.value.code, caught.value.retryable) == (1006, True)
        with pytest.raises(ConnectionLost):
            await session.send_event({"type": "x"})


async def test_two_iterations() -> None:
    """Only one task can receive; the error for another one suggests handlers."""
    async with serve_in_memory(_idle) as server, create(server) as session:
        await session.recv()
        waiting = asyncio.create_task(session.recv())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task"):
            await session.recv()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await session.disconnect()
        with pytest.raises(ConnectionClosed):
            await session.recv()


async def test_receive_timeout() -> None:
    """ReceiveTimeout is raised, and the session continues."""
    go = asyncio.Event()

    async def then(peer: MemoryPeer) -> None:
        await go.wait()
        await peer.send({"type": "late"})

    options = {"receive_timeout": 20}
    async with (
        serve_in_memory(begin_then(then)) as server,
        create(server, connection_options=options) as session,
    ):
        heard = asyncio.Event()
        session.subscribe(on_error=lambda failure: heard.set())
        await session.recv()
        with pytest.raises(ReceiveTimeout):
            await session.recv()
        await heard.wait()
        go.set()
        while True:
            try:
                event = await session.recv()
            except ReceiveTimeout:
                continue
            break
        assert event.as_dict() == {"type": "late"}


BIG = {"type": "big", "text": "x" * 20_000}


async def test_service_waits_for_iteration() -> None:
    """Without handlers and iteration, back pressure stops the service."""
    sent = 0
    all_sent = asyncio.Event()

    async def then(peer: MemoryPeer) -> None:
        nonlocal sent
        for _ in range(1000):
            await peer.send(BIG)
            sent += 1
        all_sent.set()

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        await asyncio.sleep(1)  # until all tasks wait
        assert sent < 900
        # Handlers let everything through, the latest 100 are kept.
        session.subscribe(on_server_event=lambda event: None)
        await all_sent.wait()
        await session.disconnect()
        assert len([event async for event in session]) == 100


async def test_iteration_lets_the_service_go_on() -> None:
    """A service that had to wait goes on when events are taken; none is lost."""

    async def then(peer: MemoryPeer) -> None:
        for number in range(300):
            await peer.send({**BIG, "number": number})
        await peer.close(1000)

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        await asyncio.sleep(1)  # until all buffers are full
        events = [event.as_dict() async for event in session]
    assert [event["number"] for event in events[1:]] == list(range(300))


async def test_slow_iteration_with_handlers() -> None:
    """With handlers iterating too slowly loses the oldest events, and says so."""
    go = asyncio.Event()

    async def then(peer: MemoryPeer) -> None:
        await go.wait()
        for number in range(250):
            await peer.send({"type": "numbered", "number": number})

    async with (
        serve_in_memory(begin_then(then)) as server,
        create(server, event_queue_size=200) as session,
    ):
        done = asyncio.Event()

        def look(event: Any) -> None:
            if event.as_dict().get("number") == 249:
                done.set()

        session.subscribe(on_server_event=look)
        await session.recv()
        go.set()
        await done.wait()
        with pytest.raises(EventsDropped) as caught:
            await session.recv()
        assert caught.value.count == 50
        event = await session.recv()
        assert event.as_dict()["number"] == 50


# --- sending -------------------------------------------------------------------


async def test_send_audio() -> None:
    """Anything bytes-like goes to the buffer, or to a turn; empty data nowhere."""
    samples = array.array("h", [1, -2, 3])
    raw = samples.tobytes()
    async with noting() as (sent, session):
        for data in (raw, bytearray(raw), memoryview(samples), memoryview(raw)[::2]):
            await session.send_audio(data)
        await session.send_audio(raw, turn_id="t")
        await session.send_audio(b"")
    for event in sent:
        event["audio"] = base64.b64decode(event["audio"])
    assert [event["audio"] for event in sent] == [raw, raw, raw, raw[::2], raw]
    assert [event["type"] for event in sent[:4]] == ["input_audio_buffer.append"] * 4
    assert sent[4] == {
        "type": "input_audio.turn.append",
        "turn_id": "t",
        "audio": raw,
    }


@pytest.mark.parametrize("data", ["text", 5, None, [1]])
async def test_no_audio(data: Any) -> None:
    """Audio must be bytes-like; base64 text is refused."""
    async with noting() as (sent, session):
        with pytest.raises(TypeError):
            await session.send_audio(data)
    assert sent == []


async def test_audio_turns() -> None:
    """A turn is active from its start to its end."""
    async with noting() as (sent, session):
        with pytest.raises(RuntimeError, match="no audio turn"):
            await session.end_audio_turn()
        turn = await session.start_audio_turn()
        assert session.active_turn_id == turn
        await session.end_audio_turn("another")
        assert session.active_turn_id == turn
        await session.end_audio_turn()
        assert session.active_turn_id is None
        assert await session.start_audio_turn("mine") == "mine"
    assert session.active_turn_id is None
    assert [(event["type"], event["turn_id"]) for event in sent] == [
        ("input_audio.turn.start", turn),
        ("input_audio.turn.end", "another"),
        ("input_audio.turn.end", turn),
        ("input_audio.turn.start", "mine"),
    ]


async def test_other_ways_to_send() -> None:
    """Methods, resources and plain events all go out in order."""
    item = UserMessageItem(content=[InputTextContentPart(text="Hi")])
    async with noting() as (sent, session):
        await session.update_session(RequestSession(instructions="x"))
        await session.add_conversation_item(item, previous_item_id="root")
        await session.response.create()
        await session.send_event({"type": "mine"})
        await session.send('{"type": "text"}')
    assert [event["type"] for event in sent] == [
        "session.update",
        "conversation.item.create",
        "response.create",
        "mine",
        "text",
    ]
    assert sent[1]["previous_item_id"] == "root"


async def test_close_code() -> None:
    """close() sends its code; one that may not be sent leaves the session as it was."""
    codes = []

    async def then(peer: MemoryPeer) -> None:
        await peer.configure()
        frame = await peer.receive()
        codes.append(frame.closing)
        await peer.close(*frame.closing)

    async with serve_in_memory(begin_then(then)) as server, create(server) as session:
        with pytest.raises(ValueError, match="1006"):
            await session.close(code=1006)
        assert session.is_connected
        await asyncio.gather(session.close(code=4000, reason="bye"), session.close())
    assert codes == [(4000, "bye")]
