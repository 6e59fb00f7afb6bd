"""A Voice Live service for this machine: to develop and test without an account.

The names are in `_api`, which is loaded with the first of them: pytest imports this
package at every start, for its plugin, and needs none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicelive_mockserver._api import *  # noqa: F403
    from voicelive_mockserver._api import __all__ as __all__


def __getattr__(name: str) -> Any:
    if name == "__all__" or not name.startswith("_"):
        api = import_module("._api", __name__)
        if hasattr(api, name):
            return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
