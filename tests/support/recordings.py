"""Reading of files that `voicelive record` has written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a recording; one that was cut off at the end is left out."""
    text = path.read_bytes().decode("utf-8", "replace")
    lines = text.splitlines()
    if lines and not text.endswith("\n"):
        try:
            json.loads(lines[-1])
        except ValueError:
            lines.pop()
    return [json.loads(line) for line in lines]
