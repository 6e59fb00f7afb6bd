"""The command line of the mock service."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys

import aiohttp
import pytest

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver.cli import main

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_until_a_signal(number: signal.Signals) -> None:
    """It prints its endpoint, serves, and exits cleanly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "voicelive_mockserver",
        "--port=0",
        "--api-key=mine",
        "--speed=inf",
        "--log-level=warning",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        greeting = (await process.stdout.readuntil(b"to stop.\n")).decode()
        endpoint = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert endpoint
        assert "API key: mine" in greeting
        assert "async with connect(" in greeting
        assert "new VoiceLiveClient(" in greeting
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(
                f"{endpoint[0]}/voice-live/realtime",
                params={"api-version": "2026-04-10", "model": "gpt-realtime"},
                headers={"api-key": "mine"},
            ) as websocket,
        ):
            assert "session.created" in await websocket.receive_str()
            process.send_signal(number)
            message = await websocket.receive()
            assert message.type is aiohttp.WSMsgType.CLOSE
            assert message.data == 1001
        rest = (await process.stdout.read()).decode()
        assert rest == "Stopped.\n"
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_key_from_the_environment_is_never_shown(workers: int) -> None:
    """The key is required, and is neither printed nor logged."""
    key = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voicelive_mockserver", "--port=0"),
        *("--log-level=debug", f"--workers={workers}"),
        env={**os.environ, "VOICELIVE_MOCK_API_KEY": key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        greeting = (await process.stdout.readuntil(b"to stop.\n")).decode()
        endpoint = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert endpoint
        assert 'credential=os.environ["VOICELIVE_MOCK_API_KEY"]' in greeting
        url = f"{endpoint[0]}/voice-live/realtime"
        query = {"api-version": "2026-04-10", "model": "gpt-realtime"}
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(
                    url, params=query, headers={"api-key": "test-key"}
                )
            assert refused.value.status == 401
            async with http.ws_connect(url, params=query, headers={"api-key": key}):
                pass
        process.send_signal(signal.SIGTERM)
        rest = (await process.stdout.read()).decode()
        assert key not in greeting + rest
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_an_occupied_port(capsys: pytest.CaptureFixture[str]) -> None:
    """The result is a message, not a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == ExitCode.CANNOT_LISTEN
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast"])
def test_an_invalid_speed(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is rejected with the usage."""
    with pytest.raises(SystemExit) as caught:
        main([f"--speed={speed}"])
    assert caught.value.code == 2
    assert "--speed" in capsys.readouterr().err
