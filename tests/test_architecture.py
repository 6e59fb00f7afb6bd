"""Who may import whom, and where things lie."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.paths import ROOT
from voicelive_protocol import CLIENT_EVENTS, SERVER_EVENTS

PACKAGES = {
    "voicelive_core": ROOT / "core" / "voicelive_core",
    "voicelive_protocol": ROOT / "generated" / "voicelive_protocol",
    "voicelive": ROOT / "voicelive",
    "voicelive_mockserver": ROOT / "mockserver" / "voicelive_mockserver",
    "voicelive_loadtest": ROOT / "loadtest" / "voicelive_loadtest",
}

# What each package may import besides itself and the standard library. What follows
# aiohttp are the extras of the mock service; only its plugin for pytest imports pytest.
ALLOWED = {
    "voicelive_core": {"msgspec", "pybase64"},
    "voicelive_protocol": {"voicelive_core", "msgspec"},
    # What follows docstring_parser are its extras.
    "voicelive": {
        "voicelive_core",
        "voicelive_protocol",
        "msgspec",
        "aiohttp",
        "docstring_parser",
        "numpy",
        "opentelemetry",
        "sounddevice",
        "soxr",
    },
    "voicelive_mockserver": {
        "voicelive_core",
        "voicelive_protocol",
        "msgspec",
        "pybase64",
        "aiohttp",
        "numpy",
        "yaml",
        "prometheus_client",
        "espeakng_loader",
        "pytest",
    },
    "voicelive_loadtest": {
        "voicelive",
        "voicelive_core",
        "voicelive_protocol",
        "aiohttp",
        "flask",
        "gevent",
        "jinja2",
        "locust",
        "msgspec",
        "prometheus_client",
        "psutil",
        "rich",
        "uvloop",
    },
}
COMPILER = {"datamodel_code_generator", "jinja2", "jsonschema"}


@dataclass(frozen=True)
class Import:
    """A package that a line of code imports.

    Attributes:
        file: Path below the root of the repository.
        line: Line number.
        package: The top-level package.
        lazy: Whether it is inside a function.
    """

    file: str
    line: int
    package: str
    lazy: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.package}"


def imports_of(folder: Path) -> list[Import]:
    """All imports of other packages below a folder, standard library left out."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        name = path.relative_to(ROOT).as_posix()
        for node, lazy in _nodes(tree, lazy=False):
            for package in _packages(node):
                if package not in sys.stdlib_module_names:
                    found.append(Import(name, node.lineno, package, lazy))
    return found


def _nodes(node: ast.AST, *, lazy: bool) -> Iterator[tuple[ast.stmt, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, lazy
        yield from _nodes(child, lazy=inside)


def _packages(node: ast.stmt) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name.partition(".")[0] for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module.partition(".")[0]]
        case _:
            # A relative import stays in its package.
            return []


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_allowed_imports(package: str) -> None:
    """Each package imports only what is below it."""
    imports = imports_of(PACKAGES[package])
    assert imports
    allowed = ALLOWED[package] | {package}
    stray = [i for i in imports if i.package not in allowed]
    pytest_users = {Path(i.file).name for i in imports if i.package == "pytest"}
    assert pytest_users <= {"pytest_plugin.py"}
    if package == "voicelive":
        stray = [i for i in stray if not _starts_the_mock(i)]
    assert [str(i) for i in stray] == []


def _starts_the_mock(found: Import) -> bool:
    path = Path(found.file)
    in_command_line = (
        path.name.startswith("cli")
        or path.name == "__main__.py"
        or path.parent.name == "_commands"
    )
    return found.package == "voicelive_mockserver" and found.lazy and in_command_line


def test_compiler_imports_nothing_of_ours() -> None:
    """The compiler does not need the packages whose code it generates."""
    imports = imports_of(ROOT / "codegen")
    assert {i.package for i in imports} == {"codegen", *COMPILER}


def test_imports_are_found() -> None:
    """The search sees every way to write an import."""
    code = (
        "import os, aiohttp.web\n"
        "from msgspec import json\n"
        "from . import sibling\n"
        "if True:\n    import numpy as np\n"
        "class A:\n    import jinja2\n"
        "async def run():\n    if True:\n        from voicelive.aio import connect\n"
    )
    nodes = list(_nodes(ast.parse(code), lazy=False))
    seen = [(name, lazy) for node, lazy in nodes for name in _packages(node)]
    assert seen == [
        ("os", False),
        ("aiohttp", False),
        ("msgspec", False),
        ("numpy", False),
        ("jinja2", False),
        ("voicelive", True),
    ]


def test_source_roots_are_no_packages() -> None:
    """Source roots are not packages: their classes must not exist twice."""
    for package in PACKAGES.keys() - {"voicelive"}:
        root = PACKAGES[package].parent
        assert not (root / "__init__.py").exists()
        others = {path.name for path in root.iterdir()} - {"__pycache__"}
        assert others == {package}


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_typed(package: str) -> None:
    """Each package tells type checkers that it has types."""
    assert (PACKAGES[package] / "__init__.py").is_file()
    assert (PACKAGES[package] / "py.typed").is_file()


def test_packages_are_imported_by_their_own_names() -> None:
    """Nothing imports a package through the folder that holds it."""
    pattern = re.compile(
        r"^\s*(?:from|import) (?:core|generated|mockserver|loadtest)[. ]", re.MULTILINE
    )
    for folder in ("tests", "benchmarks", "codegen"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not pattern.search(path.read_text("utf-8")), path


@pytest.mark.slow
def test_generated_files_are_marked(tmp_path: Path) -> None:
    """Generated files say so in their first line, and git knows it too."""
    generated = ROOT / "generated"
    headers = {p.read_text("utf-8").splitlines()[0] for p in generated.rglob("*.py")}
    assert headers == {"# Generated from schema/ by `make generate`. Do not edit."}
    git = shutil.which("git")
    assert git is not None
    paths = {
        path.relative_to(ROOT).as_posix()
        for path in generated.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    # A repository of its own with only the attributes, so that no checkout is needed.
    subprocess.run([git, "init", "--quiet", tmp_path], check=True)
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    done = subprocess.run(
        [git, "check-attr", "--stdin", "linguist-generated"],
        cwd=tmp_path,
        input="\n".join([*sorted(paths), "schema/items.json", "voicelive/cli.py"]),
        capture_output=True,
        text=True,
        check=True,
    )
    marks = dict(line.split(": ")[::2] for line in done.stdout.splitlines())
    assert {path for path, mark in marks.items() if mark == "true"} == paths
    assert marks["schema/items.json"] == marks["voicelive/cli.py"] == "unspecified"


@pytest.mark.slow
def test_event_names_come_from_the_schema() -> None:
    """Nobody writes the name of an event by hand: a misspelt one would not be noticed.

    Of one word only are `error` and `warning`, which mean other things as well.
    """
    names = {name for name in {**CLIENT_EVENTS, **SERVER_EVENTS} if "." in name}
    written = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for package in ("voicelive", "voicelive_mockserver", "voicelive_loadtest")
        for file in PACKAGES[package].rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert written == []
