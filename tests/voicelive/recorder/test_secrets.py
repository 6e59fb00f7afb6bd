"""Keys and tokens are used, and never written."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.malformed import SECRET, check_log, send_all
from tests.support.scripted_service import Peer, serve
from tests.support.waiting import eventually
from tests.voicelive.recorder.recording import (
    KEY,
    QUERY,
    client,
    end_of,
    events,
    frames_until,
    recording,
    send,
)
from voicelive._recorder.masking import Masking
from voicelive_mockserver import CallFunction, MockServer, Reply, ReplyRequest

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
        MockServer(api_key=KEY, speed=math.inf, allowed_hosts=["*"]) as service,
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


ARGUMENTS = {"city": "Paris", "api_key": OTHER, "max_tokens": 5, "keywords": ["a"]}


async def test_arguments_of_functions(tmp_path: Path) -> None:
    """JSON inside of texts is masked by the names in it, whole and in pieces."""

    def reply(_request: ReplyRequest) -> Reply:
        return Reply((CallFunction("look", json.dumps(ARGUMENTS)),))

    async with (
        MockServer(api_key=KEY, speed=math.inf, responder=reply) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            tool = {"type": "function", "name": "look"}
            update = {"type": "session.update", "session": {"tools": [tool]}}
            await send(ws, update, {"type": "response.create"})
            frames = await frames_until(ws, "response.done")
            output = json.dumps({"result": [{"token": OTHER}], "total_tokens": 3})
            item = {"type": "function_call_output", "call_id": "x", "output": output}
            await send(ws, {"type": "conversation.item.create", "item": item})
            await send(ws, {"type": "input_audio_buffer.clear"})
            await frames_until(ws, "input_audio_buffer.cleared")
        await eventually(lambda: "ended" in recorder.said[-1])
    assert any(OTHER.encode() in frame for frame in frames)
    received = events(recorder.lines(), "received")
    (done,) = (
        event
        for event in received
        if event["type"] == "response.function_call_arguments.done"
    )
    assert json.loads(done["arguments"]) == {**ARGUMENTS, "api_key": "***"}
    pieces = [
        event["delta"]
        for event in received
        if event["type"] == "response.function_call_arguments.delta"
    ]
    assert pieces[-1] == "***"
    assert not any(piece in OTHER for piece in pieces if len(piece) > 2)
    sent = events(recorder.lines(), "sent")
    said = next(one["item"] for one in sent if "item" in one)
    assert json.loads(said["output"]) == {
        "result": [{"token": "***"}],
        "total_tokens": 3,
    }
    # The number of tokens is not a secret.
    usage = next(
        e["response"]["usage"] for e in received if e["type"] == "response.done"
    )
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert OTHER not in recorder.all_texts()


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
def test_arguments_in_pieces(step: int) -> None:
    """Streamed arguments are masked wherever they are split; others are kept."""
    masking = Masking((), keep_audio=False)
    kind = "response.function_call_arguments.delta"

    def written(arguments: str, item: str) -> str:
        pieces = [arguments[n : n + step] for n in range(0, len(arguments), step)]
        return "".join(
            masking.event({"type": kind, "item_id": item, "delta": piece})["delta"]
            for piece in pieces
        )

    for name in ("api_key", "client\\u0053ecret"):
        text = f'{{"city": "Paris", "{name}": "QQQQ\\"QQQQ"}}'
        assert "Q" not in written(text, name)
    plain = '{"max_tokens": 5, "keywords": ["api_key"], "city": "Paris"}'
    assert written(plain, "plain") == plain


def test_descriptions_of_secrets() -> None:
    """Names in a schema are kept, examples and defaults are masked."""
    schema = {
        "properties": {
            "api_key": {"type": "string", "default": OTHER, "examples": [OTHER]},
            "size": {"type": "string", "default": "big"},
            "token": OTHER,
        },
        "required": ["api_key"],
    }
    masked = Masking((), keep_audio=False).event({"parameters": schema})["parameters"]
    assert masked == {
        "properties": {
            "api_key": {"type": "string", "default": "***", "examples": "***"},
            "size": {"type": "string", "default": "big"},
            "token": "***",
        },
        "required": ["api_key"],
    }


async def test_half_a_surrogate_in_a_secret(tmp_path: Path) -> None:
    """Data other than UTF-8 is recorded and masked like text."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        half = "\ud83d"
        event = {"type": "x", "password": f"{OTHER}{half}", "a": half}
        await peer.send(json.dumps(event))
        await peer.gone()

    async with (
        serve(script) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        async with client(recorder.endpoint) as ws:
            await frames_until(ws, "x")
        await eventually(lambda: "ended" in recorder.said[-1])
    event = events(recorder.lines(), "received")[1]
    assert event == {"type": "x", "password": "***", "a": "\ud83d"}


def test_log_probabilities_stay() -> None:
    """A token with a log probability is a piece of text."""
    event = {"logprobs": [{"token": "Hello", "logprob": -0.1, "bytes": [72]}]}
    assert Masking((), keep_audio=False).event(event) == event


@pytest.mark.parametrize(
    "text",
    [
        f'{{"type": "x", "password": "{OTHER}',
        f'{{"arguments": "{{\\"client_secret\\": \\"{OTHER}\\", \\"a\\": 1}}"',
        f"GET /?subscription-key={OTHER} HTTP/1.1",
        f"api-key: {OTHER}",
        f'{{"url": "https://h/x?a=1&access_token={OTHER}"',
    ],
)
def test_frames_that_are_not_json(text: str) -> None:
    """Fields with secret names are masked in them as well."""
    masking = Masking((), keep_audio=False)
    assert OTHER not in masking.text(text)
    assert OTHER.encode() not in masking.data(text.encode(), may_be_audio=False)


async def test_handshakes_that_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A key in them is neither logged, displayed nor recorded."""
    caplog.set_level(logging.DEBUG)
    async with (
        MockServer(api_key=KEY) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        await send_all(recorder.port)
    check_log(caplog)
    assert SECRET not in recorder.all_texts()
