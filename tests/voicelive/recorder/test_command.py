"""`voicelive record`, run as a user runs it."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.voicelive.recorder.recording import KEY, client, end_of, frames_until
from voicelive.cli import main
from voicelive_mockserver import MockServer


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets, in a folder of its own."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN"):
        monkeypatch.delenv(f"AZURE_VOICELIVE_{name}", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_records_until_a_signal(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how to use it, records, closes what is open, and ends with 0."""
    monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", KEY)
    async with MockServer(api_key=KEY, speed=math.inf) as service:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voicelive", "record"),
            *("--endpoint", service.endpoint),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            line = (await process.stdout.readline()).decode()
            found = re.fullmatch(
                r"AZURE_VOICELIVE_ENDPOINT=(http://127\.0\.0\.1:\d+)\n", line
            )
            assert found, line
            async with client(found[1], headers={}) as ws:
                await frames_until(ws, "session.created")
                (file,) = (tmp_path / "recordings").iterdir()
                # It is there as soon as it has come.
                written = json.loads(file.read_text().splitlines()[0])
                assert written["event"]["type"] == "session.created"
                process.send_signal(number)
                assert (await end_of(ws))[0] == 1001
            said = (await process.stderr.read()).decode()
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert KEY not in said
    name = file.relative_to(tmp_path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_001.jsonl", file.name)
    assert said.splitlines() == [
        f"Recording {service.endpoint} to recordings. Start your application with",
        "Press Ctrl+C to stop.",
        f"Session 1 begins: {name}",
        said.splitlines()[3],
    ]
    assert re.fullmatch(
        rf"Session 1 ended: 1 frame in \d+\.\d s, close code 1001, {name}",
        said.splitlines()[3],
    )


def test_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A usage error is one line on stderr, with its exit code."""
    (tmp_path / "file").touch()
    endpoint = ("--endpoint", "http://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, code, said in (
            (("--endpoint", "ftp://x"), 2, "must start with https://"),
            ((*endpoint, "--api-key", "a", "--token", "b"), 2, "mutually exclusive"),
            (
                (*endpoint, "--out", "file/folder"),
                2,
                "--out file/folder: cannot create",
            ),
            ((*endpoint, "--port", port), 7, f"cannot listen on 127.0.0.1:{port}"),
        ):
            assert main(["record", *arguments]) == code
            shown = capsys.readouterr()
            assert said in shown.err
            assert shown.err.startswith("voicelive record: error: ")
            assert shown.out == ""


def test_it_does_not_record_itself(
    free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An endpoint that leads back to it would never end."""
    endpoint = f"http://localhost:{free_port}"
    assert main(["record", "--endpoint", endpoint, "--port", str(free_port)]) == 2
    assert "is the address of this recorder" in capsys.readouterr().err
