"""Commands with invalid events, terminal escapes, full disks, and proxies."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.connect_proxy import connect_proxy
from tests.support.ports import hold_port
from tests.support.scripted_service import (
    CREATED,
    Peer,
    error_event,
    serve,
    tls_context,
)
from tests.voicelive.recorder.recording import client, frames_until, recording
from tools.paths import CERTIFICATE, QUESTION
from voicelive._commands.display import Display
from voicelive.cli import main
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver import MockServer

KEY = "a-key-that-nobody-may-see"
SERVICE: dict[str, Any] = {
    "speed": math.inf,
    "api_key": KEY,
    "allowed_hosts": ["voice.example"],
}
EVIL = "\x1b[2J\u202eevil\nvoicelive say: forged\x9b"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test sets."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN", "MODEL", "API_VERSION", "VOICE"):
        monkeypatch.delenv(f"AZURE_VOICELIVE_{name}", raising=False)
    for name in ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def run(command: str, endpoint: str, *arguments: str) -> int:
    """Run a command in another thread, against a service."""
    options = [command, "--endpoint", endpoint, "--api-key", KEY, *arguments]
    return await asyncio.to_thread(main, options)


def check_plain(text: str) -> None:
    """Make sure that a text has nothing that a terminal obeys, and no traceback."""
    assert "Traceback" not in text
    assert not [c for c in text.replace("\n", "") if not c.isprintable()]
    assert "\nvoicelive say: forged" not in text


def turn(*events: dict[str, Any]) -> Callable[[Peer], Awaitable[None]]:
    """Return a script: a session is configured, then these events end the turn."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.configure()
        while (await peer.receive()).event["type"] != "response.create":
            pass
        for event in events:
            await peer.send(event)
        await peer.gone()

    return script


BEGUN: tuple[dict[str, Any], ...] = (
    {"type": "response.created", "response": {"id": "resp_1", "output": []}},
    {
        "type": "response.text.delta",
        "response_id": "resp_1",
        "item_id": "item_1",
        "output_index": 0,
        "content_index": 0,
        "delta": "Hello.",
    },
)


@pytest.mark.parametrize(
    ("done", "code", "told"),
    [
        (
            {"id": "resp_1", "status": "completed", "usage": {"total_tokens": "12"}},
            ExitCode.OK,
            "Part of response.done cannot be read: response.usage.total_tokens",
        ),
        (
            {"id": 5, "status": "completed", "output": [None], "object": EVIL},
            ExitCode.OK,
            "Part of response.done cannot be read",
        ),
        ({"id": "resp_1", "status": 5}, ExitCode.FAILED, "a readable status"),
        (EVIL, ExitCode.FAILED, "a readable status"),
        (None, ExitCode.FAILED, "a readable status"),
    ],
)
async def test_an_odd_end_of_a_response(
    done: Any, code: ExitCode, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The turn ends immediately, and unreadable parts are reported."""
    end = {"type": "response.done", "response": done}
    async with serve(turn(*BEGUN, end)) as server, asyncio.timeout(20):
        assert await run("say", server.endpoint, "Hi", "--text-only") == code
    shown = capsys.readouterr()
    assert "Assistant: Hello." in shown.out
    assert told in shown.err
    check_plain(shown.err)


@pytest.mark.slow
async def test_an_odd_conversation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`talk` follows turns by the types of events, and ends when all are answered."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.receive()
        # Not even the session can be read.
        await peer.send({"type": "session.updated"})
        await peer.receive()
        await peer.send({"type": "input_audio_buffer.speech_started"})
        await peer.send({"type": "warning", "warning": EVIL})
        await peer.send({"type": "response.created", "response": {"id": "resp_1"}})
        await peer.send({"type": "response.done", "response": {"id": 7, "status": []}})
        while True:
            event = (await peer.receive()).event
            if event["type"] == "session.update":
                await peer.send({"type": "session.updated", "session": 5})
                break
        await peer.gone()

    out = tmp_path / "out.wav"
    async with serve(script) as server, asyncio.timeout(60):
        arguments = ("--wav", str(QUESTION), "--out", str(out))
        code = await run("talk", server.endpoint, *arguments)
    assert code == ExitCode.FAILED
    shown = capsys.readouterr().err
    assert "a readable status" in shown
    assert "Part of session.updated cannot be read" in shown
    check_plain(shown)


@pytest.mark.parametrize(
    "script",
    [
        turn(error_event(EVIL, code=EVIL)),
        turn({"type": "error", "error": EVIL}),
        turn({"type": "warning", "warning": {"message": EVIL}}, error_event("x")),
        turn(
            {
                "type": "response.done",
                "response": {
                    "id": "resp_1",
                    "status": "failed",
                    "status_details": {"type": "failed", "error": {"message": EVIL}},
                },
            }
        ),
        turn(
            *BEGUN,
            {"type": EVIL, "a": EVIL},
            {"type": "response.done", "response": {"id": EVIL, "status": EVIL}},
        ),
    ],
    ids=["error", "odd error", "warning", "failed response", "status"],
)
async def test_what_the_service_says_cannot_steer_a_terminal(
    script: Callable[[Peer], Awaitable[None]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences, line breaks and marks of direction are escaped on stderr."""
    async with serve(script) as server, asyncio.timeout(20):
        code = await run("say", server.endpoint, "Hi", "--text-only")
    assert code == ExitCode.FAILED
    shown = capsys.readouterr()
    check_plain(shown.err)
    check_plain(shown.out)


async def test_refusals_cannot_steer_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the text of a refusal, nor the reason of a close."""

    async def refuse(peer: Peer) -> None:
        await peer.respond(400, body=EVIL)

    async def close(peer: Peer) -> None:
        await peer.accept()
        await peer.send({**CREATED, "session": {"id": EVIL, "model": EVIL}})
        await peer.close(1008, EVIL)
        await peer.gone()

    for script in (refuse, close):
        async with serve(script) as server, asyncio.timeout(20):
            code = await run("say", server.endpoint, "Hi", "--text-only")
        assert code == ExitCode.NO_CONNECTION
    check_plain(capsys.readouterr().err)


def test_events_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--json` they are the same JSON, in escapes that a terminal shows."""
    display = Display("test")
    display.raw('{"a":"\u202e\x9b\U000e0001"}')
    assert capsys.readouterr().out == '{"a":"\u202e\x9b\U000e0001"}\n'
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    display.raw('{"a":"\u202e\x9b\U000e0001"}')
    assert capsys.readouterr().out == '{"a":"\\u202e\\u009b\\udb40\\udc01"}\n'


@pytest.mark.parametrize("command", ["say", "talk"])
async def test_a_refused_connection_has_no_traceback(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused connection is one line on stderr."""
    arguments = ["Hi"]
    if command == "talk":
        arguments = [f"--wav={QUESTION}", f"--out={tmp_path / 'out.wav'}"]
    with hold_port() as port:
        code = await run(command, f"http://127.0.0.1:{port}", *arguments)
    assert code == ExitCode.NO_CONNECTION
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"voicelive {command}: error: cannot connect to ws://127.0.0.1:"
    )


async def test_record_tells_of_a_refused_connection_in_a_line(tmp_path: Path) -> None:
    """The application gets 502, and stderr one line."""
    with hold_port() as port:
        async with recording(f"http://127.0.0.1:{port}", tmp_path) as recorder:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with client(recorder.endpoint):
                    pass
    assert refused.value.status == 502
    (line,) = recorder.said
    assert line.startswith("No session: cannot connect to ws://127.0.0.1:")
    assert "Traceback" not in line


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["--json"], [], ["--out", "/dev/full"]])
async def test_a_full_disk(arguments: list[str]) -> None:
    """A write error is one line on stderr and an exit code."""
    output = os.open("/dev/null" if "--out" in arguments else "/dev/full", os.O_WRONLY)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voicelive", "say", "Hi", *arguments),
            env={**os.environ, "VOICELIVE_MOCK_SPEED": "inf"},
            stdout=output,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
    finally:
        os.close(output)
    assert process.returncode == ExitCode.USAGE
    text = errors.decode()
    assert "No space left on device" in text
    assert ("/dev/full" in text) == ("--out" in arguments)
    assert "Traceback" not in text
    assert "Exception ignored" not in text


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the certificate of the tests, for any host name."""
    context = ssl.create_default_context(cafile=CERTIFICATE)
    context.check_hostname = False
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", context)


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("way", ["option", "environment"])
async def test_say_through_a_proxy(
    way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--proxy`, or the environment; the key is only ever inside of the tunnel."""
    async with (
        MockServer(**SERVICE, tls=tls_context()) as mock,
        connect_proxy(int(mock.endpoint.rpartition(":")[2])) as proxy,
    ):
        arguments = ["Hi", "--text-only"]
        if way == "option":
            named = proxy.url.replace("http://", "http://me:pass-word-1@")
            arguments += ["--proxy", named]
        else:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert await run("say", "https://voice.example", *arguments) == ExitCode.OK
    assert proxy.targets == ["voice.example:443"]
    assert KEY not in "".join(proxy.heads)
    assert KEY.encode() not in proxy.tunnelled
    shown = capsys.readouterr()
    assert "pass-word-1" not in shown.out + shown.err


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("way", ["option", "environment"])
async def test_record_through_a_proxy(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder reaches the service through it, with the key in the tunnel."""
    async with (
        MockServer(**SERVICE, tls=tls_context()) as mock,
        connect_proxy(int(mock.endpoint.rpartition(":")[2])) as proxy,
    ):
        if way == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        named = proxy.url if way == "option" else None
        async with (
            recording("https://voice.example", tmp_path, proxy=named) as recorder,
            client(recorder.endpoint, headers={"api-key": KEY}) as ws,
        ):
            await frames_until(ws, "session.created")
    assert proxy.targets == ["voice.example:443"]
    assert KEY not in "".join(proxy.heads)
    assert KEY.encode() not in proxy.tunnelled


@pytest.mark.usefixtures("trusting")
async def test_record_with_a_proxy_that_refuses(tmp_path: Path) -> None:
    """The application gets 502; the password of the proxy is never shown."""
    async with connect_proxy(refusal="407 Proxy Authentication Required") as proxy:
        named = proxy.url.replace("http://", "http://me:pass-word-1@")
        async with recording(
            "https://voice.example", tmp_path, proxy=named
        ) as recorder:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with client(recorder.endpoint):
                    pass
    assert refused.value.status == 502
    (line,) = recorder.said
    assert "the proxy answered HTTP 407" in line
    assert "pass-word-1" not in line


@pytest.mark.parametrize(
    ("endpoint", "proxy", "told"),
    [
        ("https://voice.example", "socks5://me:pass-word-1@h:1", "not supported"),
        ("https://voice.example", "http://me:pass-word-1@:x", "not the URL of a proxy"),
        ("http://voice.example", "http://me:pass-word-1@h:1", "https:// endpoint"),
    ],
)
@pytest.mark.parametrize("command", [["say", "Hi"], ["record"]])
def test_proxies_that_cannot_be_used(
    command: list[str],
    endpoint: str,
    proxy: str,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They are wrong usage, and their password is not shown."""
    arguments = [*command, "--endpoint", endpoint, "--api-key", KEY, "--proxy", proxy]
    if command == ["record"]:
        arguments += ["--out", str(tmp_path)]
    assert main(arguments) == ExitCode.USAGE
    shown = capsys.readouterr().err
    assert told in shown
    assert "pass-word-1" not in shown
    assert "Traceback" not in shown


_BLOCKED = """
import threading

class DefaultAzureCredential:
    def get_token(self, *scopes):
        print("blocked", flush=True)
        threading.Event().wait()
"""


@pytest.mark.slow
async def test_ctrl_c_while_a_token_is_got(tmp_path: Path) -> None:
    """A sign-in that blocks does not keep the command from ending."""
    (tmp_path / "azure").mkdir()
    (tmp_path / "azure" / "__init__.py").touch()
    (tmp_path / "azure" / "identity.py").write_text(_BLOCKED, "utf-8")
    variables = {**os.environ, "PYTHONPATH": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voicelive", "say", "Hi"),
        "--endpoint=http://127.0.0.1:9",
        env=variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"blocked\n"
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == ExitCode.INTERRUPTED
    assert errors.decode() == "voicelive say: interrupted\n"
