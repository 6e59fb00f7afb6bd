"""Lazy import of the packages of the extra `audio`."""

from __future__ import annotations

import importlib
from typing import Any


def require(package: str, purpose: str) -> Any:
    """Import a package of the extra.

    Args:
        package: Name of the package.
        purpose: The feature that needs it, as the subject of the error message.

    Raises:
        ModuleNotFoundError: It is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ModuleNotFoundError(
            f'{purpose} needs {package}: pip install "voicelive[audio]"', name=package
        ) from None
