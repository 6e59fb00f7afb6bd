"""Answers of a service that make no sense, behind a recorder."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from tests.support.scripted_service import Peer, serve
from tests.voicelive.recorder.recording import KEY, client, recording


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [
        (b"HTTP/1.1 503 No\r\nRetry-After: " + b"9" * 400 + b"\r\n", {503}),
        (b"HTTP/1.1 429 No\r\nX: \xff\xfe\r\n", {429}),
        (b"HTTP/1.1 500 \x1b[31m\xff\r\n", {500, 502}),
        (b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\n", {500}),
        (b"HTTP/1.1 500 No\r\nConnection: x\xff, \xfe\r\n", {500}),
        (b"HTTP/1.1 99999 No\r\n", {502}),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n", {502}),
        (b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", {502}),
        (b"[" * 4000 + b"\r\n", {502}),
        (b"HTTP/1.1 500 No\r\n" + b"X: y\r\n" * 40_000, {502}),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_answer_that_makes_no_sense(
    answer: bytes, statuses: set[int], tmp_path: Path
) -> None:
    """The application gets an HTTP answer, and the recorder goes on."""

    async def script(peer: Peer) -> None:
        if len(server.peers) > 1:
            await peer.begin()
            await peer.gone()
            return
        length = b"" if b"Content-Length" in answer else b"Content-Length: 4\r\n"
        await peer.raw(answer + length + b"\r\nbody")

    async with serve(script) as server, recording(server.endpoint, tmp_path) as record:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with client(record.endpoint):
                pass
        assert caught.value.status in statuses
        async with client(record.endpoint) as ws:
            assert (await ws.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT
    assert "".join(record.said).isprintable()
    assert KEY not in record.all_texts()
