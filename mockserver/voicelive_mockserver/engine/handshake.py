"""Validation of the WebSocket handshake.

Before the upgrade, the service checks little, such as the key and the API version.
Most other errors are reported by an `error` event after the upgrade.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.errors import RequestError, rejected
from voicelive_mockserver.engine.models import ServiceModel, byom_model, find_model
from voicelive_protocol import API_VERSIONS
from voicelive_protocol.endpoint import PATH

CALLS_PATH = f"{PATH}/calls"
"""The path of the signalling of WebRTC calls."""

LEGACY_PATH = "/voice-agent/realtime"
"""The path of the first preview version, whose service had another name."""

PATHS = (PATH, CALLS_PATH, LEGACY_PATH)
"""All paths of the service."""

_FIRST_WITH_CALLS = "2026-01-01-preview"
_LEGACY_VERSION = "2025-05-01-preview"

_AGENT_MODEL = "gpt-4o"
_FIRST_WITH_NAMED_AGENTS = "2026-01-01-preview"
_FIRST_WITHOUT_CLASSIC_AGENTS = "2026-04-10"


@dataclass(frozen=True, slots=True)
class AcceptedHandshake:
    """A handshake that starts a session.

    Attributes:
        model: The model of the session.
        api_version: The API version of the connection.
        agent: The agent that replies instead of the model, if any.
        features: The features that the client requested.
    """

    model: ServiceModel
    api_version: str
    agent: Agent | None = None
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RejectedHandshake:
    """A handshake that is rejected with an HTTP status.

    Attributes:
        status: The HTTP status.
        message: The human-readable message.
        retry_after: The `Retry-After` header in seconds; `None` to omit it.
        headers: Other headers of the response.
    """

    status: int
    message: str
    retry_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, dict[str, str]]:
        """Return the JSON body of the response."""
        return {"error": {"code": str(self.status), "message": self.message}}


@dataclass(frozen=True, slots=True)
class FailedHandshake:
    """A handshake that is accepted, only to send an error and close.

    Attributes:
        error: The error of the `error` event.
    """

    error: RequestError


def answer_handshake(
    query: Mapping[str, str],
    headers: Mapping[str, str],
    api_key: str,
    path: str = PATH,
) -> AcceptedHandshake | RejectedHandshake | FailedHandshake:
    """Accept or reject a connection.

    Args:
        query: The query of the URL.
        headers: The headers of the request, in a mapping that ignores case.
        api_key: The accepted key. Any bearer token is accepted, since the mock
            service cannot validate tokens.
        path: The path of the URL, one of `PATHS`.
    """
    # Clients differ in the case of the query keys.
    query = {key.casefold(): value for key, value in query.items()}
    key = headers.get("api-key") or query.get("api-key")
    bearer = headers.get("Authorization") or query.get("authorization") or ""
    with_key = key is not None
    if with_key:
        authorized = is_key(key or "", api_key)
    else:
        scheme, _, token = bearer.partition(" ")
        is_token = bool(token.strip()) and token.isascii()
        authorized = scheme.casefold() == "bearer" and is_token
    if not authorized:
        return RejectedHandshake(
            401,
            "Access denied: the API key or token is missing or invalid for this "
            "resource.",
        )
    version = query.get("api-version")
    if version is None:
        return RejectedHandshake(400, "The query parameter 'api-version' is required.")
    if path == LEGACY_PATH and version != _LEGACY_VERSION:
        return RejectedHandshake(
            404, f"The API version '{version}' does not have this path."
        )
    if path == CALLS_PATH and version < _FIRST_WITH_CALLS:
        return RejectedHandshake(
            404, f"The API version '{version}' does not have this path."
        )
    if version == _LEGACY_VERSION:
        # It is not documented any more; the oldest known version is close to it.
        version = API_VERSIONS[0]
    if version not in API_VERSIONS:
        return RejectedHandshake(400, f"The API version '{version}' is not supported.")
    try:
        agent = _agent(query, version, with_key=with_key)
    except RequestError as error:
        return FailedHandshake(error)
    if agent is not None:
        name = _AGENT_MODEL
    elif query.get("model"):
        name = query["model"]
    else:
        return RejectedHandshake(400, "The query parameter 'model' is required.")
    features = _features(query.get("features", ""))
    profile = query.get("profile")
    if profile is not None:
        model = byom_model(profile, name)
        if model is None:
            return FailedHandshake(rejected("invalid_profile", profile=profile))
        return AcceptedHandshake(model, version, agent, features)
    model = find_model(name)
    if model is None:
        return FailedHandshake(rejected("invalid_model", model=name))
    return AcceptedHandshake(model, version, agent, features)


def is_key(given: str, api_key: str) -> bool:
    """Compare keys in constant time, regardless of content and length.

    Args:
        given: The key sent by the client; text that is not ASCII never matches.
        api_key: The accepted key.
    """
    if not given.isascii():
        return False
    return hmac.compare_digest(
        sha256(given.encode()).digest(), sha256(api_key.encode()).digest()
    )


def _features(flags: str) -> frozenset[str]:
    """Return the enabled names of a list like `one:true,two:false`."""
    pairs = (flag.partition(":") for flag in flags.split(","))
    return frozenset(
        name.strip() for name, _, value in pairs if value.strip().casefold() == "true"
    )


def _agent(query: Mapping[str, str], version: str, *, with_key: bool) -> Agent | None:
    """Return the agent named by a connection, if any.

    Raises:
        RequestError: The agent cannot be used.
    """
    if "agent-id" in query or "agent_id" in query:
        return _classic_agent(query, version, with_key=with_key)
    if not query.keys() & {"agent-name", "agent_name"}:
        return None
    # Only the spelling with hyphens is accepted.
    if "agent-name" not in query or "agent_project_name" in query:
        reason = "its name or project is missing."
        raise rejected("agent_initialization_failed", reason=reason)
    if version < _FIRST_WITH_NAMED_AGENTS:
        reason = f"agents by name require API version {_FIRST_WITH_NAMED_AGENTS}."
        raise rejected("agent_initialization_failed", reason=reason)
    if "agent-project-name" not in query:
        raise rejected("agent_without_project")
    if with_key:
        raise rejected("agent_with_key")
    return Agent(
        name=query["agent-name"],
        project=query["agent-project-name"],
        version=query.get("agent-version", ""),
        thread_id=query.get("conversation-id", ""),
    )


def _classic_agent(query: Mapping[str, str], version: str, *, with_key: bool) -> Agent:
    if version >= _FIRST_WITHOUT_CLASSIC_AGENTS:
        raise rejected("classic_agent")
    projects = ("agent-project-name", "project_id", "project-id")
    project = next((query[key] for key in projects if key in query), None)
    if project is None:
        raise rejected("classic_agent_without_project")
    if with_key:
        raise rejected("agent_with_key")
    name = query.get("agent-id") or query.get("agent_id", "")
    return Agent(name, project, is_classic=True)
