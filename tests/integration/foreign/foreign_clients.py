"""Voice agent frameworks, unmodified, talk with the mock service.

`make test-foreign` runs this: the frameworks are large, so `make test` does not collect
it. Each has an environment of its own, and a client that does what an application does:
a question in text that needs a function, its output, a spoken question, the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.scripted_service import tls_context
from tools.environments import make_environment
from voicelive_mockserver import MockServer

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
_QUESTION = _ROOT / "voicelive" / "_commands" / "audio" / "question.wav"
_CERTIFICATE = _ROOT / "tests" / "support" / "localhost.pem"
_SECONDS = 120

_SAID = "What time is it?"
_ANSWERED = "I am a mock service without a clock, so I cannot tell."
_WEATHER = "It is 12 degrees."


@cache
def _seen(framework: str) -> dict[str, Any]:
    """What the client of a framework saw of its conversation."""
    python = make_environment(framework, _HERE / f"requirements-{framework}.txt")
    client = _HERE / f"{framework.replace('-', '_')}_client.py"
    return asyncio.run(_hold(python, client))


async def _hold(python: Path, client: Path) -> dict[str, Any]:
    # They want `wss`, and configure the session before anything else.
    async with MockServer(
        speed=2, tls=tls_context(), transcript=_SAID, require_configuration=True
    ) as server:
        arguments = [server.endpoint, server.api_key, str(_QUESTION)]
        done = await asyncio.to_thread(_run, [str(python), str(client), *arguments])
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        env=os.environ | {"SSL_CERT_FILE": str(_CERTIFICATE)},
    )


def test_pydantic_ai() -> None:
    """pydantic-ai calls the function, answers, and hears the spoken question."""
    seen = _seen("pydantic-ai")
    assert seen["errors"] == []
    assert seen["cities"] == ["London"]
    assert seen["tools"] == ["FunctionToolCallEvent", "FunctionToolResultEvent"]
    assert seen["speech"] == ["start", "end"]
    assert sorted(seen["said"]) == [
        ["assistant", _ANSWERED],
        ["assistant", _WEATHER],
        ["user", _SAID],
    ]
    assert seen["audio_bytes"] > 100_000


def test_pipecat() -> None:
    """Pipecat calls the function, and has both turns in its context."""
    seen = _seen("pipecat")
    assert seen["errors"] == []
    assert seen["cities"] == ["London"]
    assert seen["answer"] == _WEATHER
    assert {"start", "end"} == set(seen["speech"])
    assert seen["messages"] == [
        ["user", "What is the weather in London?"],
        ["assistant", _WEATHER],
        ["user", _SAID],
        ["assistant", _ANSWERED],
    ]
    assert seen["audio_bytes"] > 100_000


def test_livekit() -> None:
    """livekit-plugins-azure gets the call, the answer, and the spoken turn."""
    seen = _seen("livekit")
    assert seen["errors"] == []
    assert seen["call"] == ["get_weather", {"city": "London"}]
    assert seen["answer"]["text"] == _WEATHER
    assert seen["speech"] == ["start", "end"]
    assert seen["heard"] == [_SAID]
    assert seen["spoken"]["text"] == _ANSWERED
    assert min(seen[key]["audio_bytes"] for key in ("answer", "spoken")) > 10_000
