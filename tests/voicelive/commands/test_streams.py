"""Standard streams that are closed, full or without a reader; Ctrl+C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tools.paths import QUESTION, ROOT
from voicelive_core.command_line.exit_codes import ExitCode

pytestmark = pytest.mark.slow

TALK = f"talk --wav {QUESTION} --out reply.wav"
COMMANDS = ["mock --help", "say Hi", "demo"]


async def start(
    command: str, redirection: str = "", **more: str
) -> asyncio.subprocess.Process:
    """Start a command in a shell that redirects its streams."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AZURE_VOICELIVE_")
    }
    return await asyncio.create_subprocess_exec(
        *("bash", "-c", f"exec {sys.executable} -m voicelive {command} {redirection}"),
        env={
            **variables,
            "VOICELIVE_MOCK_SPEED": "inf",
            "PYTHONPATH": str(ROOT),
            **more,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def run(
    command: str, redirection: str, **more: str
) -> tuple[int | None, str, str]:
    """Run a command; return its exit code and output."""
    process = await start(command, redirection, **more)
    try:
        async with asyncio.timeout(60):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, output.decode(), errors.decode()


def check_plain(errors: str) -> None:
    """Make sure that the interpreter has reported nothing itself."""
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
async def test_closed_streams(command: str) -> None:
    """A closed stream discards the output, and no other stream gets it."""
    code, output, errors = await run(command, ">&-")
    assert (code, output) == (ExitCode.OK, "")
    check_plain(errors)
    code, output, errors = await run(command, "2>&-")
    assert (code, errors) == (ExitCode.OK, "")
    assert "No endpoint" not in output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", COMMANDS)
async def test_a_full_disk(command: str) -> None:
    """Stdout that cannot be written is an error; stderr is discarded."""
    code, _, errors = await run(command, ">/dev/full")
    assert code == ExitCode.USAGE
    assert "error: cannot write to stdout: No space left on device\n" in errors
    check_plain(errors)
    code, _, _ = await run(command, "2>/dev/full")
    assert code == ExitCode.OK


@pytest.mark.parametrize("command", [*COMMANDS, "--help", "say Hi --json", TALK])
async def test_no_reader(command: str) -> None:
    """A command ends silently once the reader of its output is gone."""
    code, _, errors = await run(command, "> >(exit)")
    # The help fits into the buffer of the pipe if the reader ends later.
    quick = {ExitCode.OK, ExitCode.BROKEN_PIPE}
    assert code in quick if "--help" in command else code == ExitCode.BROKEN_PIPE
    assert "error" not in errors
    check_plain(errors)


async def test_closed_stdin() -> None:
    """Without stdin the message is empty."""
    code, _, errors = await run("say -", "<&-")
    assert code == ExitCode.USAGE
    assert errors == "voicelive say: error: the message is empty\n"


async def test_stdin_that_is_not_utf_8(tmp_path: Path) -> None:
    """In the locale C, Python replaces such bytes by surrogates."""
    (tmp_path / "message").write_bytes(b"\xff\xfe")
    for locale in ("C", "C.UTF-8"):
        code, _, errors = await run("say -", "<message", LC_ALL=locale)
        assert code == ExitCode.USAGE
        assert errors.startswith("voicelive say: error: ")
        assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("demo", ExitCode.INTERRUPTED),
        (f"talk --wav {QUESTION} --out reply.wav", ExitCode.INTERRUPTED),
        ("record", ExitCode.OK),
        ("mock --port 0", ExitCode.OK),
    ],
)
async def test_ctrl_c(command: str, code: ExitCode) -> None:
    """It ends a command; it is the usual end of those that serve."""
    process = await start(command)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
    assert process.returncode == code
    name = command.partition(" ")[0]
    interrupted = errors.decode().endswith(f"voicelive {name}: interrupted\n")
    assert interrupted == (code is ExitCode.INTERRUPTED)
    check_plain(errors.decode())


async def test_ctrl_c_while_modules_are_imported() -> None:
    """It does not cause a traceback either."""
    program = (
        "import builtins, sys\n"
        "from voicelive.cli import main\n"
        "real = builtins.__import__\n"
        "def interrupted(name, *rest):\n"
        "    if name.startswith('voicelive_mockserver'): raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = interrupted\n"
        "sys.exit(main(['say', 'Hi']))"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED
    assert output == b"voicelive say: interrupted\n"
