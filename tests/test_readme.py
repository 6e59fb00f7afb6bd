"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tools.official_sdk import VERSIONS
from tools.paths import ROOT
from tools.terminal_picture import DEMO, PICTURE, picture, run, texts

README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.slow
def test_the_code_runs(tmp_path: Path) -> None:
    """The Python block is a program that prints the mock's reply and ends."""
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    program = tmp_path / "readme.py"
    program.write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 2


def test_the_commands_exist() -> None:
    """Every make target that is named is there."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README))
    assert {"demo", "test", "check"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_links_lead_somewhere() -> None:
    """Every relative link is a file of the project."""
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_figures_are_of_the_newest_official_sdk() -> None:
    """The table names the version that the benchmarks measure."""
    assert f"azure-ai-voicelive {VERSIONS[-1]}" in README


def test_it_is_short() -> None:
    """Two screens, with the picture."""
    assert len(README.splitlines()) < 100


@pytest.mark.slow
def test_the_picture_is_what_the_demo_prints() -> None:
    """Only times and audio levels may differ; `make picture` draws it anew."""

    def shape(lines: Iterable[str]) -> list[str]:
        numbers = [re.sub(r"[▁-█]+|\d+(\.\d+)?", "#", line) for line in lines]
        return sorted(" ".join(line.split()).strip("# ") for line in numbers)

    printed = texts(picture(run(DEMO)))
    assert shape(texts(PICTURE.read_text("utf-8"))) == shape(printed)
    assert "assistant" in " ".join(printed)
