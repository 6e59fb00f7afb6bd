"""The command line in subprocesses: workers, TLS, logs, shutdown."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.mock_process import running
from tests.support.waiting import eventually
from tools.paths import CERTIFICATE
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver.cli import main

pytestmark = pytest.mark.slow

KEY = "a-secret-key"
QUERY = {"api-version": "2026-04-10", "model": "gpt-realtime"}


async def endpoint_of(process: asyncio.subprocess.Process) -> str:
    """Return the endpoint that a process prints on its start."""
    assert process.stdout is not None
    greeting = (await process.stdout.readuntil(b"to stop.\n")).decode()
    found = re.search(r"https?://127\.0\.0\.1:\d+", greeting)
    assert found, greeting
    return found[0]


@asynccontextmanager
async def session(
    endpoint: str, **options: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        # A separate session, so that each request has a separate connection.
        aiohttp.ClientSession() as http,
        http.ws_connect(
            f"{endpoint}/voice-live/realtime",
            params=QUERY,
            headers={"api-key": KEY},
            **options,
        ) as websocket,
    ):
        yield websocket


def a_worker_of(supervisor: int) -> int:
    """Return a worker process of a supervisor."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children")
    if not children.exists():
        pytest.skip("needs /proc")
    for child in children.read_text().split():
        # Another child of the supervisor is the resource tracker.
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError("there is no worker")


async def attempt(endpoint: str) -> None:
    async with session(endpoint):
        pass


async def test_workers_share_a_port_and_end_together() -> None:
    """Two processes serve one port, with identifiers that do not collide.

    At SIGTERM all sessions get close code 1001 within two seconds.
    """
    async with running("--workers=2", f"--api-key={KEY}", "--speed=inf") as process:
        endpoint = await endpoint_of(process)
        async with aiohttp.ClientSession() as http:
            workers, identifiers = set[int](), set[str]()
            # The system chooses a worker by the port of the client.
            while len(workers) < 2:
                async with http.get(
                    f"{endpoint}/health", headers={"Connection": "close"}
                ) as response:
                    workers.add((await response.json())["worker"])
            for _ in range(8):
                async with session(endpoint) as websocket:
                    created = json.loads(await websocket.receive_str())
                    identifiers.add(created["session"]["id"])
            assert workers == {0, 1}
            assert len(identifiers) == 8
        async with session(endpoint) as first, session(endpoint) as second:
            loop = asyncio.get_running_loop()
            for websocket in (first, second):
                await websocket.receive_str()
            process.send_signal(signal.SIGTERM)
            told = loop.time()
            for websocket in (first, second):
                message = await websocket.receive()
                assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
            # A margin for a busy machine.
            assert loop.time() - told < 10
        assert await process.wait() == 0
        assert process.stdout is not None
        assert (await process.stdout.read()).decode() == "Stopped.\n"


async def test_each_worker_answers_for_all() -> None:
    """Each worker reports the sessions, metrics and faults of all workers."""
    async with running("--workers=2", f"--api-key={KEY}", "--speed=inf") as process:
        endpoint = await endpoint_of(process)
        headers = {"api-key": KEY, "Connection": "close"}
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(
                aiohttp.ClientSession(endpoint, headers=headers)
            )
            identifiers = set[str]()
            websockets: list[aiohttp.ClientWebSocketResponse] = []
            for _ in range(12):
                websocket = await stack.enter_async_context(session(endpoint))
                created = json.loads(await websocket.receive_str())
                identifiers.add(created["session"]["id"])
                websockets.append(websocket)
            workers = set[int]()
            while len(workers) < 2:
                async with http.get("/mock/sessions") as response:
                    answer = await response.json()
                    workers.add(answer["worker"])
                assert {item["id"] for item in answer["sessions"]} == identifiers
                async with http.get("/health") as response:
                    assert (await response.json())["sessions"] == {
                        "open": 12,
                        "total": 12,
                    }
                async with http.get("/metrics") as response:
                    assert "voicelive_mock_sessions_open 12.0" in await response.text()
            # A client that listens answers a close frame at once.
            closed = [
                asyncio.create_task(websocket.receive()) for websocket in websockets
            ]
            for identifier in identifiers:
                path = f"/mock/sessions/{identifier}"
                async with http.get(f"{path}/journal") as response:
                    assert len((await response.json())["entries"]) == 1
                async with http.post(f"{path}/close", json={"code": 4001}) as response:
                    assert response.status == 200
            async with http.get("/mock/sessions/nobody/journal") as response:
                assert response.status == 404
            assert {message.data for message in await asyncio.gather(*closed)} == {4001}
            async with http.post("/mock/faults", json="refuse:503") as response:
                assert response.status == 200
            for _ in range(8):
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await attempt(endpoint)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_closed_standard_output() -> None:
    """With standard output closed, the service runs without a traceback."""
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voicelive_mockserver", "--port=0"),
        stdout=write,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(read)
    os.close(write)
    # The greeting cannot be read, so the process is terminated as soon as it handles
    # the signal.
    await eventually(lambda: _catches(process.pid, signal.SIGTERM), limit_seconds=60)
    process.terminate()
    _, err = await process.communicate()
    assert process.returncode == 0
    assert err == b""


def _catches(process: int, number: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"SigCgt:\s*(\w+)", status)
    assert found
    return bool(int(found[1], 16) >> (number - 1) & 1)


async def test_a_worker_that_dies_ends_the_service() -> None:
    """The supervisor reports the failed worker and exits with an error."""
    async with running("--workers=2", "--log-format=json") as process:
        assert process.stderr is not None
        record = json.loads(await process.stderr.readline())
        assert record["workers"] == 2
        os.kill(a_worker_of(process.pid), signal.SIGKILL)
        assert await process.wait() == 1
        errors = (await process.stderr.read()).decode()
        assert re.fullmatch(
            r"voicelive mock: error: worker [01] exited with code -9",
            errors.splitlines()[-1],
        ), errors


async def test_tls() -> None:
    """With a certificate, the server speaks https and wss."""
    arguments = (f"--tls-cert={CERTIFICATE}", f"--api-key={KEY}", "--speed=inf")
    async with running(*arguments) as process:
        endpoint = await endpoint_of(process)
        assert endpoint.startswith("https://")
        trust = ssl.create_default_context(cafile=str(CERTIFICATE))
        async with session(endpoint, ssl=trust) as websocket:
            assert "session.created" in await websocket.receive_str()
            await websocket.send_str('{"type":"session.update","session":{}}')
            await websocket.send_str('{"type":"response.create"}')
            while "response.done" not in await websocket.receive_str():
                pass
            process.send_signal(signal.SIGTERM)
            message = await websocket.receive()
            assert message.data == 1001
        assert await process.wait() == 0


async def test_json_logs() -> None:
    """Every line of the log is a JSON object, and none contains a key."""
    async with running(f"--api-key={KEY}", "--log-format=json") as process:
        assert process.stderr is not None
        assert process.stdout is not None
        serving = json.loads(await process.stderr.readline())
        assert serving["message"] == "serving"
        endpoint = serving["endpoint"]
        async with session(endpoint) as websocket:
            created = json.loads(await websocket.receive_str())
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await attempt(f"{endpoint}/nowhere")
        # Malformed requests are not logged.
        host, port = endpoint.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\nbad header: another-secret\r\n\r\n")
        await reader.read()
        writer.close()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        log = (await process.stderr.read()).decode()
        records = [json.loads(line) for line in log.splitlines()]
        assert (await process.stdout.read()) == b""
    assert KEY not in log
    assert "another-secret" not in log
    opened = next(r for r in records if r["message"] == "session opened")
    assert opened["session"] == created["session"]["id"]
    assert opened["level"] == "info"
    refused = [r for r in records if r["message"] == "connection refused"]
    assert [record["status"] for record in refused] == [404, 400]
    assert {"time", "level", "logger", "message"} <= set.intersection(
        *(set(record) for record in records)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tls-key=x.pem"], "--tls-key needs --tls-cert\n"),
        (
            ["--tls-cert=nowhere.pem"],
            "cannot use the certificate and key (nowhere.pem): "
            "No such file or directory\n",
        ),
    ],
)
def test_an_invalid_certificate_is_reported(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid certificate gives a message, not a traceback."""
    assert main(["--port=0", *arguments]) == ExitCode.USAGE
    assert capsys.readouterr().err == f"voicelive mock: error: {message}"


@pytest.mark.parametrize(
    "argument", ["--workers=0", "--journal=-1", "--log-level=loud", "--log-format=xml"]
)
def test_invalid_options_are_reported(
    argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid option is rejected with the usage."""
    with pytest.raises(SystemExit) as caught:
        main([argument])
    assert caught.value.code == 2
    assert argument.partition("=")[0] in capsys.readouterr().err
