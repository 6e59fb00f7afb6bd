"""Environment variables of load tests, besides those of all commands."""

from __future__ import annotations

from voicelive_core.command_line.variables import API_KEY

PROXY = "VOICELIVE_LOAD_PROXY"

SECRET_OPTIONS = {"--api-key": API_KEY, "--proxy": PROXY}
"""Options that may contain secrets, with their environment variables."""
