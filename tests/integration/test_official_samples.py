"""The samples of the official SDK: with other imports, they are ours."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools.paths import QUESTION, ROOT
from voicelive_mockserver import MockServer

HERE = Path(__file__).parent / "samples"

# All that changes.
IMPORTS = {
    "azure.ai.voicelive._types": "voicelive.models",
    "azure.core.credentials import": "voicelive import",
    "azure.ai.voicelive": "voicelive",
}


@pytest.fixture(scope="module")
def samples(sdk_cache: Path) -> Path:
    """The samples as they are published."""
    folder = sdk_cache / "samples-1.3.1"
    if not folder.exists():
        sdk_cache.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-input", "--no-binary", ":all:"]
        command += ["--require-hashes", "--requirement", str(HERE / "requirements.txt")]
        command += ["--dest", str(sdk_cache)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            pytest.fail(f"the samples cannot be fetched: {done.stderr[-500:]}")
        (archive,) = sdk_cache.glob("azure_ai_voicelive-1.3.1.tar.gz")
        unpacked = sdk_cache / f"unpacked-{os.getpid()}"
        with tarfile.open(archive) as files:
            files.extractall(unpacked, filter="data")
        (unpacked / "azure_ai_voicelive-1.3.1" / "samples").rename(folder)
    return folder


@dataclass
class Sample:
    """A sample that runs.

    Attributes:
        process: Its process.
        speaker: What its speaker plays, as a file.
        output: What it has printed and logged so far.
        before_the_end: What of it came before Ctrl-C.
        ended: Whether that is all.
        more: Set when there is more.
    """

    process: asyncio.subprocess.Process
    speaker: Path
    output: str = ""
    before_the_end: str = ""
    ended: bool = False
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Take what it prints, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.output += line.decode()
            self.more.set()
        self.ended = True
        self.more.set()

    async def says(self, text: str) -> None:
        """Wait until it has printed a text.

        That the service has sent an event says nothing about who has read it.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                while text not in self.output and not self.ended:
                    self.more.clear()
                    await self.more.wait()
        assert text in self.output, self.output


def with_our_imports(source: Path, folder: Path) -> Path:
    """Write a sample with its imports changed into a folder."""
    code = source.read_text("utf-8")
    for old, new in IMPORTS.items():
        code = code.replace(old, new)
    program = folder / source.name
    program.write_text(code, "utf-8")
    return program


@asynccontextmanager
async def running(
    source: Path, folder: Path, server: MockServer, **environment: str
) -> AsyncIterator[Sample]:
    """Run a sample with nothing but its imports changed, and end it with Ctrl-C."""
    program = with_our_imports(source, folder)
    speaker = folder / "played.pcm"
    speaker.touch()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                str(path)
                for path in (
                    HERE / "stand_ins",
                    ROOT,
                    ROOT / "core",
                    ROOT / "generated",
                )
            ),
            "PYTHONIOENCODING": "utf-8",
            "PYTHONUNBUFFERED": "1",
            "AZURE_VOICELIVE_ENDPOINT": server.endpoint,
            "AZURE_VOICELIVE_API_KEY": server.api_key,
            "MICROPHONE": str(QUESTION),
            "SPEAKER": str(speaker),
            **environment,
        },
    )
    sample = Sample(process, speaker)
    reading = asyncio.create_task(sample.read())
    assert process.stdin is not None
    process.stdin.write(b"y\n" * 5)
    try:
        yield sample
        sample.before_the_end = sample.output
        # Python raises it wherever the sample is. What cannot raise, swallows it.
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
                break
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading


def without_trouble(sample: Sample) -> str:
    """What a sample said, which must have ended well.

    What it logs after Ctrl-C depends on where in its code that comes.
    """
    assert sample.process.returncode == 0, sample.output
    trouble = re.search(r"Traceback|ERROR|Error", sample.before_the_end)
    assert not trouble, sample.output
    return sample.output


KEY = {"AZURE_VOICELIVE_USE_API_KEY": "true"}


def service(**options: Any) -> MockServer:
    """A fast service that forgets nothing: the microphones send much, and always."""
    return MockServer(
        speed=10, journal_limit=1_000_000, journal_bytes=1 << 30, **options
    )


async def test_basic_assistant(samples: Path, tmp_path: Path) -> None:
    """Connects, sets the session up, hears, answers and ends with Ctrl-C."""
    source = samples / "basic_voice_assistant_async.py"
    async with (
        service(transcript="Hello there!") as server,
        running(source, tmp_path, server, **KEY) as sample,
    ):
        await sample.says("Assistant finished speaking")
        async with asyncio.timeout(30):
            # What another process does: there is no event to wait for.
            while not any(sample.speaker.read_bytes()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    said = without_trouble(sample)
    assert "Listening" in said
    assert "Session ready: sess_" in said
    assert "Goodbye" in said
    (update,) = server.last_session.client_events("session.update")
    assert update["session"]["input_audio_noise_reduction"] == {
        "type": "azure_deep_noise_suppression"
    }


async def test_function_calling(samples: Path, tmp_path: Path) -> None:
    """Calls a function that the service asks for, and hears what comes of it."""
    source = samples / "async_function_calling_sample.py"
    question = "What is the weather in Seattle?"
    async with (
        service(transcript=question) as server,
        running(source, tmp_path, server, **KEY) as sample,
    ):
        # The answer from what the function gave.
        await sample.says("Final response transcript: ")
    said = without_trouble(sample)
    assert "Calling function: get_current_weather" in said
    (output,) = server.last_session.client_events("conversation.item.create")
    assert "Partly Cloudy" in output["item"]["output"]


async def test_mcp(samples: Path, tmp_path: Path) -> None:
    """Lists the tools of servers, approves a call and has its output told."""
    source = samples / "async_mcp_sample.py"
    async with (
        service(scenario="mcp_approval") as server,
        running(source, tmp_path, server, **KEY) as sample,
    ):
        await sample.says("MCP Call output received: Three documents")
        # The question to the user, the call, and what it has found.
        await server.wait_for("response.done", from_client=False, count=3, within=30)
        session = server.last_session
        (spoken,) = session.server_events("response.audio_transcript.done")
        expectations = session.expectations
    said = without_trouble(sample)
    assert "Approve MCP call?" in said
    assert "MCP Call output received: Three documents about lighthouses." in said
    assert spoken["transcript"] == "I found this: Three documents about lighthouses."
    assert [str(outcome) for outcome in expectations if not outcome.met] == []


async def test_agent(samples: Path, tmp_path: Path) -> None:
    """Talks to an agent, with a token."""
    source = samples / "agent_v2_sample.py"
    async with (
        service(transcript="Hello there!") as server,
        running(
            source,
            tmp_path,
            server,
            AGENT_NAME="an-agent",
            AGENT_PROJECT_NAME="a-project",
        ) as sample,
    ):
        await sample.says("You said:  User Input:\tHello there!")
        await sample.says("Agent responded with audio transcript")
        await sample.says("Ready for next input")
    assert "Goodbye" in without_trouble(sample)
