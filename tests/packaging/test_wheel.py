"""The wheel is what a user gets: built, installed in a fresh environment, imported."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tools.paths import ROOT

PACKAGES = {
    "voicelive",
    "voicelive_core",
    "voicelive_loadtest",
    "voicelive_mockserver",
    "voicelive_protocol",
}

# Run where the project is not on the path: only the wheel can answer. Two modules are
# of no use without what they are for: pytest and prometheus-client. The load tests are
# of no use at all without their extra.
PROBE = """
import importlib, pkgutil, sys
FOR_OTHERS = ("__main__", ".pytest_plugin", ".prometheus")
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    assert "site-packages" in package.__file__, package.__file__
    if name == "voicelive_loadtest":
        continue
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith(FOR_OTHERS):
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


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    """No tests, tools or schema sources travel with the wheel."""
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
    """A plain install, without extras, has all that every module needs."""
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, text=True)
    probe = subprocess.run(
        [python, "-I", "-c", PROBE, *sorted(PACKAGES)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert probe.stdout.strip() == "imported", probe.stderr
    script = environment / "bin" / "voicelive"
    shown = subprocess.run(
        [str(script), "--version"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("voicelive ")
