"""The official SDK, several versions of it, each in a folder of its own.

Nothing is installed into the environment that runs the tests: a version is on the path
of the one process that looks at it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.paths import ROOT

VERSIONS = ("1.0.0", "1.2.0", "1.3.1")
NEWEST = VERSIONS[-1]


def cache_folder() -> Path:
    """Where versions of the official SDK are kept between runs.

    `VOICELIVE_SDK_CACHE` names another folder.
    """
    default = ROOT / ".venv" / "official-sdk"
    return Path(os.environ.get("VOICELIVE_SDK_CACHE", default))


class SdkUnavailable(Exception):
    """A version is not there and cannot be fetched."""


def install(version: str, cache: Path) -> Path:
    """Fetch a version from the package index, unless it is there already.

    Args:
        version: One of `VERSIONS`.
        cache: Where the versions are kept.

    Returns:
        The folder to put on the path.

    Raises:
        SdkUnavailable: The package index did not give it.
    """
    requirements = ROOT / "tools" / "requirements" / f"azure-ai-voicelive-{version}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = cache / f"{version}-{digest}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache) as unfinished:
        target = Path(unfinished) / "target"
        command = [sys.executable, "-m", "pip", "install", "--quiet"]
        command += ["--disable-pip-version-check", "--no-input", "--retries", "1"]
        command += ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
        command += ["--target", str(target), "--requirement", str(requirements)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            failed, said = done.returncode != 0, done.stderr
        except subprocess.TimeoutExpired:
            failed, said = True, "no answer within 120 s"
        if failed:
            reason = "\n".join(said.strip().splitlines()[-2:])
            raise SdkUnavailable(
                f"azure-ai-voicelive {version} cannot be compared: it is not in "
                f"{cache}, and pip could not get it from the package index.\n{reason}"
            )
        try:
            target.rename(folder)
        except OSError:
            # Another run was faster.
            if not folder.exists():
                raise
    return folder


def run_with(folder: Path, module: str, data: bytes = b"") -> bytes:
    """Run a module in a process that has the SDK in `folder` on its path.

    Args:
        folder: As `install` returned it.
        module: Dotted name of the module, such as `tests.parity.sdk.dump`.
        data: Standard input.

    Returns:
        What it printed.
    """
    path = os.pathsep.join([str(folder), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=data,
        capture_output=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": path},
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout
