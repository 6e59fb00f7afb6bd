"""The examples of the documentation run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tools.paths import DOCS

pytestmark = pytest.mark.slow

DOCS = DOCS / "staying-connected.md"


async def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The example of reconnecting ends, and prints the report."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    (code,) = (block for block in blocks if "asyncio.run" in block)
    names: dict[str, Any] = {}
    exec(code.replace("asyncio.run(main())", ""), names)
    await names["main"]()
    printed = capsys.readouterr().out
    assert re.match(
        r"reconnected after .* 1 item restored\nnot restored: resp", printed
    )
