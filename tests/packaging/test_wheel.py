"""The wheel: contents, installation in a fresh environment, imports."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.paths import ROOT

PACKAGES = {
    "voicelive",
    "voicelive_core",
    "voicelive_loadtest",
    "voicelive_mockserver",
    "voicelive_protocol",
}

# Runs without the project on the path. Two modules need pytest and prometheus-client,
# and the load tests need their extra.
PROBE = """
import importlib, pkgutil, sys
EXCLUDED = ("__main__", ".pytest_plugin", ".prometheus")
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    assert "site-packages" in package.__file__, package.__file__
    if name == "voicelive_loadtest":
        continue
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith(EXCLUDED):
            importlib.import_module(module.name)
from voicelive_protocol import API_VERSIONS, json_schema
assert all(json_schema(version)["$defs"] for version in API_VERSIONS)
print("imported")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the working tree."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
    subprocess.run([*command, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_contains_only_the_packages(wheel: Path) -> None:
    """The wheel has no tests, tools or schema sources."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    tests = [
        name for name in names if "test" in name.removeprefix("voicelive_loadtest")
    ]
    public = {"voicelive/testing.py", "voicelive_mockserver/pytest_plugin.py"}
    assert set(tests) == public


def test_installed_wheel_imports(wheel: Path, tmp_path: Path) -> None:
    """The dependencies without extras are enough for every module and the demo."""
    environment = tmp_path / "environment"
    venv.create(environment)
    python = str(environment / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python]
    _run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)])
    (metadata,) = environment.glob("lib/*/site-packages/voicelive-*.dist-info")
    _link_dependencies(Distribution.at(metadata), metadata.parent)
    _run([*pip, "check"])
    probe = [python, "-I", "-c", PROBE, *sorted(PACKAGES)]
    assert _run(probe, cwd=tmp_path).strip() == "imported"
    version = _run([str(environment / "bin" / "voicelive"), "--version"])
    assert version.startswith("voicelive ")
    demo = _run([str(environment / "bin" / "voicelive"), "demo"], cwd=tmp_path)
    assert "response done" in demo


def _link_dependencies(package: Distribution, folder: Path) -> None:
    """Link the dependencies of a package from the running environment.

    Installing them from an index takes half a minute and a network.
    """
    for dependency in _dependencies(package):
        for name in {file.parts[0] for file in dependency.files or ()} - {".."}:
            link = folder / name
            if not link.exists():
                link.symlink_to(Path(str(dependency.locate_file(name))))


def _dependencies(package: Distribution) -> Iterator[Distribution]:
    """Yield the dependencies of a package without extras, and their dependencies."""
    for line in package.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            dependency = distribution(requirement.name)
            yield dependency
            yield from _dependencies(dependency)


def _run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
