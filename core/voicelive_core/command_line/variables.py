"""Environment variables that set defaults of options."""

from __future__ import annotations

import os

ENDPOINT = "AZURE_VOICELIVE_ENDPOINT"
API_KEY = "AZURE_VOICELIVE_API_KEY"
TOKEN = "AZURE_VOICELIVE_TOKEN"
MODEL = "AZURE_VOICELIVE_MODEL"
API_VERSION = "AZURE_VOICELIVE_API_VERSION"

DEFAULT_MODEL = "gpt-realtime"


def variable(name: str) -> str | None:
    """Return the value of an environment variable; None if unset or empty."""
    return os.environ.get(name, "").strip() or None
