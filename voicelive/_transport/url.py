"""URL of a session, from the arguments of `connect`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from voicelive_protocol.endpoint import PATH

_SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}

# A host name with a dot or a port, optionally with a path; matches no key or token.
_LABEL = r"[\w-]{1,63}"
_HOST = re.compile(rf"({_LABEL}(\.{_LABEL})+(:\d+)?|{_LABEL}:\d+)([/?].*)?")

# Matches an API key that was passed in place of the endpoint.
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
    """Return the query parameters of a Foundry agent; empty without an agent.

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
    """Return the WebSocket URL of a session.

    Keeps the path of the endpoint and appends `/voice-live/realtime` unless it ends
    with it. `http` becomes `ws`, `https` becomes `wss`.

    Args:
        endpoint: URL of the resource.
        parameters: Query parameters of the client.
        query: Query parameters of the caller, which override those of the client. None
            omits a parameter, a list repeats it. Other parameters in the query of the
            endpoint are kept.

    Raises:
        ValueError: The endpoint is not a URL with one of these schemes and a host.
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
    # Fragments are never sent and are dropped.
    scheme = _SCHEMES[parts.scheme]
    return urlunsplit((scheme, parts.netloc, path, urlencode(pairs), ""))


def with_scheme(endpoint: str) -> str:
    """Return the endpoint, with `https` added to a plain host name.

    Anything else is returned unchanged, for `build_url` to reject.
    """
    endpoint = endpoint.strip()
    return f"https://{endpoint}" if _HOST.fullmatch(endpoint) else endpoint


def without_query(url: str) -> str:
    """Return the URL for logs and errors: the query may hold a key or token."""
    return url.partition("?")[0]


def _split(endpoint: str) -> SplitResult:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
        _ = parts.port  # raises for an invalid port
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
    """Return the endpoint for an error message, without potential secrets."""
    text = re.sub(r"//[^/]*@", "//***@", without_query(endpoint))
    if _SECRET.fullmatch(text):
        return f"(a text of {len(text)} characters, not shown as it may be a key)"
    return repr(text if len(text) <= 100 else f"{text[:100]}...")


def _text(value: object) -> str:
    # `true` rather than `True`, as in JSON.
    return str(value).lower() if isinstance(value, bool) else str(value)
