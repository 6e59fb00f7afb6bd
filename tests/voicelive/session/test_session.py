from __future__ import annotations

import array
import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.client import KEY
from tests.support.scripted_service import Peer, Server, error_event, serve
from voicelive import (
    AuthenticationError,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionState,
    ConnectionTimeout,
    EventsDropped,
    ReceiveTimeout,
    SessionHandlers,
    SessionRejected,
    VoiceLiveClient,
    VoiceLiveSession,
)
from voicelive._connection.protocol import ConnectionProtocol
from voicelive._session import runner as _run
from voicelive.aio import WebsocketConnectionOptions, connect
from voicelive.models import (
    InputTextContentPart,
    RequestSession,
    ServerEventSessionCreated,
    UserMessageItem,
)
from voicelive_mockserver import MockServer

QUICK = WebsocketConnectionOptions(close_timeout=0.2)


def create(server: Server, **options: Any) -> VoiceLiveSession:
    client = VoiceLiveClient(server.endpoint, KEY)
    options.setdefault("connection_options", QUICK)
    return client.create_session("gpt-realtime", **options)


async def _idle(peer: Peer) -> None:
    await peer.begin()
    await peer.gone()


def begin_then(then: Callable[[Peer], Awaitable[None]]) -> Any:
    async def script(peer: Peer) -> None:
        await peer.begin()
        await then(peer)
        await peer.gone()

    return script


@asynccontextmanager
async def noting() -> AsyncIterator[tuple[list[dict[str, Any]], VoiceLiveSession]]:
    """A configured session, and what the service receives in it then."""
    sent: list[dict[str, Any]] = []

    async def note(peer: Peer) -> None:
        await peer.configure()
        while (frame := await peer.receive()).opcode == 1:
            sent.append(frame.event)
        await peer.close(*frame.closing)

    async with serve(begin_then(note)) as server, create(server) as session:
        yield sent, session


# --- connecting ----------------------------------------------------------------


async def test_states() -> None:
    """A session goes through its states, and can be connected again."""
    states = []
    async with serve(_idle) as server:
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
    async with serve(_idle) as server:
        session = create(server)
        await session.connect()
        with pytest.raises(RuntimeError, match="is connected"):
            await session.connect()
        async with session as same:
            assert same is session
    assert len(server.requests) == 1


async def test_not_connected() -> None:
    """Before connect() nothing can be sent or received."""
    async with serve(_idle) as server:
        session = create(server)
        for call in (session.recv, session.response.create):
            with pytest.raises(RuntimeError, match="call connect"):
                await call()
        await session.disconnect()
        await session.dispose()
    assert server.requests == []


async def test_refused_handshake() -> None:
    """connect() raises what the handshake was refused with, and can be repeated."""

    async def script(peer: Peer) -> None:
        if len(server.peers) == 1:
            await peer.respond(401)
        else:
            await _idle(peer)

    async with serve(script) as server:
        session = create(server)
        with pytest.raises(AuthenticationError) as caught:
            await session.connect()
        assert (caught.value.code, caught.value.retryable) == (401, False)
        assert session.connection_state is ConnectionState.DISCONNECTED
        await session.connect()
        await session.dispose()


@pytest.mark.parametrize("closes", [True, False])
async def test_rejected_session(closes: bool) -> None:
    """`error` in place of `session.created` makes connect() raise; handlers see it."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(error_event("no such model"))
        if closes:
            await peer.close(1000)
        await peer.gone()

    seen = []
    async with serve(script) as server:
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


async def _no_answer(peer: Peer) -> None:
    await peer.gone_unanswered()


async def _no_session(peer: Peer) -> None:
    await peer.accept()
    await peer.gone_unanswered()


@pytest.mark.parametrize("script", [_no_answer, _no_session])
@pytest.mark.parametrize("how", ["option", "argument"])
async def test_connection_timeout(script: Any, how: str) -> None:
    """connect() takes no longer than connection_timeout, or its own timeout."""
    async with serve(script) as server:
        if how == "option":
            session = create(server, connection_timeout=0.05)
            connecting = session.connect()
        else:
            session = create(server)
            connecting = session.connect(timeout=0.05)
        with pytest.raises(ConnectionTimeout, match=r"0\.05 s") as caught:
            await asyncio.wait_for(connecting, 5)
        assert caught.value.retryable
        assert session.connection_state is ConnectionState.DISCONNECTED


async def test_link_that_does_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """connect() that gives up does not wait long for a link that closes slowly."""
    monkeypatch.setattr(_run, "_GRACE_SECONDS", 0.02)
    left: list[bool] = []

    @asynccontextmanager
    async def slow(_listener: object) -> AsyncIterator[ConnectionProtocol]:
        async with connect(
            credential=KEY, endpoint=server.endpoint, connection_options=QUICK
        ) as connection:
            try:
                yield connection
            finally:
                try:
                    await asyncio.sleep(60)
                finally:
                    left.append(True)

    async with serve(_no_session) as server:
        session = VoiceLiveSession(slow)
        with pytest.raises(ConnectionTimeout):
            await asyncio.wait_for(session.connect(timeout=0.05), 5)
    assert left == [True]


async def test_cancelled_connect() -> None:
    """Cancelling connect() leaves nothing behind."""
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        asked.set()
        await peer.gone()

    async with serve(script) as server:
        session = create(server)
        connecting = asyncio.create_task(session.connect())
        await asked.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting


async def test_disconnect_while_connecting() -> None:
    """disconnect() ends an attempt to connect, which raises."""
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        asked.set()
        await peer.gone()

    async with serve(script) as server:
        session = create(server)
        connecting = asyncio.create_task(session.connect())
        await asked.wait()
        await session.disconnect()
        with pytest.raises(ConnectionFailed, match="given up"):
            await connecting
        assert session.connection_state is ConnectionState.DISCONNECTED


async def test_failing_start_session() -> None:
    """start_session() that fails leaves nothing behind."""

    async def script(peer: Peer) -> None:
        await peer.respond(503, {"Retry-After": "7"})

    async with serve(script) as server:
        client = VoiceLiveClient(server.endpoint, KEY)
        with pytest.raises(ConnectionFailed) as caught:
            await client.start_session("m", handlers=SpeakingHandlers())
    assert (caught.value.code, caught.value.retryable) == (503, True)
    assert caught.value.retry_after == 7


class SpeakingHandlers(SessionHandlers):
    def on_connected(self, event: Any) -> None:
        raise AssertionError


async def test_cancelled_context() -> None:
    """Cancelling whoever uses a session releases everything."""
    entered = asyncio.Event()

    async def use() -> None:
        async with create(server) as session:
            session.subscribe(on_server_event=lambda event: None)
            entered.set()
            async for _ in session:
                pass

    async with serve(_idle) as server:
        task = asyncio.create_task(use())
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# --- iterating -----------------------------------------------------------------


async def test_iteration() -> None:
    """A session is iterated like a connection: a normal close ends the loop."""

    async def then(peer: Peer) -> None:
        await peer.send({"type": "one"})
        await peer.close(1000)

    async with serve(begin_then(then)) as server, create(server) as session:
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

    async def then(peer: Peer) -> None:
        await peer.send({"type": "one"})
        await peer.hang_up()

    async with serve(begin_then(then)) as server, create(server) as session:
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
    """Only one task can wait for events; the other is told to use handlers."""
    async with serve(_idle) as server, create(server) as session:
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
    """ReceiveTimeout comes through and the session goes on."""
    go = asyncio.Event()

    async def then(peer: Peer) -> None:
        await go.wait()
        await peer.send({"type": "late"})

    options = {**QUICK, "receive_timeout": 0.02}
    async with (
        serve(begin_then(then)) as server,
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
    """Without handlers the service has to wait while nobody iterates."""
    sent = 0
    all_sent = asyncio.Event()

    async def then(peer: Peer) -> None:
        nonlocal sent
        for _ in range(1000):
            await peer.send(BIG)
            sent += 1
        all_sent.set()

    async with serve(begin_then(then)) as server, create(server) as session:
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.05)
        assert sent < 900
        # Handlers let everything through, the latest 100 are kept.
        session.subscribe(on_server_event=lambda event: None)
        await asyncio.wait_for(all_sent.wait(), 5)
        await asyncio.wait_for(session.disconnect(), 5)
        assert len([event async for event in session]) == 100


async def test_iteration_lets_the_service_go_on() -> None:
    """A service that had to wait goes on when events are taken; none is lost."""

    async def then(peer: Peer) -> None:
        for number in range(300):
            await peer.send({**BIG, "number": number})
        await peer.close(1000)

    async with serve(begin_then(then)) as server, create(server) as session:
        await asyncio.sleep(0.05)  # time to fill all buffers
        async with asyncio.timeout(5):
            events = [event.as_dict() async for event in session]
    assert [event["number"] for event in events[1:]] == list(range(300))


async def test_slow_iteration_besides_handlers() -> None:
    """With handlers iterating too slowly loses the oldest events, and says so."""
    go = asyncio.Event()

    async def then(peer: Peer) -> None:
        await go.wait()
        for number in range(250):
            await peer.send({"type": "numbered", "number": number})

    async with (
        serve(begin_then(then)) as server,
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
    """What is not bytes-like is no audio, base64 text included."""
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

    async def then(peer: Peer) -> None:
        await peer.configure()
        frame = await peer.receive()
        codes.append(frame.closing)
        await peer.close(*frame.closing)

    async with serve(begin_then(then)) as server, create(server) as session:
        with pytest.raises(ValueError, match="1006"):
            await session.close(code=1006)
        assert session.is_connected
        await asyncio.gather(session.close(code=4000, reason="bye"), session.close())
    assert codes == [(4000, "bye")]


async def test_whole_turn_with_the_mock_service() -> None:
    """A turn with the mock service, by handlers and iteration at the same time."""
    text: list[str] = []
    said = ""
    async with MockServer(speed=float("inf")) as mock:
        client = VoiceLiveClient(mock.endpoint, mock.api_key)
        configuration = RequestSession(model="gpt-realtime", modalities=["text"])
        async with client.create_session(configuration) as session:
            session.subscribe(on_response_text_delta=lambda e: text.append(e.delta))
            item = UserMessageItem(content=[InputTextContentPart(text="Hello!")])
            await session.add_conversation_item(item)
            await session.response.create()
            async for event in session:
                if event.type == "response.text.done":
                    said = event.as_dict()["text"]
                if event.type == "response.done":
                    break
    assert "".join(text) == said != ""
