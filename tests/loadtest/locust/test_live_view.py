"""Progress of a run on the console."""

from __future__ import annotations

import re

import gevent
import pytest

from voicelive_loadtest.locust import live_view
from voicelive_loadtest.locust.live_view import LiveView
from voicelive_loadtest.results.progress import Progress

PROGRESS = Progress(
    elapsed=23,
    total=60,
    callers=20,
    calls=17,
    turns=43,
    failed=2,
    waiting="end of speech to first audio",
    p50=1000,
    p95=1070,
    cpu=0.12,
    late=4.1,
    lag=3.0,
)


def shown(view: LiveView, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a view for a moment; return what it has printed."""
    view.start()
    gevent.sleep(0.05)
    view.note("step of 20 callers: holds")
    view.stop()
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_live_display_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All figures are in it, within 80 columns."""
    monkeypatch.setattr(live_view, "is_live", lambda stream: True)
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "80")):
        monkeypatch.setenv(name, value)
    text = shown(LiveView("quick: http://127.0.0.1:8765", lambda: PROGRESS), capsys)
    lines = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text).splitlines()
    assert max(map(len, lines)) <= 80
    found = " ".join(" ".join(lines).split())
    for figure in (
        "quick: http://127.0.0.1:8765 0:23 of 1:00",
        "callers 20, 17 calls open",
        "turns 43 finished, 2 failed",
        "end of speech to first audio p50 1000 ms, p95 1070 ms (last 10 s)",
        "generator CPU 12%, frames p99 4.1 ms late, loop 3.0 ms",
        "step of 20 callers: holds",
    ):
        assert figure in found


def test_lines_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A head with the title, and lines of figures without escape sequences."""
    monkeypatch.setattr(live_view, "_LINE_SECONDS", 0.01)
    text = shown(LiveView("quick", lambda: PROGRESS), capsys)
    lines = text.splitlines()
    assert lines[0] == "quick"
    names = " ".join(lines[2].split())
    assert names == "time callers calls turns failed p50 p95 CPU late"
    assert lines[3].split()[:5] == ["0:23", "20", "17", "43", "2"]
    assert "step of 20 callers: holds" in lines
    assert "\x1b" not in text
    assert max(map(len, lines)) <= 80
