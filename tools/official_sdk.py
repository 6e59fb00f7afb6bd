"""Installation of several versions of the official SDK, each in its own folder.

Nothing is installed into the environment of the tests: a version is on the path of the
process that uses it.
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
    """Return the folder that caches versions of the official SDK.

    `VOICELIVE_SDK_CACHE` names another folder.
    """
    default = ROOT / ".venv" / "official-sdk"
    return Path(os.environ.get("VOICELIVE_SDK_CACHE", default))


class SdkUnavailable(Exception):
    """A package is neither cached nor available."""


def install(version: str, cache: Path) -> Path:
    """Install a version from the package index, unless it is cached.

    Args:
        version: One of `VERSIONS`.
        cache: Folder of the versions.

    Returns:
        The folder to put on the path.

    Raises:
        SdkUnavailable: The installation has failed.
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
            failed, output = done.returncode != 0, done.stderr
        except subprocess.TimeoutExpired:
            failed, output = True, "no answer within 120 s"
        if failed:
            reason = "\n".join(output.strip().splitlines()[-2:])
            raise SdkUnavailable(
                f"azure-ai-voicelive {version} cannot be compared: it is not in "
                f"{cache}, and pip could not install it from the package "
                f"index.\n{reason}"
            )
        try:
            target.rename(folder)
        except OSError:
            # A concurrent run has installed it.
            if not folder.exists():
                raise
    return folder


def run_with(folder: Path, module: str, data: bytes = b"") -> bytes:
    """Run a module in a process with the SDK on its path.

    Args:
        folder: Folder of the SDK, from `install`.
        module: Dotted name of the module, such as `tests.parity.sdk.dump`.
        data: Standard input.

    Returns:
        The standard output.
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
