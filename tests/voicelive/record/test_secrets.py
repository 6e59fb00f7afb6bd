"""Keys and tokens are used, and never written."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.peer import Peer, serve
from tests.support.waiting import eventually
from tests.voicelive.record.recording import (
    KEY,
    QUERY,
    client,
    end_of,
    events,
    frames_until,
    recording,
    send,
)
from voicelive_mockserver import MockServer

OTHER = "another-key-nobody-may-see"
MCP: dict[str, Any] = {
    "type": "mcp",
    "server_label": "shop",
    "server_url": f"https://me:{OTHER}@shop.invalid/mcp?sig={OTHER}&page=2",
    "authorization": f"Bearer {OTHER}",
    "headers": {"X-Key": OTHER, "X-Other": "short"},
}
FUNCTION: dict[str, Any] = {
    "type": "function",
    "name": "fetch",
    "parameters": {
        "type": "object",
        "properties": {
            "headers": {"type": "object", "description": "Sent along."},
            "authorization": {"type": "string"},
        },
    },
}


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"api-key": KEY}),
        ("", {"Authorization": f"Bearer {KEY}"}),
        (f"&api-key={KEY}", {}),
        (f"&authorization=Bearer%20{KEY}", {}),
    ],
    ids=["key", "token", "key in the URL", "token in the URL"],
)
async def test_the_credential_of_the_client(
    query: str, headers: dict[str, str], tmp_path: Path
) -> None:
    """It gets the client in, and is masked where the service repeats it."""

    async def script(peer: Peer) -> None:
        given = dict(peer.request.query) | peer.request.headers
        assert KEY in (given.get("api-key") or given.get("authorization") or "")
        await peer.accept()
        await peer.send({"type": "error", "error": {"message": f"Who is {KEY}?"}})
        await peer.send(f"not JSON: {KEY}")
        await peer.close(1008, f"No {KEY}.")
        await peer.gone()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path, api_key=OTHER) as recorder,
    ):
        async with client(
            recorder.endpoint, query=QUERY + query, headers=headers
        ) as ws:
            # The client gets it as it is.
            assert KEY.encode() in await ws.receive_str(timeout=10)
            assert await end_of(ws) == (1008, f"No {KEY}.")
        await eventually(lambda: "ended" in recorder.said[-1])
    first, second, close = recorder.lines()[:3]
    assert first["event"]["error"]["message"] == "Who is ***?"
    assert second["frame"] == "not JSON: ***"
    assert close["close"]["reason"] == "No ***."
    assert KEY not in recorder.all_texts()


@pytest.mark.parametrize(
    ("key", "token", "name", "value"),
    [
        (OTHER, None, "api-key", OTHER),
        (None, OTHER, "authorization", f"Bearer {OTHER}"),
    ],
)
async def test_the_credential_of_the_recorder(
    key: str | None, token: str | None, name: str, value: str, tmp_path: Path
) -> None:
    """It stands in where the client has none, and is masked too."""
    seen: list[str | None] = []

    async def script(peer: Peer) -> None:
        seen.append(peer.request.headers.get(name))
        await peer.begin()
        await peer.send({"type": "echo", "text": OTHER})
        await peer.gone()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path, api_key=key, token=token) as recorder,
    ):
        async with client(recorder.endpoint, headers={}) as ws:
            await frames_until(ws, "echo")
        async with client(recorder.endpoint, headers={name: f"x {KEY}"}) as ws:
            await frames_until(ws, "echo")
        await eventually(lambda: "ended" in recorder.said[-1])
    assert seen == [value, f"x {KEY}"]
    assert recorder.lines()[1]["event"]["text"] == "***"
    assert OTHER not in recorder.files[0].read_text()


async def test_no_credential_for_pages_of_others(tmp_path: Path) -> None:
    """A page from elsewhere cannot use the key of the recorder, a local one can."""
    async with (
        MockServer(api_key=KEY, speed=math.inf) as service,
        recording(service.endpoint, tmp_path, api_key=KEY) as recorder,
    ):
        for origin, let_in in (
            ("http://localhost:3000", True),
            ("https://evil.example", False),
            ("null", False),
        ):
            headers = {"Origin": origin}
            if let_in:
                async with client(recorder.endpoint, headers=headers) as ws:
                    await frames_until(ws, "session.created")
                continue
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                async with client(recorder.endpoint, headers=headers):
                    pass
            assert caught.value.status == 401


async def test_the_keys_of_mcp_servers(tmp_path: Path) -> None:
    """They reach the service and not the file; schemas of functions stay whole."""
    update = {"type": "session.update", "session": {"tools": [MCP, FUNCTION]}}
    async with (
        MockServer(api_key=KEY, speed=math.inf) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            await send(ws, update)
            await frames_until(ws, "session.updated")
            await ws.send_str(json.dumps(update)[:-1])
            await ws.send_bytes(json.dumps(update)[:-1].encode())
            await frames_until(ws, "error")
        await eventually(lambda: "ended" in recorder.said[-1])
        sent = service.last_session.assert_sent("session.update")
    assert sent["session"]["tools"][0]["authorization"] == f"Bearer {OTHER}"
    written = events(recorder.lines(), "sent")[0]["session"]["tools"]
    assert written[0] == {
        "type": "mcp",
        "server_label": "shop",
        "server_url": "https://***@shop.invalid/mcp?sig=***&page=2",
        "authorization": "***",
        "headers": {"X-Key": "***", "X-Other": "***"},
    }
    assert written[1] == FUNCTION
    frame = next(line["frame"] for line in recorder.lines() if "frame" in line)
    assert '"authorization": "***", "headers": {***}' in frame
    assert OTHER not in recorder.all_texts()
