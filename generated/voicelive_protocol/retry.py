# Generated from schema/ by `make generate`. Do not edit.
"""Error codes that decide whether a new session may work."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RETRYABLE_ERRORS: Mapping[str, bool] = MappingProxyType(
    {
        "invalid_model": False,
        "invalid_profile": False,
        "byom_realtime_connection_error": False,
        "agent_initialization_failed": False,
        "max_config_attempts_exceeded": False,
        "ec_not_supported": False,
        "message_creation_failed": True,
        "rate_limit_exceeded": True,
        "session_expired": True,
        "session_output_overflow": True,
    }
)
"""Codes of `error` events that end a session, and whether a new session may work.

Other codes are neither.
"""
