"""The programs of the guides to MCP servers and agents run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tools.paths import DOCS
from voicelive import VoiceLiveClient
from voicelive_mockserver import MockServer

pytestmark = pytest.mark.slow


def programs(guide: str) -> dict[str, Any]:
    """Return the names that the Python blocks of a guide define."""
    text = (DOCS / guide).read_text("utf-8")
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
        code = block.replace("asyncio.run(main())", "")
        # Without the future import of this file.
        exec(compile(code, guide, "exec", dont_inherit=True), names)
    return names


async def test_a_call_of_an_mcp_server_is_approved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await programs("mcp.md")["main"]()
    assert capsys.readouterr().out.splitlines() == [
        "approved: search",
        "called: search",
        "The library is open until eight.",
    ]


async def test_sessions_with_an_agent(capsys: pytest.CaptureFixture[str]) -> None:
    guide = programs("agents.md")

    class Token:
        token = "any"

        async def get_token(self, *scopes: str) -> Token:
            return self

    async with MockServer() as mock:
        await guide["call_agent"](VoiceLiveClient(mock.endpoint, Token()))
        assert mock.last_session.session_id in capsys.readouterr().out
        await guide["connect_to_agent"](mock.endpoint, Token())
        assert mock.last_session.sent("session.update")
