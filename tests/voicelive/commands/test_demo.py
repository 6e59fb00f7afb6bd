"""`voicelive demo`: timeline, waveforms, latencies."""

from __future__ import annotations

import asyncio
import io
import re
import wave
from pathlib import Path

import pytest

from tests.support.scripted_service import Peer, error_event, serve
from tools.paths import QUESTION
from voicelive._commands.waveform import Blocks, peak
from voicelive.cli import main
from voicelive_core.command_line.exit_codes import ExitCode

QUICK = ("--timeout=20",)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock service without delays."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN", "MODEL", "API_VERSION", "VOICE"):
        monkeypatch.delenv(f"AZURE_VOICELIVE_{name}", raising=False)
    monkeypatch.setenv("VOICELIVE_MOCK_SPEED", "inf")


@pytest.fixture
def question(tmp_path: Path) -> Path:
    """The first word of a question."""
    path = tmp_path / "question.wav"
    with wave.open(str(QUESTION)) as whole, wave.open(str(path), "wb") as short:
        short.setparams(whole.getparams())
        whole.setpos(whole.getframerate() // 4)
        short.writeframes(whole.readframes(whole.getframerate() // 2))
    return path


@pytest.mark.slow
def test_a_turn_is_shown(
    question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides, their waveforms and the latencies, as plain text in a pipe."""
    out = tmp_path / "reply.wav"
    assert main(["demo", f"--wav={question}", f"--out={out}", *QUICK]) == 0
    shown = capsys.readouterr()
    assert shown.err == (
        f"No endpoint: using a mock service in this process.\nThe reply is in {out}.\n"
    )
    assert "\x1b" not in shown.out
    assert "\r" not in shown.out
    labels = re.findall(r"^ +\d+\.\d\d s  (\w[\w ]+?)(?:  |$)", shown.out, re.MULTILINE)
    assert [labels[0], labels[-1]] == ["session created", "response done"]
    assert {"speech started", "speech stopped", "you", "first audio"} <= set(labels)
    assert len(re.findall(r"[▁▂▃▄▅▆▇█]{3}", shown.out)) >= 2
    for latency in ("connect", "session ready", "end of speech to first audio"):
        assert re.search(rf"^  {latency} +\d+ ms  █", shown.out, re.MULTILINE)
    with wave.open(str(out)) as file:
        assert file.getnframes() > file.getframerate() // 2


@pytest.mark.slow
def test_a_terminal_has_meters(
    question: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The current line is redrawn in colour."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["demo", f"--wav={question}", *QUICK]) == 0
    drawn = capsys.readouterr().out.split("\r\x1b[K")
    assert sum("\x1b[36m" in line for line in drawn) > 10


async def test_an_error_ends_the_demo(
    question: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error of the service is shown without control characters."""

    async def script(peer: Peer) -> None:
        await peer.begin()
        await peer.receive()
        await peer.send(error_event("\x1b[2Jno such voice"))
        await peer.gone()

    async with serve(script) as server:
        options = [f"--endpoint={server.endpoint}", "--api-key=key-1234"]
        code = await asyncio.to_thread(
            main, ["demo", f"--wav={question}", *options, *QUICK]
        )
    assert code == ExitCode.FAILED
    errors = capsys.readouterr().err
    assert errors.startswith("voicelive demo: error: ")
    assert "no such voice" in errors
    assert "\x1b" not in errors


def test_waveforms() -> None:
    """Each character is the peak of its part; ASCII if the output has no blocks."""
    loud = b"\x00\x80"
    assert peak(b"") == 0
    assert peak(loud + b"\x01\x00") == 32768
    blocks = Blocks(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert blocks.waveform([0, 1, 12_000, 40_000], 10) == " ▁▄█"
    assert blocks.waveform([0, 1, 12_000, 40_000], 2) == "▁█"
    assert blocks.bar(0.0, 10) == "█"
    assert Blocks(io.TextIOWrapper(io.BytesIO(), encoding="ascii")).bar(1, 3) == "@@@"
