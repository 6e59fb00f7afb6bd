"""Where a connection leads, from its address."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from voicelive.telemetry import _names as names

_PORTS = {"wss": 443, "ws": 80}

_OF_QUERY = {
    "model": names.REQUEST_MODEL,
    "agent-name": names.AGENT_NAME,
    "agent-version": names.AGENT_VERSION,
    "agent-project-name": names.AGENT_PROJECT_NAME,
    "conversation-id": names.CONVERSATION_ID,
}


def target_of(url: str) -> dict[str, Any]:
    """Where a connection leads, as attributes."""
    parts = urlsplit(url)
    found: dict[str, Any] = {
        names.SERVER_ADDRESS: parts.hostname,
        names.SERVER_PORT: parts.port or _PORTS.get(parts.scheme),
    }
    query = dict(parse_qsl(parts.query))
    found |= {attribute: query.get(key) for key, attribute in _OF_QUERY.items()}
    return {name: value for name, value in found.items() if value}
