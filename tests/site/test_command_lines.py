"""Command lines of README and documentation run, as far as one machine can run them."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.test_code_blocks import COMMANDS
from tools.paths import ROOT
from voicelive.aio import connect
from voicelive_mockserver import BackgroundMockServer

pytestmark = pytest.mark.slow

LINES = list(dict.fromkeys(tuple(words) for _, words in COMMANDS))
QUESTION = ROOT / "voicelive" / "_commands" / "audio" / "question.wav"
TIMEOUT_SECONDS = 120


def conversations() -> list[tuple[str, ...]]:
    """Return the commands that hold a conversation without microphone and speaker."""
    spoken = [line for line in LINES if line[:2] == ("voicelive", "talk")]
    return [
        *(line for line in LINES if line[:2] == ("voicelive", "demo")),
        *(line for line in LINES if line[:2] == ("voicelive", "say")),
        *(line for line in spoken if "--wav" in line),
    ]


def servers() -> list[tuple[str, ...]]:
    """Return the commands that start a mock service, but for those with a recording."""
    found = [line for line in LINES if line[:2] == ("voicelive", "mock")]
    return [line for line in found if "--recording" not in line]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AZURE_")}
    return kept | {"VOICELIVE_MOCK_SPEED": "inf"}


@pytest.mark.parametrize("line", conversations(), ids=shlex.join)
def test_a_conversation_succeeds(line: tuple[str, ...], tmp_path: Path) -> None:
    shutil.copy(QUESTION, tmp_path / "question.wav")
    done = subprocess.run(
        [sys.executable, "-m", *line],
        input="Hello",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    if "--out" in line:
        assert (tmp_path / line[line.index("--out") + 1]).stat().st_size > 1000


@pytest.mark.parametrize("line", servers(), ids=shlex.join)
def test_a_server_starts_and_stops(line: tuple[str, ...]) -> None:
    words = list(line)
    if "--port" in words:
        words[words.index("--port") + 1] = "0"
    else:
        words += ["--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as server:
        assert server.stdout is not None
        try:
            assert "http://" in server.stdout.readline()
        finally:
            server.terminate()
            assert server.wait(TIMEOUT_SECONDS) == 0


def test_requests_to_the_control_endpoint_succeed() -> None:
    lines = [line for line in LINES if line[0] == "curl"]
    assert len(lines) >= 4
    with BackgroundMockServer(api_key="test-key") as server:
        asyncio.run(open_session(server))
        replaced = {
            "localhost:8765": server.endpoint.removeprefix("http://"),
            "sess_1": server.last_session.session_id,
        }
        for line in lines:
            words = list(line[1:])
            for old, new in replaced.items():
                words = [word.replace(old, new) for word in words]
            done = subprocess.run(
                ["curl", "--silent", "--show-error", "--fail", *words],
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
            assert done.returncode == 0, (words, done.stderr)
            assert json.loads(done.stdout) is not None


async def open_session(server: BackgroundMockServer) -> None:
    async with connect(
        endpoint=server.endpoint, credential=server.api_key, model="gpt-realtime"
    ) as connection:
        await connection.wait_until_ready()
