"""Forwarding: frames, handshakes and ends arrive unchanged."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import socket
import wave
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.scripted_service import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Frame,
    Peer,
    serve,
)
from tests.support.waiting import eventually
from tests.voicelive.recorder.recording import (
    KEY,
    PATH,
    QUERY,
    client,
    end_of,
    events,
    frames_until,
    recording,
    send,
)
from tools.paths import QUESTION
from voicelive._recorder.upstream import UpstreamConnection
from voicelive_mockserver import MockServer

LONG = 44
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
}


def mock(*faults: str) -> MockServer:
    """A service that sends the same bytes every time."""
    return MockServer(
        api_key=KEY,
        speed=math.inf,
        seed=3,
        clock=lambda: 1_784_664_973.0,
        faults=faults,
    )


def text_turn() -> list[dict[str, Any]]:
    content = [{"type": "input_text", "text": "Hello"}]
    item = {"type": "message", "role": "user", "content": content}
    return [
        {"type": "session.update", "session": {"modalities": ["text"]}},
        {"type": "conversation.item.create", "item": item},
        {"type": "response.create"},
    ]


def spoken_turn() -> list[dict[str, Any]]:
    with wave.open(str(QUESTION)) as file:
        pcm = file.readframes(file.getnframes()) + bytes(48_000)
    pieces = [pcm[at : at + 9600] for at in range(0, len(pcm), 9600)]
    return [
        {"type": "session.update", "session": {}},
        *(
            {
                "type": "input_audio_buffer.append",
                "audio": base64.b64encode(one).decode(),
            }
            for one in pieces
        ),
    ]


def cut(event: dict[str, Any]) -> dict[str, Any]:
    """The event as it is in the file."""
    payload = {"input_audio_buffer.append": "audio", "response.audio.delta": "delta"}
    key = payload.get(event["type"])
    return event if key is None else {**event, key: event[key][:LONG]}


async def turn_at(endpoint: str, asked: list[dict[str, Any]]) -> list[bytes]:
    async with client(endpoint) as ws:
        frames = await frames_until(ws, "session.created")
        await send(ws, *asked)
        return frames + await frames_until(ws, "response.done")


@pytest.mark.parametrize("asked", [text_turn(), spoken_turn()], ids=["text", "speech"])
async def test_a_turn_is_the_same(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    """Byte for byte what comes without a recorder, and all of it is in the file."""
    async with mock() as service:
        directly = await turn_at(service.endpoint, asked)
    async with mock() as service, recording(service.endpoint, tmp_path) as recorder:
        assert await turn_at(recorder.endpoint, asked) == directly
    lines = recorder.lines()
    received = [json.loads(frame) for frame in directly]
    assert events(lines, "sent") == [cut(event) for event in asked]
    assert events(lines, "received") == [cut(event) for event in received]
    times = [line["time"] for line in lines]
    assert times == sorted(times)
    assert all(round(time, 3) == time for time in times)
    assert lines[-2]["close"] == lines[-1]["close"] == {"code": 1000, "reason": ""}


async def test_audio_can_be_kept(tmp_path: Path) -> None:
    """With `keep_audio` the file has every byte of it."""
    async with (
        mock() as service,
        recording(service.endpoint, tmp_path, keep_audio=True) as recorder,
    ):
        frames = await turn_at(recorder.endpoint, spoken_turn())
    sent = events(recorder.lines(), "sent")
    assert sent == spoken_turn()
    received = events(recorder.lines(), "received")
    assert received == [json.loads(frame) for frame in frames]
    assert any(len(event.get("delta", "")) > LONG for event in received)


async def test_the_handshake_goes_through(tmp_path: Path) -> None:
    """Path, query, headers and subprotocol reach the service, its headers come back."""

    async def script(peer: Peer) -> None:
        await peer.accept(X_Request="17", Sec_WebSocket_Protocol="realtime")
        await peer.gone()

    query = "model=a%20b%2Fc&x=%C3%BC&api-version=v"
    headers = {
        "Authorization": "Bearer t0ken-t0ken",
        "X-Mine": "yes",
        "Origin": "http://x",
    }
    async with (
        serve(script) as service,
        recording(
            f"{service.endpoint}/base{PATH}?own=1&model=no", tmp_path
        ) as recorder,
        client(
            recorder.endpoint,
            query=query,
            headers=headers,
            protocols=("other", "realtime"),
        ) as ws,
    ):
        assert ws.protocol == "realtime"
        assert ws._response.headers["X-Request"] == "17"
        await ws.close()
    (request,) = service.requests
    assert request.path == f"/base{PATH}"
    assert request.query == [
        ("model", "a b/c"),
        ("x", "ü"),
        ("api-version", "v"),
        ("own", "1"),
    ]
    for name, value in headers.items():
        assert request.headers[name.lower()] == value
    assert request.headers["host"] == f"127.0.0.1:{service.port}"
    assert (
        request.headers["sec-websocket-protocol"].replace(" ", "") == "other,realtime"
    )
    assert "t0ken" not in recorder.all_texts()


async def test_a_refused_handshake_goes_through(tmp_path: Path) -> None:
    """Status, body and Retry-After come as the service sends them; no file is made."""
    async with (
        mock("refuse:429:retry_after=3") as service,
        recording(service.endpoint, tmp_path) as recorder,
        aiohttp.ClientSession() as http,
    ):
        answers = []
        for endpoint in (service.endpoint, recorder.endpoint):
            url = f"{endpoint}{PATH}?{QUERY}"
            async with http.get(url, headers=UPGRADE) as answer:
                answers.append(
                    (
                        answer.status,
                        answer.reason,
                        answer.content_type,
                        answer.headers["Retry-After"],
                        await answer.read(),
                    )
                )
    assert answers[0] == answers[1]
    assert answers[0][0] == 429
    assert recorder.said == ["No session: the service answered HTTP 429"]
    assert recorder.files == []


async def test_redirects_are_not_followed(tmp_path: Path) -> None:
    """The key is sent to the endpoint only."""

    async def script(peer: Peer) -> None:
        await peer.respond(302, {"Location": "/elsewhere"})

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path, api_key=KEY) as recorder,
        aiohttp.ClientSession() as http,
        http.get(
            recorder.endpoint + PATH, headers=UPGRADE, allow_redirects=False
        ) as answer,
    ):
        assert answer.status == 302
        assert answer.headers["Location"] == "/elsewhere"
    (request,) = service.requests
    assert request.headers["api-key"] == KEY


async def test_the_close_of_the_service_reaches_the_client(tmp_path: Path) -> None:
    """With code and reason, which are also in the file."""
    async with (
        mock("close:4001:Enough.:after=1") as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            assert await end_of(ws) == (4001, "Enough.")
        await eventually(lambda: "ended" in recorder.said[-1])
        closes = [line for line in recorder.lines() if "close" in line]
        assert closes[0]["direction"] == "received"
        assert closes[0]["close"] == {"code": 4001, "reason": "Enough."}
        assert "1 frame in" in recorder.said[-1]
        assert "close code 4001" in recorder.said[-1]


async def test_the_close_of_the_client_reaches_the_service(tmp_path: Path) -> None:
    """With code and reason; what the service still says before it answers arrives."""
    closed: list[Frame] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        closed.append(await peer.receive())
        await peer.send({"type": "last"})
        await peer.close(3001)
        await peer.gone()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            await frames_until(ws, "session.created")
            await ws.close(code=3000, message=b"Bye.")
        await eventually(lambda: "ended" in recorder.said[-1])
    assert closed[0].closing == (3000, "Bye.")
    first, last, answer = recorder.lines()[1:]
    assert first["direction"] == "sent"
    assert first["close"] == {"code": 3000, "reason": "Bye."}
    assert last["event"] == {"type": "last"}
    assert answer["close"]["code"] == 3001


async def test_a_close_without_a_code(tmp_path: Path) -> None:
    """It arrives as one, and is 1005 in the file."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.close(None)
        await peer.gone()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            assert await end_of(ws) == (0, "")
        await eventually(lambda: "close code 1005" in recorder.said[-1])


async def test_a_lost_connection_is_lost_on_both_sides(tmp_path: Path) -> None:
    """No close is made up; the file says 1006."""
    async with (
        mock("drop:after=1") as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            assert await end_of(ws) == (1006, "")
        await eventually(lambda: "close code 1006" in recorder.said[-1])


async def test_a_client_that_is_gone_leaves_the_service(tmp_path: Path) -> None:
    """The loss of the application is forwarded to the service."""
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.gone_unanswered()
        gone.set()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path) as recorder,
        client(recorder.endpoint) as ws,
    ):
        await frames_until(ws, "session.created")
        transport = ws.get_extra_info("socket")
        transport.shutdown(socket.SHUT_RDWR)
        await asyncio.wait_for(gone.wait(), 10)


@pytest.mark.parametrize(
    "how", ["truncated", "not_json", "not_an_object", "empty", "binary", "not_utf8"]
)
async def test_broken_frames_go_through(how: str, tmp_path: Path) -> None:
    """Any close of the service is forwarded unchanged and recorded."""

    async def read(endpoint: str) -> tuple[aiohttp.WSMsgType, bytes]:
        async with client(endpoint) as ws:
            message = await ws.receive(timeout=10)
            return message.type, bytes(message.data)

    fault = f"malformed:{how}:event=session.created"
    async with mock(fault) as service:
        directly = await read(service.endpoint)
    async with (
        mock(fault) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        assert await read(recorder.endpoint) == directly
    line = recorder.lines()[0]
    match how:
        case "binary":
            assert line["event"]["type"] == "session.created"
            assert line["binary"] is True
        case "not_utf8":
            assert base64.b64decode(line["frame"]) == directly[1]
            assert line["encoding"] == "base64"
        case _:
            assert line["frame"] == directly[1].decode()


async def test_frames_of_any_kind_reach_the_service(tmp_path: Path) -> None:
    """Binary frames, text other than JSON, and pings arrive unchanged."""
    got: list[tuple[int, bytes]] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        while True:
            frame = await peer.receive()
            if frame.opcode == CLOSE:
                await peer.close()
                return
            got.append((frame.opcode, frame.payload))

    data = bytes(range(256))
    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            await ws.send_bytes(data)
            await ws.send_str("hello")
            await ws.ping(b"there?")
        await eventually(lambda: "ended" in recorder.said[-1])
    assert got == [(BINARY, data), (TEXT, b"hello"), (PING, b"there?")]
    sent = [line for line in recorder.lines() if line["direction"] == "sent"]
    # Of binary data as much as of audio.
    assert base64.b64decode(sent[0]["frame"]) == data[:33]
    assert sent[1]["frame"] == "hello"
    assert "close" in sent[2]


async def test_pings_of_the_service_reach_the_client(tmp_path: Path) -> None:
    """The client answers them, not the recorder; they are not in the file."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.frame(PING, b"you?")
        assert (await peer.receive()).payload == b"me"
        await peer.frame(PONG, b"thanks")
        await peer.gone()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint, autoping=False) as ws:
            ping = await ws.receive(timeout=10)
            assert (ping.type, ping.data) == (aiohttp.WSMsgType.PING, b"you?")
            await ws.pong(b"me")
            pong = await ws.receive(timeout=10)
            assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"thanks")
        await eventually(lambda: "ended: 0 frames" in recorder.said[-1])


async def test_sessions_have_files_of_their_own(tmp_path: Path) -> None:
    """Several at once do not get in each other's way."""
    async with mock() as service, recording(service.endpoint, tmp_path) as recorder:
        async with asyncio.TaskGroup() as group:
            turns = [
                group.create_task(turn_at(recorder.endpoint, text_turn()))
                for _ in range(5)
            ]
        await eventually(lambda: sum("ended" in said for said in recorder.said) == 5)
    assert len(recorder.files) == 5
    written = {
        json.dumps(events(recorder.lines(number), "received")) for number in range(1, 6)
    }
    seen = {
        json.dumps([json.loads(frame) for frame in turn.result()]) for turn in turns
    }
    assert written == seen


async def test_an_unreachable_service(tmp_path: Path, free_port: int) -> None:
    """The application gets 502 with the reason; the recorder continues."""
    async with (
        recording(f"http://127.0.0.1:{free_port}", tmp_path) as recorder,
        aiohttp.ClientSession() as http,
    ):
        url = f"{recorder.endpoint}{PATH}?api-key={KEY}"
        async with http.get(url, headers=UPGRADE) as answer:
            assert answer.status == 502
            error = (await answer.json())["error"]
        assert error["message"].startswith("voicelive record: cannot connect to ws://")
        assert KEY not in recorder.all_texts() + error["message"]
        async with MockServer(port=free_port, api_key=KEY, speed=math.inf):
            assert await turn_at(recorder.endpoint, text_turn())


@pytest.mark.slow
async def test_back_pressure(tmp_path: Path) -> None:
    """A slow reader slows the sender; the recorder buffers little and loses nothing."""
    size, count = 1 << 20, 40
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.accept()
        for number in range(count):
            await peer.frame(BINARY, bytes([number]) * size)
            sent += 1
        await peer.gone()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path) as recorder,
        client(recorder.endpoint) as ws,
    ):
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.1)
        assert sent < count
        for number in range(count):
            data = await ws.receive_bytes(timeout=10)
            assert (len(data), data[0]) == (size, number)


async def test_only_websockets_are_forwarded(tmp_path: Path) -> None:
    """A plain HTTP request gets status 426."""
    async with (
        mock() as service,
        recording(service.endpoint, tmp_path) as recorder,
        aiohttp.ClientSession() as http,
        http.get(recorder.endpoint + PATH) as answer,
    ):
        assert answer.status == 426
        assert "WebSocket" in await answer.text()


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A session that cannot be recorded is refused, with the reason."""
    folder = tmp_path / "gone"
    async with mock() as service, recording(service.endpoint, folder) as recorder:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with client(recorder.endpoint):
                pass
        assert caught.value.status == 500
        assert "cannot write to" in recorder.said[-1]


async def test_stopping_closes_both_sides(tmp_path: Path) -> None:
    """Stopping sends 1001 to both sides and records it."""
    async with mock() as service:
        async with (
            recording(service.endpoint, tmp_path) as recorder,
            client(recorder.endpoint) as ws,
        ):
            await frames_until(ws, "session.created")
            stopping = asyncio.ensure_future(recorder.stop())
            assert await end_of(ws) == (1001, "voicelive record was stopped")
            await stopping
        assert service.last_session.close_code == 1001
    assert recorder.lines()[1]["close"]["code"] == 1001


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the session continues unrecorded, with one message."""
    monkeypatch.setattr(
        "voicelive._recorder.recorder.new_file", lambda *_: Path("/dev/full")
    )
    async with mock() as service, recording(service.endpoint, tmp_path) as recorder:
        assert await turn_at(recorder.endpoint, text_turn())
        await eventually(lambda: "ended" in recorder.said[-1])
    assert [said for said in recorder.said if "continues without" in said] == [
        "Session 1 continues without /dev/full: No space left on device"
    ]


@pytest.mark.virtual_time(sockets=True)
async def test_stopping_has_a_time_limit(tmp_path: Path) -> None:
    """An application that does not answer the close is dropped after 2 seconds."""
    async with (
        mock() as service,
        recording(service.endpoint, tmp_path) as recorder,
        client(recorder.endpoint) as ws,
    ):
        await frames_until(ws, "session.created")
        began = asyncio.get_running_loop().time()
        await recorder.stop()
        assert 2 <= asyncio.get_running_loop().time() - began < 3
        assert "ended" in recorder.said[-1]


@pytest.mark.virtual_time(sockets=True)
async def test_slow_release_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a session is reported even if closing the service takes too long."""
    release = UpstreamConnection.release

    async def late(service: UpstreamConnection) -> None:
        await release(service)
        await asyncio.Event().wait()

    monkeypatch.setattr(UpstreamConnection, "release", late)
    async with (
        mock() as service,
        recording(service.endpoint, tmp_path) as recorder,
        client(recorder.endpoint) as ws,
    ):
        await frames_until(ws, "session.created")
    assert "ended" in recorder.said[-1]
