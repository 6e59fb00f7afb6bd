"""`voicelive say`, called in process."""

from __future__ import annotations

import asyncio
import io
import json
import math
import signal
import sys
import wave
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.support.scripted_service import CLOSE, Peer, error_event, serve
from tools.paths import QUESTION
from voicelive.cli import main
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_mockserver import MockServer

FAST = math.inf
KEY = "a-key-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test sets."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN", "MODEL", "API_VERSION", "VOICE"):
        monkeypatch.delenv(f"AZURE_VOICELIVE_{name}", raising=False)
    monkeypatch.setenv("VOICELIVE_MOCK_SPEED", "inf")


async def say(*arguments: str) -> int:
    """Run the command in another thread, since the mock may need this one."""
    return await asyncio.to_thread(main, ["say", *arguments])


async def say_to(mock: MockServer, *arguments: str) -> int:
    return await say("--endpoint", mock.endpoint, "--api-key", mock.api_key, *arguments)


@pytest.mark.slow
def test_without_an_endpoint_a_mock_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both sides are on stdout, one a line; notes are on stderr."""
    assert main(["say", "Hello"]) == 0
    shown = capsys.readouterr()
    you, assistant = shown.out.splitlines()
    assert you == "You: Hello"
    assert assistant.startswith("Assistant: Hello")
    assert shown.err.startswith(
        "No endpoint: using a mock service in this process.\nSession sess_"
    )


@pytest.mark.slow
def test_the_reply_is_written_as_wav(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--out` keeps the audio of the reply."""
    out = tmp_path / "reply.wav"
    assert main(["say", "Hello", "--out", str(out)]) == 0
    with wave.open(str(out)) as file:
        assert file.getframerate() == 24_000
        seconds = file.getnframes() / 24_000
    assert seconds > 0.5
    assert f"{seconds:.1f} s of audio written to {out}" in capsys.readouterr().err


@pytest.mark.slow
def test_speech_is_transcribed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--wav` sends speech, and shows what the service understood."""
    assert main(["say", "--wav", str(QUESTION)]) == 0
    you, assistant = capsys.readouterr().out.splitlines()
    assert you == "You: Hello, can you hear me?"
    assert assistant.startswith("Assistant: ")


async def test_a_transcript_that_does_not_come(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The transcript of speech is awaited, though not for long."""
    monkeypatch.setattr(
        "voicelive._commands.turn_view._TRANSCRIPT_TIMEOUT_SECONDS", 0.05
    )
    fault = "omit:event=conversation.item.input_audio_transcription.completed"
    async with MockServer(speed=FAST, faults=[fault]) as mock:
        assert await say_to(mock, "--wav", str(QUESTION)) == 0
    assert "No transcript of your speech was received." in capsys.readouterr().err


def test_text_from_stdin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-` stands for what another program writes."""
    monkeypatch.setattr("sys.stdin", io.StringIO("Hello\n"))
    assert main(["say", "-", "--text-only"]) == 0
    assert capsys.readouterr().out.startswith("You: Hello\nAssistant: ")


@pytest.mark.slow
def test_events_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` writes every event as it came, and nothing else, to stdout."""
    assert main(["say", "Hello", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "session.created"
    assert kinds[-1] == "response.done"
    assert {"response.audio.delta", "response.audio_transcript.delta"} <= set(kinds)


async def test_events_that_are_no_line_of_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A broken event, or one of several lines, is one line too."""
    raw = json.dumps({"type": "x", "n": [1]}, indent=1)
    faults = [
        json.dumps({"type": "inject", "text": raw, "event": "session.updated"}),
        json.dumps({"type": "inject", "text": "no\n{json", "event": "session.updated"}),
    ]
    async with MockServer(speed=FAST, faults=faults) as mock:
        assert await say_to(mock, "Hello", "--json", "--text-only") == 0
    lines = capsys.readouterr().out.splitlines()
    assert '{"type":"x","n":[1]}' in lines
    assert r'"no\n{json"' in lines


async def test_the_options_reach_the_service() -> None:
    """Model, version, voice and instructions are what the options say."""
    async with MockServer(speed=FAST) as mock:
        options = "--model gpt-4o --api-version 2025-10-01 --voice en-US-AvaNeural"
        given = [*options.split(), "--instructions", "Be brief."]
        assert await say_to(mock, "Hello", *given) == 0
        session = mock.last_session
        assert session.api_version == "2025-10-01"
        (update,) = session.sent("session.update")
    assert update["session"] == {
        "input_audio_transcription": {"model": "azure-speech"},
        "instructions": "Be brief.",
        "voice": {"type": "azure-standard", "name": "en-US-AvaNeural"},
        "modalities": ["text", "audio"],
        "turn_detection": None,
    }


async def test_the_environment_stands_for_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The variables of the official samples work; an option counts more."""
    async with MockServer(speed=FAST, api_key=KEY) as mock:
        monkeypatch.setenv("AZURE_VOICELIVE_ENDPOINT", mock.endpoint)
        monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", KEY)
        monkeypatch.setenv("AZURE_VOICELIVE_VOICE", "coral")
        assert await say("Hello", "--text-only") == 0
        (update,) = mock.last_session.sent("session.update")
        assert update["session"]["voice"] == "coral"
        assert update["session"]["modalities"] == ["text"]
        assert await say("Hello", "--text-only", "--voice", "echo") == 0
        (update,) = mock.last_session.sent("session.update")
        assert update["session"]["voice"] == "echo"


async def test_an_agent_is_asked_with_a_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Agents take tokens only; `--token` is one."""
    agent = ["--agent", "helper", "--project", "desk"]
    async with MockServer(speed=FAST) as mock:
        by_key = await say_to(mock, "Hello", "--text-only", *agent)
        options = ["--endpoint", mock.endpoint, "--token", KEY]
        by_token = await say("Hello", "--text-only", *options, *agent)
    assert (by_key, by_token) == (1, 0)
    assert "Key authentication is not supported" in capsys.readouterr().err
    # The mock in the process is asked with one by itself.
    assert await say("Hello", "--text-only", *agent) == 0


async def test_azure_identity_is_used_if_it_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without key and token, azure-identity is used."""

    class Credential:
        error: Exception | None = None

        def get_token(self, *scopes: str) -> Any:
            if self.error is not None:
                raise self.error
            return SimpleNamespace(token=KEY)

    identity = ModuleType("azure.identity")
    identity.__dict__["DefaultAzureCredential"] = Credential
    monkeypatch.setitem(sys.modules, "azure", ModuleType("azure"))
    monkeypatch.setitem(sys.modules, "azure.identity", identity)
    async with MockServer(speed=FAST) as mock:
        options = ["Hello", "--text-only", "--endpoint", mock.endpoint]
        assert await say(*options) == 0
        Credential.error = RuntimeError("run az login")
        assert await say(*options) == 4
        monkeypatch.setitem(sys.modules, "azure.identity", None)
        assert await say(*options) == 2
    errors = capsys.readouterr().err
    assert (
        "voicelive say: error: azure-identity returned no token: run az login\n"
        in errors
    )
    assert "no credential: set AZURE_VOICELIVE_API_KEY" in errors


async def test_a_wrong_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4, and the key is not shown even if the service shows it."""
    refusal = json.dumps({"type": "refuse", "status": 401, "message": f"no {KEY}!"})
    async with MockServer(speed=FAST, faults=[refusal]) as mock:
        options = ["--endpoint", mock.endpoint, "--api-key", KEY]
        assert await say("Hello", *options) == 4
    shown = capsys.readouterr()
    assert "401" in shown.err
    assert "no ***!" in shown.err
    assert KEY not in shown.out + shown.err


def test_nobody_there(free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3 when there is no connection."""
    options = ["--endpoint", f"http://127.0.0.1:{free_port}", "--api-key", KEY]
    assert main(["say", "Hello", *options]) == 3
    assert capsys.readouterr().err.startswith("voicelive say: ")


async def test_a_connection_that_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, and the reply so far is printed."""
    async with MockServer(speed=FAST, scenario="close_mid_turn") as mock:
        assert await say_to(mock, "Hello") == 3
    shown = capsys.readouterr()
    assert "Assistant: Hello! I" in shown.out
    assert "connection closed with code 1011: Internal server error." in shown.err


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--model", "no-such-model"], "no-such-model"),
        (["--model", "gpt-4o", "--voice", "xx-XX-Nobody"], "xx-XX-Nobody"),
    ],
)
async def test_what_the_service_refuses(
    options: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 for an unknown model or voice, with the words of the service."""
    async with MockServer(speed=FAST) as mock:
        assert await say_to(mock, "Hello", *options) == 1
    assert text in capsys.readouterr().err


async def test_responses_that_fail(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 for a response that failed or was cut off, with the reason."""
    faults = ["fail_response:connection=1"]
    async with MockServer(speed=FAST, scenario="long_story", faults=faults) as mock:
        assert await say_to(mock, "Tell me what you must not", "--text-only") == 1
        assert await say_to(mock, "Tell me what you must not", "--text-only") == 1
    shown = capsys.readouterr()
    assert "the response is failed: " in shown.err
    assert "the response is incomplete: content_filter" in shown.err
    assert "Assistant: What I know about that is" in shown.out


async def test_too_slow(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 5 when the time is up."""
    async with MockServer(speed=FAST, faults=["stall:event=response.created"]) as mock:
        assert await say_to(mock, "Hello", "--timeout", "0.2") == 5
    assert "timed out after 0.2 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "one of the arguments text --wav is required"),
        (["Hello", "--wav", "a.wav"], "not allowed with argument"),
        (["Hello", "--timeout", "0"], "above 0, not '0'"),
        (["Hello", "--out", "a.wav", "--text-only"], "--out requires speech"),
        (["Hello", "--out", "/nowhere/a.wav"], "no such directory: /nowhere"),
        (["Hello", "--agent", "helper"], "--agent and --project must be used together"),
        (["--wav", "/nowhere/a.wav"], "No such file"),
        (["--wav", __file__], "is not a WAV file"),
        ([""], "the message is empty"),
        (["Hello", "--endpoint", "http://x"], "no credential"),
        (["Hello", "--endpoint", "ftp://x", "--api-key", "k"], "ftp"),
        (
            ["Hello", "--endpoint", "http://x", "--api-key", "k", "--token", "t"],
            "--api-key and --token are mutually exclusive",
        ),
    ],
)
def test_wrong_usage(
    arguments: list[str],
    text: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit code 2, and stderr says what is wrong."""
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    try:
        code = main(["say", *arguments])
    except SystemExit as exit:
        code = int(exit.code or 0)
    assert code == 2
    assert text in capsys.readouterr().err


def test_the_speed_of_the_mock_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A speed that is none is wrong usage."""
    monkeypatch.setenv("VOICELIVE_MOCK_SPEED", "fast")
    assert main(["say", "Hello"]) == 2
    assert "VOICELIVE_MOCK_SPEED must be a number above 0" in capsys.readouterr().err


def test_a_missing_extra(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Exit code 6, with what to install."""
    path = tmp_path / "telephone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    monkeypatch.setitem(sys.modules, "soxr", None)
    assert main(["say", "--wav", str(path)]) == 6
    assert 'pip install "voicelive[audio]"' in capsys.readouterr().err


@pytest.mark.slow
def test_a_terminal_shows_the_reply_grow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal the line is drawn again and again, at last whole."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["say", "Hello"]) == 0
    drawn = capsys.readouterr().out.split("\r\x1b[K")
    assert any("s of audio)" in line for line in drawn)
    assert all(len(line) < 40 for line in drawn[1:-1])
    assert drawn[-1].startswith("Assistant: Hello")
    assert drawn[-1].endswith("\n")


@pytest.mark.parametrize(
    ("variables", "colours"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
    ],
)
def test_a_terminal_has_colours(
    variables: dict[str, str],
    colours: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A terminal has colours, unless `NO_COLOR` is set."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    assert main(["say", "Hello", "--text-only"]) == 0
    shown = capsys.readouterr()
    assert ("\x1b[1m" in shown.out) is colours
    assert "\x1b[" not in shown.err


async def test_a_transcript_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Control characters of the service do not reach the output."""
    async with MockServer(
        speed=FAST, responder=lambda _: "Ding\x07\x1b[2Jdong"
    ) as mock:
        assert await say_to(mock, "Hello", "--text-only") == 0
    assert "Assistant: Ding\\x07\\x1b[2Jdong\n" in capsys.readouterr().out


@pytest.mark.slow
async def test_nobody_reads_the_output() -> None:
    """When the reader of a pipe is gone the command ends quietly."""
    command = f"{sys.executable} -m voicelive say Hello --json | head -n 1; "
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        command + "echo ${PIPESTATUS[0]}",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await shell.communicate()
    event, code = out.splitlines()
    assert json.loads(event)["type"] == "session.created"
    assert code == b"141"
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err


def test_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends it with exit code 130, connections closed."""

    async def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(10)

    monkeypatch.setattr("voicelive._commands.say._ask", interrupt)
    assert main(["say", "Hello"]) == 130
    assert "voicelive say: interrupted\n" in capsys.readouterr().err


async def test_nothing_is_sent_after_refused_settings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Speech waits for `session.updated`; the reason of a refusal is shown."""
    received: list[str] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        received.append((await peer.receive()).event["type"])
        await peer.send(error_event("no such voice"))
        frame = await peer.receive()
        assert frame.opcode == CLOSE
        await peer.close(*frame.closing)
        await peer.gone()

    async with serve(script) as server:
        options = ("--endpoint", server.endpoint, "--api-key", KEY)
        assert await say(*options, "--wav", str(QUESTION)) == ExitCode.FAILED
    assert received == ["session.update"]
    assert "no such voice" in capsys.readouterr().err
