"""The command of `make conformance`: selected service and report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from voicelive_mockserver import BackgroundMockServer
from voicelive_mockserver.faults import Inject, Omit
from voicelive_protocol import ServerEventType

_FOLDER = Path(__file__).parent
_ROOT = _FOLDER.parents[1]
_KEY = "a-secret-key"
# No service listens there.
_NOWHERE = "http://127.0.0.1:9"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests with the environment variables of another service."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", *arguments]
    environment = {
        "AZURE_VOICELIVE_ENDPOINT": _NOWHERE,
        "AZURE_VOICELIVE_API_KEY": _KEY,
        "AZURE_VOICELIVE_MODEL": "no-such-model",
        "AZURE_VOICELIVE_API_VERSION": "2000-01-01",
    }
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=_ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_environment_selects_no_service() -> None:
    """Without the option, only the mock is called, whatever the environment."""
    run = _run(str(_FOLDER / "test_bad_frames.py"))
    assert run.returncode == 0, run.stdout
    assert "the mock service, API version 2026-04-10" in run.stdout
    assert re.search(r"^passed +gpt-4o +Unknown events", run.stdout, re.M)


def test_unreachable_endpoint() -> None:
    """An unreachable endpoint is reported once, and no test runs."""
    run = _run(str(_FOLDER), "--conformance-endpoint", _NOWHERE)
    assert run.returncode == 4
    assert f"ERROR: {_NOWHERE} cannot be reached" in run.stderr
    assert "passed" not in run.stdout


def test_report() -> None:
    """The report lists failures, skips and findings, without the key."""
    faults = [
        Inject(data={"type": "no.such.event", "event_id": "event_0"}),
        Omit(event=ServerEventType.RESPONSE_AUDIO_DONE),
    ]
    with BackgroundMockServer(
        api_key=_KEY, speed=20, faults=faults, responder=lambda _request: "No."
    ) as server:
        run = _run(
            str(_FOLDER / "test_responses.py"),
            *("--conformance-endpoint", server.endpoint),
            *("--conformance-model", "gpt-realtime"),
            *("--conformance-api-version", "2026-07-15"),
        )
    assert run.returncode == 1, run.stdout
    report = run.stdout.partition(" conformance ")[2]
    assert f"{server.endpoint}, model gpt-realtime, API version 2026-07-15" in report
    assert "passed  A text answer" in report
    assert "finding: unknown event: no event 'no.such.event'" in report
    assert "failed  A spoken answer" in report
    assert "skipped A function call" in report
    assert "the model called no function" in report
    assert '> {"type": "response.create"}' in run.stdout
    assert _KEY not in run.stdout + run.stderr
