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

pytestmark = pytest.mark.slow


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
        "        ('say', 'talk', 'record'))):\n"
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
    for command in ("say", "talk", "record", "mock", "load"):
        assert any(line.strip().startswith(command) for line in texts)


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without one, or with an unknown one, the usage is shown."""
    for arguments in ([], ["sing"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert "invalid choice: 'sing'" in capsys.readouterr().err
