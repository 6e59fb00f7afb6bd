"""Packages of the extra `audio`, loaded when they are needed."""

from __future__ import annotations

import importlib
from typing import Any


def require(package: str, purpose: str) -> Any:
    """Import a package of the extra.

    Args:
        package: Its name.
        purpose: What needs it, as the beginning of a sentence.

    Raises:
        ModuleNotFoundError: It is not installed. The text says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ModuleNotFoundError(
            f'{purpose} needs {package}: pip install "voicelive[audio]"', name=package
        ) from None
