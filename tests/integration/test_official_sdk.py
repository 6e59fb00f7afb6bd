"""The official Python SDK, unmodified, talks with the mock service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.parity.install import NEWEST, install
from voicelive_mockserver import MockServer

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(__file__).with_name("official_client.py")
QUESTION = ROOT / "examples" / "audio" / "question.wav"


@pytest.fixture(scope="module")
def seen(sdk_cache: Path) -> dict[str, Any]:
    """What a client on the official SDK saw of all conversations."""
    return asyncio.run(_converse(install(NEWEST, sdk_cache)))


async def _converse(sdk: Path) -> dict[str, Any]:
    async with MockServer(speed=float("inf"), transcript="What time is it?") as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(CLIENT),
            server.endpoint,
            server.api_key,
            str(QUESTION),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(sdk)},
        )
        async with asyncio.timeout(50):
            output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    result: dict[str, Any] = json.loads(output)
    return result


def test_text_turn(seen: dict[str, Any]) -> None:
    """A text turn comes as typed events in the recorded order."""
    turn = seen["text"]
    assert turn["status"] == "completed"
    assert turn["text"] == turn["deltas"] != ""
    without_deltas = [kind for kind in turn["types"] if kind != "response.text.delta"]
    assert without_deltas == [
        "session.created",
        "session.updated",
        "conversation.item.created",
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]


def test_audio_turn(seen: dict[str, Any]) -> None:
    """Speech is detected where it is, transcribed, and answered with audio."""
    turn = seen["audio"]
    assert turn["heard"] == "What time is it?"
    # Speech lasts from 300 to 2870 ms of the file: padding 400 ms, silence 500 ms.
    assert turn["started"] == 0
    assert 2870 + 500 - 64 <= turn["stopped"] <= 2870 + 500 + 64
    assert turn["audio_bytes"] >= 12_000
    assert turn["status"] == "completed"


def test_function_call_round(seen: dict[str, Any]) -> None:
    """The offered function is called with what the user said, and its output used."""
    turn = seen["function"]
    assert turn["name"] == "get_weather"
    assert turn["arguments"] == {"city": "London"}
    assert "12 degrees" in turn["answer"]


def test_wrong_key(seen: dict[str, Any]) -> None:
    """A wrong key is refused with HTTP 401."""
    assert seen["refused"]["refused"] is True
    assert "401" in seen["refused"]["error"]
