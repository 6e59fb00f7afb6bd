"""The command line, run as a user runs it."""

from __future__ import annotations

import asyncio
import re
import signal
import sys

from voicelive import __version__
from voicelive.aio import connect
from voicelive.models import ServerEventSessionCreated


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
        async with asyncio.timeout(10):
            await process.communicate()
    assert process.returncode == 0
