"""What the page about the account shows is true."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from tools.paths import DOCS
from voicelive.conversation import (
    ChangeKind,
    ConversationTurn,
    SessionUsage,
    TokenCounts,
    TurnStatus,
)

GUIDE = (DOCS / "conversation.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def guide() -> dict[str, Any]:
    """The names that the blocks define, one block after another."""
    names: dict[str, Any] = {"__name__": "guide"}
    for block in BLOCKS:
        # Without the future import of this file.
        exec(compile(block, "conversation.md", "exec", dont_inherit=True), names)
    return names


async def test_the_first_example(
    guide: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The program prints the greeting."""
    await guide["main"]()
    assert capsys.readouterr().out.startswith("assistant: ")


def test_the_cost(guide: dict[str, Any]) -> None:
    """The prices are those of a million tokens."""
    tokens = TokenCounts(output_tokens=500_000, output_audio=500_000)
    assert guide["cost_of"](SessionUsage(tokens, 0, 0, ())) == Decimal(32)


def test_the_tables_are_complete() -> None:
    """All fields of a turn, all states and kinds of changes are on the page."""
    named = set(re.findall(r"`(\w+)`", GUIDE))
    assert named >= set(ConversationTurn.__dataclass_fields__)
    assert named >= set(TurnStatus) | set(ChangeKind)
    assert named >= set(TokenCounts.__dataclass_fields__)
