"""Recordings as replies of the mock service."""

from __future__ import annotations

import asyncio
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import eventually
from tests.voicelive.recorder.recording import (
    KEY,
    client,
    frames_until,
    recording,
    send,
)
from voicelive_mockserver import MockServer, Recording
from voicelive_mockserver.scenario import Scenario, ScriptedTurn, call

pytestmark = pytest.mark.slow

SCENARIO = Scenario(
    turns=[
        ScriptedTurn(match="weather", reply=[call("get_weather", city="Oslo")]),
        ScriptedTurn(reply=["One moment.", "It is {output.sky}."]),
        ScriptedTurn(reply="You are welcome."),
    ]
)
TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}


def item(**keys: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": keys}


def says(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return item(type="message", role="user", content=content)


async def conversation(endpoint: str) -> list[Any]:
    """Return transcript and calls of a reply to a question about the weather."""
    answered: list[Any] = []
    async with client(endpoint) as ws:
        await send(ws, {"type": "session.update", "session": {"tools": [TOOL]}})
        for asked in (says("The weather?"), None, says("Thanks.")):
            if asked is None:
                called = answered[-1]["call_id"]
                output = json.dumps({"sky": "clear"})
                asked = item(type="function_call_output", call_id=called, output=output)
            await send(ws, asked, {"type": "response.create"})
            done = json.loads((await frames_until(ws, "response.done"))[-1])
            answered += done["response"]["output"]
    return answered


def said(items: list[Any]) -> list[tuple[str, Any]]:
    return [
        ("said", one["content"][0]["transcript"])
        if one["type"] == "message"
        else (one["name"], json.loads(one["arguments"]))
        for one in items
    ]


async def test_texts_and_calls_are_the_same(tmp_path: Path) -> None:
    """Recorded with a scenario, played without it."""
    async with (
        MockServer(api_key=KEY, speed=math.inf, scenario=SCENARIO) as service,
        recording(service.endpoint, tmp_path) as recorder,
    ):
        first = said(await conversation(recorder.endpoint))
        await eventually(lambda: "ended" in recorder.said[-1])
    assert first == [
        ("get_weather", {"city": "Oslo"}),
        ("said", "One moment."),
        ("said", "It is clear."),
        ("said", "You are welcome."),
    ]
    played = Recording.load(recorder.files[0])
    async with MockServer(api_key=KEY, speed=math.inf, responder=played) as service:
        for _ in range(2):
            assert said(await conversation(service.endpoint)) == first


async def test_the_command_plays_a_recording(tmp_path: Path) -> None:
    """`voicelive mock --recording` replays it, transcripts of the user included."""
    path = tmp_path / "session.jsonl"
    done = {"type": "response.done", "event_id": "e", "response": {"id": "resp_1"}}
    content = [{"type": "text", "text": "As it was."}]
    message = {
        **{"id": "i", "object": "realtime.item", "type": "message", "status": "x"},
        **{"role": "assistant", "content": content},
    }
    done["response"] = {"id": "resp_1", "output": [message]}
    path.write_text(json.dumps({"direction": "received", "event": done}))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voicelive", "mock", "--port=0", "--speed=inf"),
        *(f"--api-key={KEY}", f"--recording={path}", "--log-level=error"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        greeting = (await process.stdout.readuntil(b"to stop.\n")).decode()
        assert f"Recording: {path}" in greeting
        endpoint = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert endpoint
        async with client(endpoint[0]) as ws:
            await send(ws, {"type": "session.update", "session": {}})
            await send(ws, says("Hello"), {"type": "response.create"})
            frames = await frames_until(ws, "response.done")
        answer = json.loads(frames[-1])["response"]["output"]
        assert said(answer) == [("said", "As it was.")]
    finally:
        process.terminate()
        await process.communicate()
