"""The programs of the quick start run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tools.paths import DOCS
from voicelive_mockserver import MockServer

GUIDE = (DOCS / "quick-start.md").read_text("utf-8")
FIRST, REAL, TOOL, TEST = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)

pytestmark = pytest.mark.slow


async def run(program: str) -> None:
    names: dict[str, Any] = {}
    exec(program.replace("asyncio.run(main())", ""), names)
    await names["main"]()


async def test_the_first_program_prints_an_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await run(FIRST)
    assert len(capsys.readouterr().out.split()) > 2


async def test_the_client_of_the_real_service(monkeypatch: pytest.MonkeyPatch) -> None:
    async with MockServer() as mock:
        monkeypatch.setenv("AZURE_VOICELIVE_ENDPOINT", mock.endpoint)
        monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", mock.api_key)
        names: dict[str, Any] = {}
        exec(REAL, names)
        async with names["client"].create_session("gpt-realtime") as session:
            assert session.session_id


async def test_the_program_with_a_tool(capsys: pytest.CaptureFixture[str]) -> None:
    await run(TOOL)
    assert re.search(r"connected: \w+", capsys.readouterr().out)


async def test_the_test_passes() -> None:
    names: dict[str, Any] = {}
    exec(TEST, names)
    async with MockServer() as mock:
        await names["test_a_session_begins"](mock)
