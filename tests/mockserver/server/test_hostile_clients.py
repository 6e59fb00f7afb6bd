"""Hostile clients: each gets an answer, and other sessions are not affected."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import struct
import time
import tracemalloc
from base64 import b64encode
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from math import inf
from typing import Any

import pytest

from tests.support.engine_driver import (
    Event,
    append,
    every,
    long_story,
    respond,
    update,
)
from tests.support.raw_websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    QUERY,
    TEXT,
    Peer,
    frame,
    peer,
    session,
    sessions_closed,
    upgrade,
)
from tests.support.schema_check import check_frame
from tests.support.waiting import eventually
from voicelive_mockserver import MockServer
from voicelive_mockserver.engine import SessionEngine
from voicelive_mockserver.server import listener, session_registry
from voicelive_mockserver.server import session_driver as connection
from voicelive_mockserver.wire_type import own_wire_type

NOTICEABLE_SECONDS = 1.5
"""Limit of the delay of a well-behaved client, in CPU time of this thread, so that
pauses of the machine do not count."""


@pytest.fixture(autouse=True)
def servers_send_valid_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Validate a few events of each type against the schema after the test.

    Validating all of them would take too long during a measurement.
    """
    seen: defaultdict[str, list[bytes]] = defaultdict(list)

    class CheckedEngine(SessionEngine):
        def take(self) -> list[bytes]:
            frames = super().take()
            for sent in frames:
                of_its_type = seen[own_wire_type(sent)]
                if len(of_its_type) < 3:
                    of_its_type.append(sent)
            return frames

    monkeypatch.setattr(session_registry, "SessionEngine", CheckedEngine)
    yield
    for frames in seen.values():
        for sent in frames:
            check_frame(sent, QUERY["api-version"])


@pytest.fixture
def traced() -> Iterator[None]:
    """Trace memory allocations."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@asynccontextmanager
async def another_session(mock: MockServer) -> AsyncIterator[None]:
    """A second session that sends requests throughout and measures the delays."""
    slowest = 0.0
    count = 0

    async def ask(client: Peer) -> None:
        nonlocal slowest, count
        before = time.thread_time()
        while True:
            assert await client.is_alive()
            now = time.thread_time()
            slowest = max(slowest, now - before)
            before = now
            count += 1
            await asyncio.sleep(0.001)

    async with session(mock) as client:
        asking = asyncio.create_task(ask(client))
        try:
            yield
            await eventually(lambda: count or asking.done())
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
    assert count
    assert slowest < NOTICEABLE_SECONDS


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(b"\x00\x01\x02", kind=BINARY), "invalid_json"),
        (frame(b""), "invalid_json"),
        (frame("[" * 100_000), "invalid_json"),
        (frame('{"a":' * 100_000 + "1" + "}" * 100_000), "invalid_json"),
        (frame("[]"), "invalid_json"),
        (frame("0"), "invalid_json"),
        (frame('{"type":"response.create"} {}'), "invalid_json"),
        (frame('{"type":"input_audio_buffer.append","audio":"a"}'), "invalid_value"),
        (frame('{"type":"input_audio_buffer.append","audio":"?"}'), "invalid_value"),
        (frame('{"type":"input_audio_buffer.append","audio":1}'), None),
        (frame('{"type":"' + "x" * 100_000 + '"}'), "invalid_event"),
        (frame(update(instructions="too long " * 200_000)), "invalid_value"),
    ],
)
async def test_invalid_events_are_answered(sent: bytes, code: str | None) -> None:
    """A frame that is not an event gives an error, and the session continues."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        answer = await client.ask(sent)
        assert answer["type"] == "error"
        assert code in (None, answer["error"]["code"])
        assert len(json.dumps(answer)) < 300_000
        assert await client.is_alive()


async def test_frames_in_pieces() -> None:
    """A message may come in many fragments, with a ping between them."""
    payload = json.dumps({"type": "input_audio_buffer.clear"}).encode()
    async with MockServer(speed=inf) as mock, session(mock) as client:
        pieces = [
            frame(payload[at : at + 1], kind=TEXT if at == 0 else 0, final=False)
            for at in range(len(payload))
        ]
        pieces.insert(5, frame(b"hello", kind=PING))
        client.writer.write(b"".join(pieces) + frame(b"", kind=0))
        assert await client.message() == (PONG, b"hello")
        assert (await client.event())["type"] == "input_audio_buffer.cleared"
        assert await client.is_alive()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\xff\xff\xff\xff\xff\xff", 1002),  # reserved bits
        (frame(b"", kind=5), 1002),  # an unknown opcode
        (frame(b"x", kind=0), 1002),  # a continuation of nothing
        (b"\x81\xff" + (22 << 20).to_bytes(8, "big") + bytes(4), 1009),
        (frame(b"\x03", kind=CLOSE), 1002),
    ],
)
async def test_invalid_framing_is_closed(sent: bytes, code: int) -> None:
    """Invalid framing closes the connection with the code of RFC 6455."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        client.writer.write(sent)
        if len(sent) == 14:
            client.writer.write(bytes(22 << 20))
        assert await client.close_code() == code
        await sessions_closed(mock)


async def test_malformed_requests_are_rejected_immediately(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Data that cannot become a request is refused without waiting for more."""
    monkeypatch.setattr(listener, "_REQUEST_TIMEOUT_SECONDS", 600.0)
    async with MockServer(speed=inf) as mock, peer(mock) as client:
        client.writer.write(b"\x16\x03\x01\x02\x00\x01\x00")
        async with asyncio.timeout(20):
            assert b" 400 " in await client.reader.readline()


async def test_frames_may_come_with_the_request() -> None:
    """Frames that are sent before the response to the upgrade are processed."""
    async with MockServer(speed=inf) as mock, peer(mock) as client:
        request = upgrade(mock) + frame(update())
        for at in range(0, len(request), 7):
            client.writer.write(request[at : at + 7])
            await asyncio.sleep(0)
        assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")
        assert (await client.event())["type"] == "session.created"
        assert (await client.event())["type"] == "session.updated"


@pytest.mark.slow
async def test_a_flood_of_pings() -> None:
    """Tens of thousands of tiny frames at once do not delay other sessions."""
    async with (
        MockServer(speed=inf, journal_limit=0) as mock,
        another_session(mock),
        session(mock) as client,
    ):
        client.writer.write(frame(b"", kind=PING) * 50_000)
        for _ in range(50_000):
            assert (await client.message())[0] == PONG
        assert await client.is_alive()


async def test_a_session_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal error closes its connection with 1011, and no other."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    async with MockServer(speed=inf) as mock, session(mock) as other:
        async with session(mock) as client:
            engine = mock.open_sessions[mock.last_session.session_id]._engine
            monkeypatch.setattr(type(engine), "receive", broken)
            client.writer.write(frame({"type": "input_audio_buffer.clear"}))
            assert await client.close_code() == 1011
            monkeypatch.undo()
        assert await other.is_alive()
        await sessions_closed(mock, at_most=1)
        assert mock.last_session.close_code == 1011


@pytest.mark.slow
async def test_appends_of_any_size() -> None:
    """Single samples and 15 MiB are accepted, more is rejected."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        sample = b64encode(b"\0\0").decode()
        one = frame({"type": "input_audio_buffer.append", "audio": sample})
        nothing = frame({"type": "input_audio_buffer.append", "audio": ""})
        client.writer.write((one + nothing) * 4800)
        assert await client.is_alive()
        async with another_session(mock):
            client.writer.write(frame(append(bytes(15 << 20))))
            assert await client.is_alive()
            answer = await client.ask(frame(append(bytes((15 << 20) + 2))))
        assert answer["error"]["code"] == "invalid_value"
        assert await client.is_alive()


async def test_silent_connections_are_aborted(skip: Callable[[float], None]) -> None:
    """A connection without a complete request is aborted after a timeout."""
    async with MockServer() as mock, peer(mock) as silent, peer(mock) as slow:
        slow.writer.write(upgrade(mock)[:40])
        # It came last: the others are known to the server when it is served.
        async with session(mock) as client:
            skip(listener._REQUEST_TIMEOUT_SECONDS + 0.1)
            async with asyncio.timeout(20):
                for other in (silent, slow):
                    with suppress(ConnectionResetError):
                        assert await other.reader.read() == b""
            assert await client.is_alive()


@pytest.mark.slow
@pytest.mark.usefixtures("traced")
async def test_connections_that_come_and_go() -> None:
    """Connections lost at any moment leak no sessions and no memory."""
    async with MockServer(speed=inf, journal_limit=0) as mock:
        # Until the server knows of as many sessions as it remembers.
        before = await _come_and_go(mock, 200)
        async with another_session(mock):
            await _come_and_go(mock, 800, open_sessions=1)
        after = await _come_and_go(mock, 50)
    assert after.tasks == before.tasks
    assert after.sessions == 0
    assert after.bytes < before.bytes + 100_000


class _Resources:
    """Resources in use."""

    def __init__(self, mock: MockServer) -> None:
        gc.collect()
        self.tasks = len(asyncio.all_tasks())
        self.sessions = len(mock.open_sessions)
        self.bytes = tracemalloc.get_traced_memory()[0]


async def _come_and_go(
    mock: MockServer, count: int, *, open_sessions: int = 0
) -> _Resources:
    linger = struct.pack("ii", 1, 0)  # close with a reset
    request = upgrade(mock)
    host, _, port = mock.endpoint.rpartition("/")[2].partition(":")
    turn = frame(respond(conversation="none"))
    stages = (b"", request[:30], request, request + turn, request + turn[:20])
    loop = asyncio.get_running_loop()
    for number in range(count):
        with socket.socket() as sock:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            await loop.sock_connect(sock, (host, int(port)))
            await loop.sock_sendall(sock, stages[number % len(stages)])
            if number % 3 == 0:
                await asyncio.sleep(0)
    # Connections are accepted in order: all others were accepted before this one.
    async with session(mock):
        pass
    await sessions_closed(mock, at_most=open_sessions)
    return _Resources(mock)


@pytest.mark.slow
@pytest.mark.usefixtures("traced")
async def test_a_client_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unread data is bounded, and a client that does not read is closed in the end."""
    monkeypatch.setattr(connection, "_PATIENCE_SECONDS", 0.3)
    large = frame(update(instructions="x" * 100_000))
    async with MockServer(speed=inf, journal_limit=0) as mock:
        async with another_session(mock), session(mock, buffer=4096) as client:
            client.writer.write(large)
            await client.event()
            start = tracemalloc.get_traced_memory()[0]
            small = frame(update(temperature=0.8)) * 500
            client.writer.write(small)  # 50 MB of output
            for _ in range(20):
                await asyncio.sleep(0.02)
            grown = tracemalloc.get_traced_memory()[0] - start
            # At most 4 MiB are buffered, and copied once for a write.
            assert grown < 16 << 20
            journal = mock.sessions[-1]
            await eventually(lambda: journal.close_code is not None)
            assert journal.close_code == 1008
        await sessions_closed(mock)


async def test_a_flood_of_requests() -> None:
    """Thousands of requests at once do not delay other sessions."""
    async with (
        MockServer(speed=inf, journal_limit=0) as mock,
        another_session(mock),
        session(mock) as client,
    ):
        request = {"type": "conversation.item.retrieve", "item_id": "nowhere"}
        client.writer.write(frame(request) * 3000)
        for _ in range(3000):
            assert (await client.event())["type"] == "error"
        assert await client.is_alive()


@pytest.mark.slow
async def test_a_flood_with_the_pauses_of_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Requests that wait for their time have a limit, and all are answered."""
    receive = connection.SessionDriver.receive
    waiting: list[int] = []

    def count(busy: connection.SessionDriver, payload: bytes, is_text: bool) -> bool:
        is_enough = receive(busy, payload, is_text)
        waiting.append(busy.waiting)
        return is_enough

    monkeypatch.setattr(connection.SessionDriver, "receive", count)
    async with MockServer(speed=0.2, journal_limit=0) as mock, session(mock) as client:
        request = {"type": "conversation.item.retrieve", "item_id": "nowhere"}
        client.writer.write(frame(request) * 1000)
        for _ in range(1000):
            assert (await client.event())["type"] == "error"
        assert await client.is_alive()
    assert 0 < max(waiting) < 300


async def test_a_flood_of_responses() -> None:
    """The number of concurrent out-of-band responses is limited."""
    async with MockServer(speed=1, responder=long_story, journal_limit=0) as mock:
        async with another_session(mock), session(mock) as client:
            client.writer.write(frame(respond(conversation="none")) * 100)
            events: list[Event] = []
            async with asyncio.timeout(20):
                while len(events) < 100:
                    event = await client.event()
                    if event["type"] in ("response.created", "error"):
                        events.append(event)
            errors = every(events, "error")
            assert len(errors) == 68
            assert {e["error"]["code"] for e in errors} == {"rate_limit_exceeded"}
            client.abort()
        await sessions_closed(mock)


@pytest.mark.slow
@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("size", [10, 200_000])
async def test_a_flood_of_items(size: int) -> None:
    """A conversation forgets its oldest items, so it does not grow for ever."""
    async with MockServer(speed=inf, journal_limit=0) as mock, session(mock) as client:
        item: dict[str, Any] = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "word " * (size // 5)}],
        }
        one = frame({"type": "conversation.item.create", "item": item})

        async def create(count: int) -> int:
            for _ in range(count):
                client.writer.write(one)
                assert (await client.event())["type"] == "conversation.item.created"
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        # 300 small ones, or 8 million characters.
        before = await create(310 if size < 1000 else 45)
        after = await create(100 if size < 1000 else 10)
        assert after < before + 100_000
