"""The examples run as they stand, each in a process, against the mock service."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tools.paths import QUESTION, ROOT
from voicelive_mockserver import McpTool, MockServer

# What the mock takes the user to say to each of the examples that talk.
SAID = {
    "basic_assistant": "Hello, what can you do for me?",
    "function_calling": "What is the weather in Seattle?",
    "phone_call": "Do you have a free table?",
    "mcp": "Search the documents for Voice Live.",
    "agent_mode": "Hello, who are you?",
}


class Library:
    """MCP servers with short answers, as these are spoken in real time."""

    def list_tools(self, server: Mapping[str, Any], /) -> Sequence[McpTool]:
        if server["server_label"] != "azure_doc":
            return []
        return [McpTool("search_documents", "Search.", {"type": "object"})]

    def call(self, _server: Mapping[str, Any], _name: str, _arguments: str, /) -> str:
        return "Found it."


class Run(NamedTuple):
    """What an example printed, and how long its replies were in seconds."""

    output: str
    seconds: float


async def _run(name: str, *arguments: str) -> str:
    said = SAID.get(name, "")
    async with MockServer(speed=float("inf"), transcript=said, mcp=Library()) as mock:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"examples.{name}", *arguments),
            cwd=ROOT,
            env=os.environ
            | {
                "AZURE_VOICELIVE_ENDPOINT": mock.endpoint,
                "AZURE_VOICELIVE_API_KEY": mock.api_key,
                "AZURE_VOICELIVE_MODEL": "gpt-realtime",
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(60):
                printed, _ = await process.communicate(b"y\n")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    output = printed.decode()
    assert process.returncode == 0, output
    return output


async def _talk(name: str, folder: Path, question: Path) -> Run:
    reply = folder / f"{name}.wav"
    output = await _run(name, "--wav", str(question), "--out", str(reply))
    with wave.open(str(reply)) as played:
        return Run(output, played.getnframes() / played.getframerate())


async def _all(folder: Path) -> dict[str, Run]:
    """Run the examples that talk side by side, as they do so in real time."""
    question = folder / "question.wav"
    with wave.open(str(QUESTION)) as whole, wave.open(str(question), "wb") as short:
        short.setparams(whole.getparams())
        whole.setpos(whole.getframerate() // 4)
        short.writeframes(whole.readframes(whole.getframerate() * 3 // 4))
    runs = await asyncio.gather(*(_talk(name, folder, question) for name in SAID))
    return dict(zip(SAID, runs, strict=True))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All examples that talk, after one run."""
    return asyncio.run(_all(tmp_path_factory.mktemp("examples")))


@pytest.mark.parametrize("name", SAID)
def test_spoken_conversation(runs: dict[str, Run], name: str) -> None:
    """What was said is shown, and answered in words and in a file of speech."""
    output, seconds = runs[name]
    assert f"You: {SAID[name]}" in output
    assert "Assistant: " in output
    assert "Error" not in output
    assert seconds > 0.3


def test_functions_are_called(runs: dict[str, Run]) -> None:
    """The function of the example runs, and its result is spoken."""
    output = runs["function_calling"].output
    assert "(the weather in Seattle)" in output
    assert "17 degrees, cloudy" in output
    # The report on the conversation.
    assert "Assistant: (calls get_current_weather {" in output
    assert "get_current_weather took " in output
    assert re.search(r"^\d+ tokens$", output, re.MULTILINE)


def test_progress_is_reported(runs: dict[str, Run]) -> None:
    """A long lookup is announced, and its result follows."""
    output = runs["phone_call"].output
    moment = output.index("Assistant: One moment, I'm looking at the tables.")
    assert "table 7" in output[moment:]


def test_consent_is_asked_for(runs: dict[str, Run]) -> None:
    """A tool that needs consent is called after it was given."""
    output = runs["mcp"].output
    assert "Call search_documents of azure_doc? (y/n)" in output
    assert "(search_documents of azure_doc was called)" in output
    assert "Assistant: Found it." in output


async def test_telemetry() -> None:
    """The spans of the conversation are on the console."""
    output = await _run("telemetry")
    for name in (
        '"name": "tell a joke"',
        '"name": "connect"',
        '"name": "send session.update"',
        '"name": "recv response.done"',
        "gen_ai.usage.output_tokens",
    ):
        assert name in output
