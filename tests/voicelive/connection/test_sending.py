from __future__ import annotations

import asyncio
import base64
import gc
import json
from types import MappingProxyType
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.scripted_service import PING, TEXT, Frame, Peer, serve
from voicelive.aio import ConnectionClosed, ConnectionLost, VoiceLiveConnection
from voicelive.models import (
    CLIENT_EVENTS,
    ClientEventSessionUpdate,
    FunctionTool,
    InputTextContentPart,
    Modality,
    RequestSession,
    UserMessageItem,
)

pytestmark = pytest.mark.virtual_time(sockets=True)


class Recorder:
    """A server that begins a session and keeps what it is sent."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[Frame] = asyncio.Queue()

    async def __call__(self, peer: Peer) -> None:
        await peer.begin()
        while (frame := await peer.receive()).opcode == TEXT:
            self._frames.put_nowait(frame)
        await peer.close()
        await peer.gone()

    async def next(self) -> Any:
        """The JSON of the next event."""
        frame = await asyncio.wait_for(self._frames.get(), 5)
        return frame.event

    async def next_text(self) -> bytes:
        """The next event as it came."""
        return (await asyncio.wait_for(self._frames.get(), 5)).payload


SESSION = RequestSession(
    modalities=[Modality.AUDIO, "text"],
    turn_detection=None,
    tools=[FunctionTool(name="f", parameters={"type": "object"})],
)
SESSION_JSON = {
    "modalities": ["audio", "text"],
    "turn_detection": None,
    "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
}


@pytest.mark.parametrize(
    "event",
    [
        ClientEventSessionUpdate(session=SESSION, event_id="e1"),
        {"type": "session.update", "session": SESSION, "event_id": "e1"},
        {"type": "session.update", "session": SESSION_JSON, "event_id": "e1"},
        MappingProxyType(
            {
                "type": "session.update",
                "session": MappingProxyType({**SESSION_JSON, "tools": SESSION.tools}),
                "event_id": "e1",
            }
        ),
    ],
    ids=["model", "mapping with models", "mapping", "other kinds of mapping"],
)
async def test_models_and_mappings(event: Any) -> None:
    """Models and mappings, with models inside too, become the same JSON."""
    server_side = Recorder()
    async with serve(server_side) as server, dial(server) as connection:
        await connection.send(event)
        assert await server_side.next() == {
            "type": "session.update",
            "session": SESSION_JSON,
            "event_id": "e1",
        }


@pytest.mark.parametrize(
    "event", ['{"type":  "x"}', b'{"type":  "x"}', bytearray(b'{"type":  "x"}')]
)
async def test_json_text(event: Any) -> None:
    """JSON text is sent as it is, in a text frame."""
    server_side = Recorder()
    async with serve(server_side) as server, dial(server) as connection:
        await connection.send(event)
        assert await server_side.next_text() == b'{"type":  "x"}'


async def test_resources() -> None:
    """The methods of the connection send their events."""
    server_side = Recorder()
    async with serve(server_side) as server, dial(server) as connection:
        await connection.session.update(session={"instructions": "Hi"}, event_id="e")
        await connection.input_audio_buffer.append(audio=b"\0\1")
        await connection.input_audio_buffer.append(audio="AAE=")
        await connection.conversation.item.create(
            item=UserMessageItem(content=[InputTextContentPart(text="Hello")])
        )
        await connection.response.create()
        await connection.input_audio.turn.start(turn_id="t1")
        seen = [await server_side.next() for _ in range(6)]
    audio = base64.b64encode(b"\0\1").decode()
    assert seen == [
        {
            "type": "session.update",
            "session": {"instructions": "Hi"},
            "event_id": "e",
        },
        {"type": "input_audio_buffer.append", "audio": audio},
        {"type": "input_audio_buffer.append", "audio": audio},
        {
            "type": "conversation.item.create",
            "item": {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hello"}],
            },
        },
        {"type": "response.create"},
        {"type": "input_audio.turn.start", "turn_id": "t1"},
    ]


@pytest.mark.parametrize("event_type", CLIENT_EVENTS)
async def test_every_client_event_is_a_method(event_type: str) -> None:
    """The path of every client event leads to a method of the connection."""
    async with serve(Peer.begin) as server, dial(server) as connection:
        found: Any = connection
        for part in event_type.split("."):
            found = getattr(found, part)
        assert asyncio.iscoroutinefunction(found)


def _itself() -> dict[str, Any]:
    event: dict[str, Any] = {"type": "x"}
    event["again"] = event
    return event


def _broken_model() -> ClientEventSessionUpdate:
    tool = FunctionTool(name="f", parameters={"a": object()})
    return ClientEventSessionUpdate(session=RequestSession(tools=[tool]))


@pytest.mark.parametrize(
    ("event", "error", "message"),
    [
        ({"type": "x", "a": {"b": [1, object()]}}, TypeError, r"^a\.b\[1\]: .*object"),
        ({"type": "x", "a": {(1, 2): 3}}, TypeError, r"^a: keys .*\(1, 2\)"),
        (_itself(), ValueError, "contains itself"),
        (_broken_model(), TypeError, r"^session\.tools\[0\]\.parameters\.a: .*object"),
        (None, TypeError, "not NoneType"),
        (3, TypeError, "not int"),
        (["type"], TypeError, "not list"),
        (RequestSession(), TypeError, "not RequestSession"),
    ],
    ids=[
        "value without a JSON form",
        "key that is no string",
        "event within itself",
        "field without a JSON form",
        "nothing",
        "number",
        "list",
        "model that is no event",
    ],
)
async def test_what_cannot_be_sent(
    event: Any, error: type[Exception], message: str
) -> None:
    """It raises, names the field, sends nothing, and the connection goes on."""
    server_side = Recorder()
    async with serve(server_side) as server, dial(server) as connection:
        with pytest.raises(error, match=message):
            await connection.send(event)
        await connection.send({"type": "next"})
        assert await server_side.next() == {"type": "next"}


HALF = {"type": "x", "a\ud83d": ["\ud83d", "\u00e4"]}


@pytest.mark.parametrize(
    "event",
    [HALF, '{"type":"x","a\ud83d":["\ud83d","\u00e4"]}', json.dumps(HALF)],
    ids=["mapping", "text", "text with escapes"],
)
async def test_lone_surrogates_are_sent_as_escapes(event: Any) -> None:
    """UTF-8 has no form for half of a pair of surrogates, JSON has one."""
    server_side = Recorder()
    async with serve(server_side) as server, dial(server) as connection:
        await connection.send(event)
        assert await server_side.next() == HALF


async def test_order() -> None:
    """Events of many tasks arrive whole, each task's in its order."""
    server_side = Recorder()

    async def send(connection: VoiceLiveConnection, task: int) -> None:
        for number in range(20):
            audio = bytes([task]) * (number * 100)
            await connection.input_audio_buffer.append(
                audio=audio, event_id=f"{task} {number}"
            )
            await asyncio.sleep(0)

    async with serve(server_side) as server, dial(server) as connection:
        await asyncio.gather(*(send(connection, task) for task in range(8)))
        seen: dict[int, list[int]] = {task: [] for task in range(8)}
        for _ in range(160):
            event = await server_side.next()
            task, number = map(int, event["event_id"].split())
            assert base64.b64decode(event["audio"]) == bytes([task]) * (number * 100)
            seen[task].append(number)
    assert all(numbers == list(range(20)) for numbers in seen.values())


# --- ends ----------------------------------------------------------------------


async def test_after_a_close_of_the_service() -> None:
    """Sending after the end raises with its code and reason."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.close(1011, "broken")
        await peer.gone()

    async with serve(script) as server, dial(server) as connection:
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        for _ in range(2):
            with pytest.raises(ConnectionClosed) as caught:
                await connection.send({"type": "x"})
            assert (caught.value.code, caught.value.reason) == (1011, "broken")


async def test_after_close() -> None:
    """Sending after close() raises with the code given there."""
    async with serve(Recorder()) as server, dial(server) as connection:
        await connection.close(code=4000, reason="done")
        with pytest.raises(ConnectionClosed) as caught:
            await connection.send({"type": "x"})
        assert (caught.value.code, caught.value.reason) == (4000, "done")


async def test_after_the_socket_broke() -> None:
    """Sending into a broken socket raises, even without a receiver."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        peer.abort()

    async def send_until_it_fails(connection: VoiceLiveConnection) -> None:
        while True:
            await connection.send({"type": "x"})
            await asyncio.sleep(0)

    async with serve(script) as server, dial(server) as connection:
        with pytest.raises(ConnectionLost) as caught:
            await asyncio.wait_for(send_until_it_fails(connection), 5)
        assert caught.value.code == 1006


class Stuck:
    """Server that reads only after `read` is set, and closes after `close` is set."""

    def __init__(self) -> None:
        self.close = asyncio.Event()
        self.read = asyncio.Event()
        self.received: list[Frame] = []
        self.closed: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    async def __call__(self, peer: Peer) -> None:
        await peer.begin()
        reading = asyncio.ensure_future(self.read.wait())
        closing = asyncio.ensure_future(self.close.wait())
        waiting = (reading, closing)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if closing.done():
                await peer.close(4000)
            await reading
        finally:
            for task in waiting:
                task.cancel()
        while (frame := await peer.receive()).opcode == TEXT:
            self.received.append(frame)
        self.closed.put_nowait(frame.closing)
        if not self.close.is_set():
            await peer.close()


LARGE = json.dumps({"type": "x", "pad": "x" * 8_000_000})


async def test_sending_waits_for_a_slow_service() -> None:
    """A service that does not read makes send() wait, and then it arrives."""
    server_side = Stuck()
    async with serve(server_side) as server, dial(server) as connection:
        sending = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0.05)
        assert not sending.done()
        server_side.read.set()
        await sending
        await connection.close()
    assert [frame.payload.decode() for frame in server_side.received] == [LARGE]


async def test_cancelled_send() -> None:
    """A send that is cancelled while waiting leaves no half frame behind."""
    server_side = Stuck()
    async with serve(server_side) as server, dial(server) as connection:
        sending = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0.05)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        server_side.read.set()
        await connection.send({"type": "next"})
        await connection.close()
    assert server_side.received[-1].event == {"type": "next"}


async def test_cancelled_send_leaves_others_alone() -> None:
    """Cancelling one of several waiting sends cancels no other, now or later."""
    server_side = Stuck()
    async with serve(server_side) as server, dial(server) as connection:
        first = asyncio.create_task(connection.send(LARGE))
        second = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.sleep(0)
        third = asyncio.create_task(connection.send(LARGE))
        await asyncio.wait((second, third), timeout=0.05)
        assert first.cancelled()
        # They wait for room as before.
        assert not second.done()
        assert not third.done()
        server_side.read.set()
        await asyncio.gather(second, third)
        await connection.close()
    assert [len(frame.payload) for frame in server_side.received] == [len(LARGE)] * 3


@pytest.mark.parametrize("then", ["receive", "close"])
async def test_cancelled_send_leaves_the_rest_alone(then: str) -> None:
    """Cancelling a send does not cancel a pong or a close frame that is being sent."""
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await go.wait()
        await peer.frame(PING, b"")
        await peer.send({"type": "after.the.ping"})
        await asyncio.Event().wait()

    async with serve(script) as server, dial(server, close_timeout=0.05) as connection:
        await connection.recv()
        first = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.sleep(0)
        # As much as aiohttp writes before it waits; what comes next has to wait.
        await connection.send("x" * (256 * 1024 - 14))
        if then == "receive":
            go.set()
            assert (await connection.recv()).type == "after.the.ping"
        else:
            await connection.close()


async def test_end_after_another_send_was_cancelled() -> None:
    """A send that still waits then raises when the connection ends."""
    server_side = Stuck()
    async with (
        serve(server_side) as server,
        dial(server, close_timeout=0.05) as connection,
    ):
        first = asyncio.create_task(connection.send(LARGE))
        second = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.sleep(0)
        server.peers[0].abort()
        with pytest.raises(ConnectionLost):
            await asyncio.wait_for(second, 5)


async def test_close_of_the_service_while_a_send_waits() -> None:
    """Events sent before a close of the service are still written, then the answer."""
    server_side = Stuck()
    async with serve(server_side) as server, dial(server) as connection:
        await connection.recv()
        sending = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0)
        server_side.close.set()
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert not sending.done()
        server_side.read.set()
        await asyncio.wait((sending,))
        assert await asyncio.wait_for(server_side.closed.get(), 5) == (4000, "")
    assert [frame.payload.decode() for frame in server_side.received] == [LARGE]


async def test_reset_while_closing() -> None:
    """A socket that breaks while it is being closed causes no log message."""
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(context)
    )

    async def use() -> None:
        server_side = Stuck()
        async with serve(server_side) as server, dial(server) as connection:
            await connection.recv()
            sending = asyncio.create_task(connection.send(LARGE))
            await asyncio.sleep(0)
            server_side.close.set()
            with pytest.raises(ConnectionClosed):
                await connection.recv()
            closing = asyncio.create_task(connection.close())
            await asyncio.sleep(0.01)
            server.peers[0].abort()
            await closing
            await asyncio.gather(sending, return_exceptions=True)

    await use()
    # Exceptions that were never retrieved are reported on collection.
    gc.collect()
    assert reported == []


async def test_answer_that_cannot_be_sent() -> None:
    """A service that closes and does not read cannot hold up recv() for long."""
    server_side = Stuck()
    async with (
        serve(server_side) as server,
        dial(server, close_timeout=0.05) as connection,
    ):
        await connection.recv()
        sending = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0)
        # As much as aiohttp writes before it waits; the answer is then too much.
        await connection.send("x" * (256 * 1024 - 14))
        server_side.close.set()
        with pytest.raises(ConnectionClosed) as caught:
            await asyncio.wait_for(connection.recv(), 5)
        assert caught.value.code == 4000
        await connection.close()
        with pytest.raises(ConnectionClosed):
            await sending


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_end_while_a_send_waits(end: str) -> None:
    """A send that waits when the connection ends raises."""
    server_side = Stuck()
    async with (
        serve(server_side) as server,
        dial(server, close_timeout=0.05) as connection,
    ):
        sending = asyncio.create_task(connection.send(LARGE))
        await asyncio.sleep(0.05)
        if end == "close":
            await connection.close(code=4000)
        else:
            server.peers[0].abort()
        with pytest.raises(ConnectionClosed) as caught:
            await sending
        assert caught.value.code == (4000 if end == "close" else 1006)
