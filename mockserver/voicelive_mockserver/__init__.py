"""Mock Voice Live service, for development and tests without an account.

The public names are in `_api`, which is imported on first access: pytest imports this
package on every start for its plugin, without using any of them. May import the core
and the protocol, never the client.
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
