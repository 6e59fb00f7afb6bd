from __future__ import annotations

import asyncio
import base64
import json
import logging
import pickle
import struct
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.scripted_service import (
    BINARY,
    CONTINUATION,
    CREATED,
    PING,
    PONG,
    TEXT,
    Peer,
    error_event,
    serve,
)
from tests.support.waiting import eventually
from voicelive._transport.aiohttp import AiohttpTransport
from voicelive.aio import (
    ConnectionClosed,
    ConnectionLost,
    MessageTooLarge,
    ProtocolError,
    ReceiveTimeout,
    SessionRejected,
    VoiceLiveConnection,
)
from voicelive.models import (
    InvalidServerEvent,
    ReceivedEvent,
    ServerEventConversationItemRetrieved,
    ServerEventError,
    ServerEventResponseAudioDelta,
    ServerEventSessionCreated,
    ServerEventType,
    UnknownServerEvent,
)

DELTA = {
    "event_id": "event_2",
    "type": "response.audio.delta",
    "response_id": "resp_1",
    "item_id": "item_1",
    "output_index": 0,
    "content_index": 0,
    "delta": "AAECAw==",
}


def sending(*events: Any, then: Callable[[Peer], Awaitable[None]] | None = None) -> Any:
    """A script that begins a session, sends the events, and does what comes then."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        for event in events:
            await peer.send(event)
        await (then or Peer.gone)(peer)

    return script


async def types(connection: VoiceLiveConnection) -> list[str]:
    """The types of all events until the end."""
    return [str(event.type) async for event in connection]


async def until_it_raises(
    connection: VoiceLiveConnection,
) -> tuple[list[ReceivedEvent], ConnectionClosed]:
    """All events, and the error that ended the iteration."""
    events: list[ReceivedEvent] = []
    try:
        async for event in connection:
            events.append(event)
    except ConnectionClosed as error:
        return events, error
    pytest.fail("the iteration ended quietly")


# --- messages ------------------------------------------------------------------


async def test_typed_events() -> None:
    """A message becomes the event of its type and keeps the frame."""
    async with serve(sending(DELTA)) as server, dial(server) as connection:
        created = await connection.recv()
        assert isinstance(created, ServerEventSessionCreated)
        assert created.session.id == "sess_1"
        delta = await anext(connection)
        assert isinstance(delta, ServerEventResponseAudioDelta)
        assert delta.type == ServerEventType.RESPONSE_AUDIO_DELTA
        assert delta.delta == bytes(range(4))
        assert delta.raw == json.dumps(DELTA).encode()


async def test_binary_message() -> None:
    """JSON in a binary message is an event too."""

    async def then(peer: Peer) -> None:
        await peer.frame(BINARY, json.dumps(DELTA).encode())
        await peer.gone()

    async with serve(sending(then=then)) as server, dial(server) as connection:
        await connection.recv()
        assert isinstance(await connection.recv(), ServerEventResponseAudioDelta)


async def test_message_in_fragments() -> None:
    """A message may come in several frames, with pings between them."""
    text = json.dumps(DELTA).encode()

    async def then(peer: Peer) -> None:
        await peer.frame(TEXT, text[:10], fin=False)
        await peer.frame(PING, b"")
        await peer.frame(CONTINUATION, text[10:20], fin=False)
        await peer.frame(CONTINUATION, text[20:])
        await peer.gone()

    async with serve(sending(then=then)) as server, dial(server) as connection:
        await connection.recv()
        assert (await connection.recv()).raw == text


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b'{"type": "brand.new", "x": 1}', UnknownServerEvent),
        (b'{"type": "response.audio.delta", "delta": 3}', InvalidServerEvent),
        (b"{no json", InvalidServerEvent),
        (b'{"type": "error", "x": "\xff\xfe"}', InvalidServerEvent),
        (b"\xff\xff", InvalidServerEvent),
        (b"[1, 2]", InvalidServerEvent),
        (b"", InvalidServerEvent),
    ],
)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_strange_messages(payload: bytes, kind: type, opcode: int) -> None:
    """An unknown event is delivered unchanged, and the connection continues."""

    async def then(peer: Peer) -> None:
        await peer.frame(opcode, payload)
        await peer.send(DELTA)
        await peer.gone()

    async with serve(sending(then=then)) as server, dial(server) as connection:
        await connection.recv()
        strange = await connection.recv()
        assert isinstance(strange, kind)
        assert strange.raw == payload
        assert isinstance(await connection.recv(), ServerEventResponseAudioDelta)


async def test_recv_bytes() -> None:
    """recv_bytes gives messages as they came, whatever they are."""
    async with serve(sending("{no json")) as server, dial(server) as connection:
        assert json.loads(await connection.recv_bytes()) == CREATED
        assert connection.session_id == "sess_1"
        assert await connection.recv_bytes() == b"{no json"


async def test_debug_log(caplog: pytest.LogCaptureFixture) -> None:
    """The debug log has types and sizes, but no content."""
    caplog.set_level(logging.DEBUG, "voicelive")
    async with serve(sending(DELTA)) as server, dial(server) as connection:
        await connection.recv()
        await connection.recv()
        await connection.input_audio_buffer.append(audio=b"\1\2\3\4" * 10)
        await connection.send({"type": "x", "audio": "AQIDBAECAwQ="})
    size = len(json.dumps(DELTA))
    assert f"received response.audio.delta, {size} bytes" in caplog.text
    assert "sent input_audio_buffer.append, " in caplog.text
    assert "sent x, " in caplog.text
    assert "AAECAw==" not in caplog.text
    assert "AQID" not in caplog.text


# --- the end -------------------------------------------------------------------


async def test_normal_close() -> None:
    """A close with 1000 ends the iteration; recv() raises with code and reason."""

    async def then(peer: Peer) -> None:
        await peer.close(1000, "bye")
        await peer.gone()

    async with serve(sending(then=then)) as server, dial(server) as connection:
        assert await types(connection) == ["session.created"]
        assert connection.closed
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
        assert (caught.value.code, caught.value.reason) == (1000, "bye")
        assert await types(connection) == []


@pytest.mark.parametrize(
    ("sent", "code", "reason"),
    [
        (1001, 1001, "session expired"),
        (1008, 1008, "policy"),
        (1011, 1011, ""),
        (3000, 3000, "é" * 40),
        (4999, 4999, "own"),
        (None, 1005, ""),
    ],
)
async def test_other_close(sent: int | None, code: int, reason: str) -> None:
    """Any other close raises, in iteration too, after all events before it."""

    async def then(peer: Peer) -> None:
        await peer.close(sent, reason)
        await peer.gone()

    async with serve(sending(DELTA, then=then)) as server, dial(server) as connection:
        events, error = await until_it_raises(connection)
        assert [e.type for e in events] == ["session.created", "response.audio.delta"]
        assert type(error) is ConnectionClosed
        assert (error.code, error.reason) == (code, reason)
        assert str(code) in str(error)
        assert reason in str(error)
        for receive in (connection.recv, connection.recv_bytes):
            with pytest.raises(ConnectionClosed) as caught:
                await receive()
            assert caught.value.code == code


async def _reset(peer: Peer) -> None:
    peer.abort()


@pytest.mark.parametrize("end", [Peer.hang_up, _reset])
async def test_end_without_close(end: Callable[[Peer], Awaitable[None]]) -> None:
    """A socket that ends without a close, politely or not, is ConnectionLost 1006."""
    go = asyncio.Event()

    async def then(peer: Peer) -> None:
        await go.wait()
        await end(peer)

    async with serve(sending(then=then)) as server, dial(server) as connection:
        await connection.recv()
        waiting = asyncio.create_task(connection.recv())
        go.set()
        with pytest.raises(ConnectionLost) as caught:
            await waiting
        assert caught.value.code == 1006
        for _ in range(2):
            with pytest.raises(ConnectionLost, match="without a close"):
                await anext(connection)


async def test_events_before_the_end() -> None:
    """Events received before the socket ended are delivered first."""
    async with (
        serve(sending(DELTA, then=Peer.hang_up)) as server,
        dial(server) as connection,
    ):
        await connection.recv()
        # What is sent before that is answered by a reset, which may take along what is
        # unread.
        transport = connection._transport
        assert isinstance(transport, AiohttpTransport)
        await eventually(transport._socket.is_closing)
        # Sending fails as soon as the end is noticed, receiving does not.
        with pytest.raises(ConnectionLost):
            await connection.send("{}")
        assert (await connection.recv()).type == "response.audio.delta"
        with pytest.raises(ConnectionLost):
            await connection.recv()


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([struct.pack("!BB", 0x80 | 3, 0)], 1002),
        ([struct.pack("!BB", 0x80, 0)], 1002),
        ([struct.pack("!BBH", 0x80 | 8, 2, 999)], 1002),
        ([struct.pack("!BB", 0x80 | 8, 1), b"x"], 1002),
        ([struct.pack("!BBH", 0x80 | 8, 4, 1000), b"\xff\xff"], 1007),
    ],
    ids=["opcode", "continuation", "close code", "close size", "close reason"],
)
async def test_broken_frame(frames: list[bytes], code: int) -> None:
    """An invalid frame is a ProtocolError, and its code is sent to the service."""
    told = asyncio.get_running_loop().create_future()

    async def then(peer: Peer) -> None:
        for frame in frames:
            await peer.raw(frame)
        told.set_result((await peer.receive()).closing[0])

    async with serve(sending(DELTA, then=then)) as server, dial(server) as connection:
        events, error = await until_it_raises(connection)
        assert [e.type for e in events] == ["session.created", "response.audio.delta"]
        assert isinstance(error, ProtocolError)
        assert error.code == code
        assert error.reason
        assert await told == code


async def test_end_in_the_middle_of_a_frame() -> None:
    """A truncated frame is not an event; the connection is lost."""

    async def then(peer: Peer) -> None:
        await peer.raw(struct.pack("!BB", 0x81, 100) + b'{"type":')
        await peer.hang_up()

    async with serve(sending(then=then)) as server, dial(server) as connection:
        with pytest.raises(ConnectionLost):
            await types(connection)


async def test_closed_here() -> None:
    """After close() iteration ends quietly and recv() raises with our code."""
    async with serve(sending()) as server, dial(server) as connection:
        await connection.recv()
        waiting = asyncio.create_task(types(connection))
        await asyncio.sleep(0)
        await connection.close(code=4001, reason="enough")
        assert await waiting == []
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
        assert (caught.value.code, caught.value.reason) == (4001, "enough")


# --- the beginning of the session ----------------------------------------------


async def test_ready() -> None:
    """A connection is ready when session.created was received."""
    async with serve(sending()) as server, dial(server) as connection:
        assert not connection.ready
        assert connection.session_id is None
        await connection.recv()
        assert connection.ready
        assert connection.session_id == "sess_1"
        assert "'sess_1' open" in repr(connection)


async def test_ready_with_an_unreadable_event() -> None:
    """A session.created that does not fit its type is still the beginning."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send({"type": "session.created", "session": 3})
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        await connection.wait_until_ready()
        assert connection.ready
        assert connection.session_id is None
        assert isinstance(await connection.recv(), InvalidServerEvent)


def rejecting(code: int) -> Any:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(error_event("Model x is not supported in this region."))
        await peer.close(code, "because")
        await peer.gone()

    return script


@pytest.mark.parametrize("code", [1000, 1008])
async def test_rejected_session(code: int) -> None:
    """An error before session.created is delivered, and the end raises with it."""
    async with serve(rejecting(code)) as server, dial(server) as connection:
        (event,), error = await until_it_raises(connection)
        assert isinstance(event, ServerEventError)
        assert event.error.code == "invalid_model"
        assert not connection.ready
        assert isinstance(error, SessionRejected)
        assert error.error is event.error
        assert "not supported in this region" in str(error)
        assert (error.code, error.reason) == (code, "because")


async def test_first_of_several_errors() -> None:
    """If the service sends several errors, the first one tells why."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(error_event("The cause."))
        await peer.send(error_event("A consequence."))
        await peer.close(1011)
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        events, error = await until_it_raises(connection)
        assert len(events) == 2
        assert "The cause" in str(error)


async def test_rejected_session_without_a_close() -> None:
    """The same if the service just goes away."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(error_event("No."))

    async with serve(script) as server, dial(server) as connection:
        assert b'"error"' in await connection.recv_bytes()
        with pytest.raises(SessionRejected):
            await connection.recv_bytes()


async def test_error_just_before_the_end() -> None:
    """ConnectionClosed has the error that came last, such as session expiry."""

    async def then(peer: Peer) -> None:
        await peer.close(1001)
        await peer.gone()

    expired = error_event("Your session hit the maximum.", "session_expired")
    async with (
        serve(sending(expired, then=then)) as server,
        dial(server) as connection,
    ):
        with pytest.raises(ConnectionClosed, match="hit the maximum") as caught:
            await types(connection)
        assert type(caught.value) is ConnectionClosed
        assert caught.value.error is not None
        assert caught.value.error.code == "session_expired"


async def test_error_long_before_the_end() -> None:
    """An error that other events followed is not taken for the cause."""

    async def then(peer: Peer) -> None:
        await peer.close(1011)
        await peer.gone()

    events = [error_event("Harmless."), DELTA]
    async with (
        serve(sending(*events, then=then)) as server,
        dial(server) as connection,
    ):
        with pytest.raises(ConnectionClosed) as caught:
            await types(connection)
        assert caught.value.error is None


async def test_wait_until_ready() -> None:
    """wait_until_ready reads until session.created and keeps what it has read."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send({"type": "early.bird"})
        await peer.send(CREATED)
        await peer.send(DELTA)
        await peer.close()
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        await connection.wait_until_ready()
        assert connection.session_id == "sess_1"
        await connection.wait_until_ready()
        assert json.loads(await connection.recv_bytes()) == {"type": "early.bird"}
        assert await types(connection) == ["session.created", "response.audio.delta"]


@pytest.mark.slow
async def test_wait_until_ready_when_rejected() -> None:
    """wait_until_ready raises the error, closes, and keeps the event."""
    closed = asyncio.get_running_loop().create_future()

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(error_event("No such model."))
        closed.set_result((await peer.receive()).closing)
        await peer.close()

    async with serve(script) as server, dial(server) as connection:
        for _ in range(2):
            with pytest.raises(SessionRejected, match="No such model") as caught:
                await connection.wait_until_ready()
            assert caught.value.error is not None
        assert await closed == (1000, "")
        assert (await connection.recv()).type == "error"
        with pytest.raises(SessionRejected):
            await connection.recv()


async def test_wait_until_ready_hears_the_close_of_a_refusal() -> None:
    """The code is that of the service, which may close a moment after its error."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(error_event("No such model."))
        await peer.send({"type": "late.bird"})
        await peer.close(1008, "no model")
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        with pytest.raises(SessionRejected, match="No such model") as caught:
            await connection.wait_until_ready()
        assert (caught.value.code, caught.value.reason) == (1008, "no model")
        assert [(await connection.recv()).type for _ in range(2)] == [
            "error",
            "late.bird",
        ]


async def test_wait_until_ready_when_closed() -> None:
    """wait_until_ready raises how the connection ended."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.close(1011, "broken")
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        with pytest.raises(ConnectionClosed) as caught:
            await connection.wait_until_ready()
        assert caught.value.code == 1011


async def test_cancelled_wait_until_ready() -> None:
    """Cancelling wait_until_ready loses no event."""
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send({"type": "early.bird"})
        await go.wait()
        await peer.send(CREATED)
        await peer.close()
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connection.wait_until_ready()
        go.set()
        await connection.wait_until_ready()
        assert await types(connection) == ["early.bird", "session.created"]


# --- cancelling and waiting ----------------------------------------------------


async def test_cancelled_recv_loses_nothing() -> None:
    """Cancelled calls of recv() neither lose, repeat nor reorder events."""
    count = 200

    async def script(peer: Peer) -> None:
        await peer.accept()
        for number in range(count):
            await peer.send({"type": "n", "n": number})
            await asyncio.sleep(0)
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        seen: list[int] = []
        turn = 0
        while len(seen) < count:
            task = asyncio.create_task(connection.recv())
            for _ in range(turn % 4):
                await asyncio.sleep(0)
            turn += 1
            task.cancel()
            try:
                event = await task
            except asyncio.CancelledError:
                continue
            assert isinstance(event, UnknownServerEvent)
            seen.append(event.data["n"])
        assert seen == list(range(count))
        assert turn > count  # some were cancelled


@pytest.mark.virtual_time(sockets=True)
async def test_receive_timeout() -> None:
    """receive_timeout raises, loses nothing, and leaves the connection open."""
    go = asyncio.Event()

    async def then(peer: Peer) -> None:
        await go.wait()
        await peer.send(DELTA)
        await peer.gone()

    async with (
        serve(sending(then=then)) as server,
        dial(server, receive_timeout=10) as connection,
    ):
        await connection.recv()
        with pytest.raises(ReceiveTimeout, match="10 s") as caught:
            await connection.recv()
        assert isinstance(caught.value, TimeoutError)
        assert not connection.closed
        go.set()
        assert (await connection.recv()).type == "response.audio.delta"


@pytest.mark.virtual_time(sockets=True)
async def test_pings_do_not_count_as_events() -> None:
    """receive_timeout is for events: pings of the service do not stretch it."""

    async def then(peer: Peer) -> None:
        while True:
            await peer.frame(PING, b"")
            await asyncio.sleep(1)

    async with (
        serve(sending(then=then)) as server,
        dial(server, receive_timeout=10) as connection,
    ):
        await connection.recv()
        with pytest.raises(ReceiveTimeout):
            await connection.recv()


async def test_two_receivers() -> None:
    """Receiving in two tasks is refused, and the first goes on."""
    go = asyncio.Event()

    async def then(peer: Peer) -> None:
        await go.wait()
        await peer.send(DELTA)
        await peer.gone()

    async with serve(sending(then=then)) as server, dial(server) as connection:
        await connection.recv()
        first = asyncio.create_task(connection.recv())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one task"):
            await connection.recv()
        with pytest.raises(RuntimeError, match="one task"):
            await connection.recv_bytes()
        go.set()
        assert (await first).type == "response.audio.delta"


# --- options -------------------------------------------------------------------


async def test_retrieved_audio_fits() -> None:
    """An item with minutes of audio is one event, of 3.84 MB a minute, and is read."""
    minutes = 3
    audio = base64.b64encode(bytes(minutes * 60 * 48_000)).decode()
    part = {"type": "input_audio", "audio": audio}
    item: dict[str, Any] = {"id": "item_1", "type": "message", "role": "user"}
    item |= {"object": "realtime.item", "status": "completed", "content": [part]}
    event = {"event_id": "e", "type": "conversation.item.retrieved", "item": item}
    async with serve(sending(event)) as server, dial(server) as connection:
        await connection.recv()
        retrieved = await connection.recv()
    assert isinstance(retrieved, ServerEventConversationItemRetrieved)
    assert len(retrieved.to_json()) > minutes * 3_840_000


async def test_default_message_limit() -> None:
    """A message above the default limit ends the connection, and is retryable."""
    hour = 3600 * 48_000 * 4 // 3

    async def then(peer: Peer) -> None:
        # The announcement is enough.
        await peer.raw(struct.pack("!BBQ", 0x81, 127, 256 * 1024 * 1024 + 1))
        await peer.gone()

    assert hour < 256 * 1024 * 1024
    async with serve(sending(then=then)) as server, dial(server) as connection:
        await connection.recv()
        with pytest.raises(MessageTooLarge, match=r"\['max_msg_size'\]") as caught:
            await connection.recv()
        assert caught.value.code == 1009
        assert caught.value.retryable
        assert isinstance(caught.value, ProtocolError)
        again = pickle.loads(pickle.dumps(caught.value))
        assert again.retryable


async def test_message_that_the_service_finds_too_large() -> None:
    """1009 from the service is about what we sent: the same would happen again."""

    async def then(peer: Peer) -> None:
        await peer.close(1009, "too large")

    async with serve(sending(then=then)) as server, dial(server) as connection:
        await connection.recv()
        with pytest.raises(ProtocolError) as caught:
            await connection.recv()
        assert not isinstance(caught.value, MessageTooLarge)
        assert not caught.value.retryable


@pytest.mark.parametrize("limit", [6 * 1024 * 1024, 0])
async def test_raised_message_limit(limit: int) -> None:
    """max_msg_size can be raised, or lifted with 0."""
    large = json.dumps({"type": "x", "pad": "x" * 5 * 1024 * 1024})
    async with (
        serve(sending(large)) as server,
        dial(server, max_msg_size=limit) as connection,
    ):
        await connection.recv()
        assert len(await connection.recv_bytes()) == len(large)


async def test_lowered_message_limit() -> None:
    """The client closes with 1009 after a message that is too large."""
    told = asyncio.get_running_loop().create_future()

    async def then(peer: Peer) -> None:
        await peer.send({"type": "x", "pad": "x" * 1000})
        told.set_result((await peer.receive()).closing[0])

    async with (
        serve(sending(then=then)) as server,
        dial(server, max_msg_size=500) as connection,
    ):
        await connection.recv()
        with pytest.raises(ProtocolError):
            await connection.recv()
        assert await told == 1009


@pytest.mark.parametrize(
    ("compression", "offer"),
    [
        ({}, None),
        ({"compression": False}, None),
        ({"compression": 0}, None),
        ({"compression": True}, "permessage-deflate; client_max_window_bits"),
        (
            {"compression": 10},
            "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
        ),
    ],
)
async def test_offer_of_compression(
    compression: dict[str, Any], offer: str | None
) -> None:
    """Compression is offered only if asked for, with the window asked for."""
    async with serve(Peer.accept) as server, dial(server, **compression):
        pass
    assert server.requests[0].headers.get("sec-websocket-extensions") == offer


async def test_compressed_messages() -> None:
    """With compression agreed on, messages are compressed both ways."""
    received = asyncio.get_running_loop().create_future()
    text = json.dumps(DELTA).encode()
    deflate = zlib.compressobj(wbits=-15)
    squeezed = deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)

    async def script(peer: Peer) -> None:
        await peer.accept(Sec_WebSocket_Extensions="permessage-deflate")
        await peer.frame(TEXT, squeezed.removesuffix(b"\0\0\xff\xff"), rsv1=True)
        received.set_result(await peer.receive())
        await peer.gone()

    async with serve(script) as server, dial(server, compression=True) as connection:
        assert (await connection.recv()).raw == text
        await connection.send({"type": "x", "pad": "x" * 1000})
        frame = await received
        assert frame.compressed
        assert len(frame.payload) < 100
        plain = zlib.decompressobj(wbits=-15).decompress(frame.payload)
        assert json.loads(plain)["type"] == "x"


async def test_declined_compression() -> None:
    """If the service declines, messages are sent plainly."""

    async def then(peer: Peer) -> None:
        assert not (await peer.receive()).compressed

    async with (
        serve(sending(then=then)) as server,
        dial(server, compression=True) as connection,
    ):
        await connection.send({"type": "x"})


async def test_broken_compression() -> None:
    """A message that cannot be inflated is a ProtocolError."""

    async def script(peer: Peer) -> None:
        await peer.accept(Sec_WebSocket_Extensions="permessage-deflate")
        await peer.frame(TEXT, b"\xff\xff\xff", rsv1=True)
        await peer.gone()

    async with serve(script) as server, dial(server, compression=True) as connection:
        with pytest.raises(ProtocolError) as caught:
            await connection.recv()
        assert caught.value.code == 1002


async def test_heartbeat() -> None:
    """After a while of silence the service is pinged, and its answer is enough."""
    pings = asyncio.Semaphore(0)

    async def then(peer: Peer) -> None:
        while True:
            frame = await peer.receive()
            if frame.opcode == PING:
                await peer.frame(PONG, frame.payload)
                pings.release()

    async with (
        serve(sending(then=then)) as server,
        dial(server, heartbeat=0.1) as connection,
    ):
        await connection.recv()
        waiting = asyncio.create_task(connection.recv())
        for _ in range(3):
            await asyncio.wait_for(pings.acquire(), 5)
        assert not waiting.done()
        waiting.cancel()


@pytest.mark.virtual_time(sockets=True)
@pytest.mark.parametrize("heartbeat", [None, 0])
async def test_no_heartbeat(heartbeat: float | None) -> None:
    """Without a heartbeat no ping is sent."""

    async def then(peer: Peer) -> None:
        frame = await peer.receive()
        assert frame.opcode == TEXT

    async with (
        serve(sending(then=then)) as server,
        dial(server, heartbeat=heartbeat) as connection,
    ):
        await asyncio.sleep(100)
        await connection.send({"type": "x"})


async def test_unanswered_ping() -> None:
    """A service that does not answer a ping is ConnectionLost, with the reason."""
    async with (
        serve(sending()) as server,
        dial(server, heartbeat=0.1) as connection,
    ):
        with pytest.raises(ConnectionLost, match="PONG") as caught:
            await types(connection)
        assert caught.value.code == 1006


async def test_unanswered_ping_while_nobody_receives() -> None:
    """The same if it happens between two receives, and for sending."""
    gone = asyncio.Event()

    async def then(peer: Peer) -> None:
        await peer.gone()
        gone.set()

    async with (
        serve(sending(then=then)) as server,
        dial(server, heartbeat=0.1) as connection,
    ):
        await connection.recv()
        await asyncio.wait_for(gone.wait(), 5)
        with pytest.raises(ConnectionLost, match="PONG"):
            await connection.send({"type": "x"})
        with pytest.raises(ConnectionLost, match="PONG"):
            await connection.recv()


@pytest.mark.parametrize("autoping", [True, False])
async def test_autoping(autoping: bool) -> None:
    """Pings are answered unless autoping is off; they are never events."""
    answer = asyncio.get_running_loop().create_future()

    async def then(peer: Peer) -> None:
        await peer.frame(PING, b"hello")
        await peer.frame(PONG, b"unasked")
        await peer.send(DELTA)
        frame = await peer.receive()
        answer.set_result((frame.opcode, frame.payload))
        await peer.gone()

    async with (
        serve(sending(then=then)) as server,
        dial(server, autoping=autoping) as connection,
    ):
        await connection.recv()
        assert (await connection.recv()).type == "response.audio.delta"
        await connection.send("{}")
        assert await answer == ((PONG, b"hello") if autoping else (TEXT, b"{}"))


async def test_autoclose() -> None:
    """The close of the service is answered at once, with the same code."""
    answer = asyncio.get_running_loop().create_future()

    async def then(peer: Peer) -> None:
        await peer.close(4000, "own")
        answer.set_result((await peer.receive()).closing)

    async with serve(sending(then=then)) as server, dial(server) as connection:
        with pytest.raises(ConnectionClosed):
            await types(connection)
        assert await asyncio.wait_for(answer, 5) == (4000, "")


@pytest.mark.virtual_time(sockets=True)
async def test_no_autoclose() -> None:
    """With autoclose off it is answered when the connection is closed here."""
    answer = asyncio.get_running_loop().create_future()

    async def then(peer: Peer) -> None:
        await peer.close(1001)
        answer.set_result((await peer.receive()).closing)

    async with (
        serve(sending(then=then)) as server,
        dial(server, autoclose=False) as connection,
    ):
        with pytest.raises(ConnectionClosed) as caught:
            await types(connection)
        assert caught.value.code == 1001
        with pytest.raises(ConnectionClosed) as caught:
            await connection.send({"type": "x"})
        assert caught.value.code == 1001
        await asyncio.sleep(2)
        assert not answer.done()
        await connection.close(code=3001)
        assert await asyncio.wait_for(answer, 5) == (3001, "")
