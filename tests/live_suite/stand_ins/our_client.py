"""Plugin for pytest: puts this project's client behind the official import names."""

from __future__ import annotations

import sys
from types import ModuleType

import azure.ai  # pyright: ignore[reportMissingImports]

import voicelive
import voicelive.aio
import voicelive.models
import voicelive.telemetry

_OFFICIAL = "azure.ai.voicelive"

sys.modules[_OFFICIAL] = voicelive
setattr(azure.ai, "voicelive", voicelive)  # noqa: B010
for _name in ("aio", "models", "telemetry"):
    sys.modules[f"{_OFFICIAL}.{_name}"] = sys.modules[f"voicelive.{_name}"]

# The suite resets a cache of the official instrumentor, which ours does not have.
_utils = ModuleType(f"{_OFFICIAL}.telemetry._utils")
setattr(_utils, "_span_impl_type", None)  # noqa: B010, no attribute of a module
setattr(voicelive.telemetry, "_utils", _utils)  # noqa: B010
sys.modules[_utils.__name__] = _utils
