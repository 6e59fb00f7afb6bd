"""Isolated virtual environments for third-party packages, under `build/`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tools.paths import ROOT

BUILD = ROOT / "build"
"""Folder of everything downloaded or built, ignored by git."""

_TIMEOUT_SECONDS = 1200


class Unavailable(Exception):
    """A package is neither cached nor available."""


def python_of(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    if os.name == "nt":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def make_environment(name: str, requirements: Path) -> Path:
    """Create an environment with pinned packages, unless it exists.

    Args:
        name: Prefix of the name of its folder.
        requirements: File with versions and hashes of all packages.

    Returns:
        The interpreter of the environment.

    Raises:
        Unavailable: A package could not be downloaded.
    """
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = BUILD / "environments" / f"{name}-{digest}"
    ready = folder / ".ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([*_pip(python_of(folder), "install"), "--requirement", str(requirements)])
        ready.touch()
    return python_of(folder)


def fetch_source(requirements: Path) -> Path:
    """Download the source archive of one package, and unpack it.

    Args:
        requirements: File with its version and hash.

    Returns:
        The folder in the archive.

    Raises:
        Unavailable: The archive could not be downloaded.
    """
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = BUILD / "sources" / digest
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [*_pip(Path(sys.executable), "download"), "--no-deps"]
        command += ["--no-binary", ":all:", "--dest", str(folder)]
        _run([*command, "--requirement", str(requirements)])
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
        (folder / ".ready").touch()
    (unpacked,) = (entry for entry in folder.iterdir() if entry.is_dir())
    return unpacked


def _pip(python: Path, command: str) -> list[str]:
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [str(python), "-m", "pip", command, *options, "--require-hashes"]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"timed out after {_TIMEOUT_SECONDS} s: {command}") from None
    if done.returncode != 0:
        reason = "\n".join(done.stderr.strip().splitlines()[-3:])
        raise Unavailable(f"failed: {' '.join(command)}\n{reason}")
