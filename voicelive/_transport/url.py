"""The address of a session, from the arguments of `connect`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

PATH = "/voice-live/realtime"

_SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}

# A name with a dot or a port, and what can follow it; no API key and no token.
_LABEL = r"[\w-]{1,63}"
_HOST = re.compile(rf"({_LABEL}(\.{_LABEL})+(:\d+)?|{_LABEL}:\d+)([/?].*)?")

# What an API key looks like when it was passed in place of the endpoint.
_SECRET = re.compile(r"[^.:/]{20,}")


def agent_query(
    *,
    agent_name: str | None,
    project_name: str | None,
    agent_version: str | None,
    conversation_id: str | None,
    authentication_identity_client_id: str | None,
    foundry_resource_override: str | None,
) -> dict[str, str]:
    """The query parameters that name a Foundry agent; none if no agent is named.

    An empty string counts as not given.

    Raises:
        ValueError: Only one of `agent_name` and `project_name` is given, or another
            agent option without them.
    """
    given = {
        "agent-name": agent_name,
        "agent-project-name": project_name,
        "agent-version": agent_version,
        "conversation-id": conversation_id,
        "agent-authentication-identity-client-id": authentication_identity_client_id,
        "foundry-resource-override": foundry_resource_override,
    }
    query = {key: value for key, value in given.items() if value}
    if query and not (agent_name and project_name):
        raise ValueError(
            "agent_name and project_name are both needed to connect to an agent"
        )
    return query


def build_url(
    endpoint: str, parameters: Mapping[str, str], query: Mapping[str, Any]
) -> str:
    """The WebSocket URL of a session.

    The path of the endpoint is kept and `/voice-live/realtime` added, unless it is
    there already. `http` becomes `ws`, `https` becomes `wss`.

    Args:
        endpoint: Address of the resource.
        parameters: Query parameters of the client.
        query: Query parameters of the caller, which replace those of the client. A
            value of None leaves the parameter out, a list repeats it. Parameters in the
            endpoint's own query are added where neither of the two has them.

    Raises:
        ValueError: The endpoint is no URL with one of these schemes and a host.
    """
    parts = _split(endpoint.strip())
    merged: dict[str, Any] = {**parameters, **query}
    pairs = [
        (key, _text(item))
        for key, value in merged.items()
        for item in (value if isinstance(value, list | tuple) else [value])
        if item is not None
    ]
    own = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [(key, value) for key, value in own if key not in merged]
    path = parts.path.rstrip("/")
    if not path.endswith(PATH):
        path += PATH
    # The fragment never leaves a client and is dropped.
    scheme = _SCHEMES[parts.scheme]
    return urlunsplit((scheme, parts.netloc, path, urlencode(pairs), ""))


def with_scheme(endpoint: str) -> str:
    """The endpoint with `https` for one that is only a host name.

    What does not look like a host name stays as it is, for `build_url` to refuse.
    """
    endpoint = endpoint.strip()
    return f"https://{endpoint}" if _HOST.fullmatch(endpoint) else endpoint


def without_query(url: str) -> str:
    """The URL as logs and errors show it: its query may hold a key or token."""
    return url.partition("?")[0]


def _split(endpoint: str) -> SplitResult:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
        _ = parts.port  # raises for a port that is no number
    except ValueError as error:
        raise ValueError(f"endpoint {_shown(endpoint)}: {error}") from None
    if parts.scheme not in _SCHEMES:
        raise ValueError(
            f"endpoint {_shown(endpoint)} must start with https:// (or http://, "
            "wss://, ws://)"
        )
    if not host:
        raise ValueError(f"endpoint {_shown(endpoint)} has no host name")
    if parts.username is not None:
        raise ValueError("endpoint must not contain a user name or password")
    return parts


def _shown(endpoint: str) -> str:
    """The endpoint for an error message, without what may be secret."""
    text = re.sub(r"//[^/]*@", "//***@", without_query(endpoint))
    if _SECRET.fullmatch(text):
        return f"(a text of {len(text)} characters, not shown as it may be a key)"
    return repr(text if len(text) <= 100 else f"{text[:100]}...")


def _text(value: object) -> str:
    # As JSON and query strings write it, not as Python does.
    return str(value).lower() if isinstance(value, bool) else str(value)
