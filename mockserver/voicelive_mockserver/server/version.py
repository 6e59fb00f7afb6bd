"""Version of the installed package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def package_version() -> str:
    """Return the version of the installed package, or `unknown`."""
    try:
        return version("voicelive")
    except PackageNotFoundError:
        return "unknown"
