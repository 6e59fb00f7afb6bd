"""Description of a run: time, endpoint, settings, machine, versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

_PACKAGES = ("voicelive", "locust", "gevent", "aiohttp", "uvloop")


def describe_run(
    endpoint: str, settings: Mapping[str, str | int | float]
) -> dict[str, str]:
    """Return the facts of a report in display order.

    Args:
        endpoint: Endpoint of the calls; a password in it is removed.
        settings: Further facts.
    """
    parts = urlsplit(endpoint)
    host = parts.netloc.rpartition("@")[2]
    versions = ", ".join(
        f"{name} {found}" for name in _PACKAGES if (found := _version(name))
    )
    return {
        "Time": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Endpoint": f"{parts.scheme}://{host}{parts.path}",
        **{name: str(value) for name, value in settings.items()},
        "Machine": f"{_system()}, {os.cpu_count()} cores",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Packages": versions,
    }


def _system() -> str:
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
