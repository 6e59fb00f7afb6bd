"""Whether the public surface is typed; `make types` checks the files beside this."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tools.paths import ROOT

SOURCES = (ROOT, ROOT / "core", ROOT / "generated", ROOT / "mockserver")


def test_everything_public_has_a_type(tmp_path: Path) -> None:
    """All public names have a type that every checker reads the same way."""
    # The names of the protocol are names of voicelive.models.
    command = [sys.executable, "-m", "pyright", "--verifytypes", "voicelive"]
    done = subprocess.run(
        [*command, "--ignoreexternal", "--outputjson"],
        cwd=tmp_path,
        env={
            **os.environ,
            # Dependencies are found through the interpreter that comes first.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(map(str, SOURCES)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)["typeCompleteness"]
    incomplete = [
        (symbol["name"], problem["message"])
        for symbol in report["symbols"]
        for problem in symbol["diagnostics"]
        if problem["severity"] == "error"
    ]
    assert incomplete == []
    assert report["exportedSymbolCounts"]["withKnownType"] > 300
    assert report["completenessScore"] == 1
