"""Code blocks of README and documentation: checked, or not written as code."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from codegen.__main__ import main as codegen
from tests.site.preambles import PREAMBLES
from tools.paths import DOCS, ROOT
from tools.site.code_blocks import CodeBlock, as_module, code_blocks
from voicelive.cli import full_parser
from voicelive_protocol import parse

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    ROOT / "schema" / "README.md",
    *sorted(DOCS.rglob("*.md")),
]
BLOCKS = [(path, block) for path in PAGES for block in code_blocks(path.read_text())]

# Without a language a block is a diagram, an address or an output, not code.
LANGUAGES = {"", "text", "console", "json", "python", "toml", "yaml"}

OTHER_PROGRAMS = {"curl", "export", "git"}


def place(path: Path, block: CodeBlock) -> str:
    return f"{path.relative_to(ROOT)}:{block.line}"


def commands() -> list[tuple[str, list[str]]]:
    """Return all command lines of the pages, with their place."""
    found = []
    for path, block in BLOCKS:
        if block.language != "console":
            continue
        text = block.text.replace("\\\n", " ")
        for line in re.findall(r"^\$ (.*)$", text, re.M):
            # A pipe starts another command; the placeholders are values.
            for part in re.split(r" \| ", re.sub(r"<(\w+)>", r"\1", line)):
                words = shlex.split(part, comments=True)
                found.append((place(path, block), words))
    return found


COMMANDS = commands()


def test_every_block_has_a_language_that_is_checked() -> None:
    unknown = {
        b.language: place(p, b) for p, b in BLOCKS if b.language not in LANGUAGES
    }
    assert unknown == {}


# Programs of a page follow each other.
MYPY_OPTIONS = (
    "# mypy: allow-untyped-defs\n"
    '# mypy: disable-error-code="no-redef, exhaustive-match"\n'
)


@pytest.mark.slow
def test_python_blocks_pass_mypy(tmp_path: Path) -> None:
    """With the configuration and the cache of `make types`, which has our packages."""
    files = []
    for path in PAGES:
        blocks = [b for p, b in BLOCKS if p == path and b.language == "python"]
        if blocks:
            file = tmp_path / f"page_{path.stem.replace('-', '_').lower()}.py"
            module = as_module(blocks, PREAMBLES.get(path.stem, ""))
            file.write_text(MYPY_OPTIONS + module, "utf-8")
            files.append(str(file))
    assert len(files) > 8
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *files],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_json_and_toml_blocks_can_be_read() -> None:
    for path, block in BLOCKS:
        if block.language == "json":
            for line in block.text.splitlines():
                assert parse(line.encode()), place(path, block)
        elif block.language == "toml":
            assert tomllib.loads(block.text), place(path, block)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        pytest.param(
            *command, marks=pytest.mark.slow if "codegen" in command[1] else ()
        )
        for command in COMMANDS
    ],
)
def test_command_lines_are_valid(where: str, words: list[str]) -> None:
    match words:
        case ["voicelive", *arguments]:
            _, unknown = full_parser().parse_known_args(arguments)
            # Options that only Locust has.
            assert not unknown or arguments[0] == "load", unknown
        case ["make", target, *settings]:
            makefile = (ROOT / "Makefile").read_text("utf-8")
            assert re.search(rf"^{target}:", makefile, re.M), where
            for setting in settings:
                assert f"$({setting.partition('=')[0]})" in makefile, (where, setting)
        case ["pip", "install", *packages]:
            for package in packages:
                check_requirement(package)
        case [".venv/bin/python", "-m", "pytest", *arguments]:
            for argument in arguments:
                file = argument.partition("::")[0]
                assert not file.startswith("tests/") or (ROOT / file).exists(), where
        case [".venv/bin/python", "-m", "codegen", *arguments]:
            assert codegen(arguments) == 0, where
        case ["pytest", "test_assistant.py"]:
            pass  # tests/site/test_quick_start.py runs it.
        case ["jq", "-r", _]:
            pass
        case _:
            assert words[0] in OTHER_PROGRAMS, where


def check_requirement(text: str) -> None:
    match = re.fullmatch(r"voicelive(?:\[([\w,]+)\])?", text)
    if match is None:
        assert text in {"opentelemetry-sdk", "pytest", "pytest-asyncio"}
        return
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for extra in (match[1] or "").split(","):
        assert not extra or extra in project["optional-dependencies"]


def test_there_are_command_lines() -> None:
    programs = {words[0] for _, words in COMMANDS}
    assert {"voicelive", "make", "pip"} <= programs
