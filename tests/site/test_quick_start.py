"""The programs of the quick start run, and so does the test that it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.paths import DOCS
from voicelive_mockserver import MockServer

GUIDE = (DOCS / "quick-start.md").read_text("utf-8")
FIRST, REAL, ASSISTANT, TEST = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)

pytestmark = pytest.mark.slow


async def test_the_first_program_prints_an_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: dict[str, Any] = {}
    exec(FIRST.replace("asyncio.run(main())", ""), names)
    await names["main"]()
    assert len(capsys.readouterr().out.split()) > 2


async def test_the_client_of_the_real_service(monkeypatch: pytest.MonkeyPatch) -> None:
    async with MockServer() as mock:
        monkeypatch.setenv("AZURE_VOICELIVE_ENDPOINT", mock.endpoint)
        monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", mock.api_key)
        names: dict[str, Any] = {}
        exec(REAL, names)
        async with names["client"].create_session("gpt-realtime") as session:
            assert session.session_id


def test_the_assistant_and_its_test(tmp_path: Path) -> None:
    """Both files, in a folder of their own, as a reader saves them."""
    (tmp_path / "assistant.py").write_text(ASSISTANT, "utf-8")
    (tmp_path / "test_assistant.py").write_text(TEST, "utf-8")

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert run("assistant.py") == "In Paris the sun shines.\n"
    assert "1 passed" in run("-m", "pytest", "test_assistant.py")
