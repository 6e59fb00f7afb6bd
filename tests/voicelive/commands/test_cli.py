"""The command line, run as a user runs it."""

from __future__ import annotations

import asyncio
import re
import signal
import sys

import pytest

from voicelive import __version__
from voicelive.aio import connect
from voicelive.cli import main
from voicelive.models import ServerEventSessionCreated
from voicelive_core.command_line.exit_codes import ExitCode

pytestmark = pytest.mark.slow

COMMANDS = ("demo", "say", "talk", "mock", "record", "load", "doctor")


async def run(*arguments: str) -> asyncio.subprocess.Process:
    """Start the command with its output piped."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "voicelive",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_version() -> None:
    """`--version` prints it."""
    process = await run("--version")
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert output.decode() == f"voicelive {__version__}\n"


async def test_mock_serves_until_terminated() -> None:
    """`voicelive mock` says where it is, serves, and ends sessions cleanly."""
    process = await run("mock", "--port", "0", "--api-key", "secret", "--speed", "inf")
    assert process.stdout is not None
    greeting = (await process.stdout.readline()).decode()
    endpoint = re.search(r"http://127\.0\.0\.1:\d+", greeting)
    assert endpoint is not None, greeting
    async with connect(
        endpoint=endpoint[0], credential="secret", model="gpt-realtime"
    ) as connection:
        assert isinstance(await connection.recv(), ServerEventSessionCreated)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(25):
            await process.communicate()
    assert process.returncode == 0


async def test_help_loads_next_to_nothing() -> None:
    """`--help` is quick: neither the network nor the protocol is loaded for it."""
    program = (
        "import sys; from voicelive.cli import main\n"
        "for arguments in (['--help'], *([name, '--help'] for name in\n"
        "        ('demo', 'say', 'talk', 'record', 'mock', 'doctor'))):\n"
        "    try: main(arguments)\n"
        "    except SystemExit as exit: assert exit.code == 0\n"
        "heavy = {'aiohttp', 'msgspec', 'numpy', 'voicelive_protocol'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    *texts, heavy = output.decode().splitlines()
    assert heavy == "[]"
    for command in COMMANDS:
        assert any(line.strip().startswith(command) for line in texts)


def test_help_is_shown_without_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """It succeeds, and lists each command with an example, in 80 columns."""
    assert main([]) == ExitCode.OK
    shown = capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == ExitCode.OK
    assert capsys.readouterr().out == shown
    for command in COMMANDS:
        assert f"\n  {command} " in shown
        assert f"$ voicelive {command}" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the command, and has examples, exit codes and 80 columns."""
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == ExitCode.OK
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: voicelive {command} ")
    _, examples = shown.split("\nexamples:\n")
    assert examples.startswith(f"  voicelive {command}")
    assert "\nexit codes:\n  0    success\n" in examples
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["sing"], "voicelive: error: unknown command 'sing'; see voicelive --help"),
        (["sya"], "voicelive: error: unknown command 'sya'; did you mean say?"),
        (["--hlep"], "voicelive: error: unknown option --hlep; did you mean --help?"),
        (
            ["say", "--endpont", "x"],
            "voicelive say: error: unknown option --endpont; did you mean --endpoint?",
        ),
        (
            ["talk", "--out-device=3"],
            "voicelive talk: error: unknown option --out-device; did you mean "
            "--output-device?",
        ),
        (
            ["mock", "--scenaro", "x"],
            "voicelive mock: error: unknown option --scenaro; did you mean --scenario?",
        ),
        (
            ["mock", "--voice", "espeka"],
            "voicelive mock: error: --voice: expected one of synthetic, espeak, auto, "
            "not 'espeka'; did you mean espeak?",
        ),
    ],
)
def test_suggestions(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped command, option or choice is one line with the right one."""
    code: object
    try:
        code = main(arguments)
    except SystemExit as exit:
        code = exit.code
    assert code == ExitCode.USAGE
    assert capsys.readouterr().err == f"{error}\n"
