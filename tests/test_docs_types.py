"""Comparisons in documentation and examples: as type checkers narrow by them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.paths import ROOT

PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
EXAMPLES = [*(ROOT / "examples").rglob("*.py")]

_CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TEXT = re.compile(r"""\.type\s*(?:[!=]=|(?:not )?in)\s*\(?["']""")


def code_of(path: Path) -> str:
    text = path.read_text("utf-8")
    return text if path.suffix == ".py" else "\n".join(_CODE.findall(text))


@pytest.mark.parametrize("path", [*PAGES, *EXAMPLES], ids=lambda path: path.name)
def test_types_are_compared_with_members_of_the_enum(path: Path) -> None:
    """mypy does not narrow by `event.type == "response.done"`."""
    assert not _TEXT.findall(code_of(path))


@pytest.mark.parametrize(
    "code",
    [
        'event.type == "response.done"',
        "event.type != 'error'",
        'event.type in ("error", "warning")',
    ],
)
def test_comparisons_with_texts_are_found(code: str) -> None:
    """The check above finds what it is there for."""
    assert _TEXT.search(code)
