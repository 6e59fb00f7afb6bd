"""Recorded sessions as test input: files of `voicelive record` and the like."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tools.paths import RECORDINGS

SYNTHETIC = sorted(RECORDINGS.glob("*.jsonl"))
"""The committed recordings; `tools/synthesize_recordings.py` writes them."""

FOLDER = os.environ.get("VOICELIVE_RECORDINGS")
"""A folder of further recordings."""

FILES = SYNTHETIC + (sorted(Path(FOLDER).glob("*.jsonl")) if FOLDER else [])
"""The committed recordings, and those in the folder `VOICELIVE_RECORDINGS`."""


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a recording, without an incomplete last line."""
    text = path.read_bytes().decode("utf-8", "replace")
    lines = text.splitlines()
    if lines and not text.endswith("\n"):
        try:
            json.loads(lines[-1])
        except ValueError:
            lines.pop()
    return [json.loads(line) for line in lines]
