"""What a connection is answered before it becomes a session.

The service checks little while it is HTTP: a refused key or an unknown API version.
Most other mistakes are answered by an `error` event after the upgrade.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from voicelive_protocol import API_VERSIONS

from .catalogue import Model, byom_model, find_model
from .engine.errors import RequestError

PATH = "/voice-live/realtime"
"""Where the service listens."""

_AGENT_MODEL = "gpt-4o"
_FIRST_WITHOUT_CLASSIC_AGENTS = "2026-04-10"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The connection becomes a session.

    Attributes:
        model: The model that serves it.
        api_version: The API version it speaks.
    """

    model: Model
    api_version: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The connection is refused with an HTTP status.

    Attributes:
        status: The HTTP status.
        message: The text for a reader.
    """

    status: int
    message: str

    def body(self) -> dict[str, dict[str, str]]:
        """Return the JSON body of the response."""
        return {"error": {"code": str(self.status), "message": self.message}}


@dataclass(frozen=True, slots=True)
class Failed:
    """The connection is upgraded, told an error instead of a session, and closed.

    Attributes:
        error: What the `error` event says.
    """

    error: RequestError


def answer_handshake(
    query: Mapping[str, str], headers: Mapping[str, str], api_key: str
) -> Accepted | Refused | Failed:
    """Decide about a connection.

    Args:
        query: The query of the URL.
        headers: The headers of the request; looked up in the usual spelling, so the
            mapping should ignore case.
        api_key: The key that is let in. A bearer token is let in whatever it is: the
            mock service cannot know which ones are valid.
    """
    # Clients differ in how they write the keys of a query.
    query = {key.casefold(): value for key, value in query.items()}
    key = headers.get("api-key") or query.get("api-key")
    bearer = headers.get("Authorization") or query.get("authorization") or ""
    with_key = key is not None
    if with_key:
        let_in = hmac.compare_digest((key or "").encode(), api_key.encode())
    else:
        scheme, _, token = bearer.partition(" ")
        let_in = scheme.casefold() == "bearer" and bool(token.strip())
    if not let_in:
        return Refused(
            401,
            "Access denied: the API key or token is missing or invalid for this "
            "resource.",
        )
    version = query.get("api-version")
    if version is None:
        return Refused(400, "The query parameter 'api-version' is required.")
    if version not in API_VERSIONS:
        return Refused(400, f"The API version '{version}' is not supported.")
    agent = _agent_problem(query, version, with_key=with_key)
    if agent is not None:
        return Failed(RequestError(None, agent))
    if "agent-name" in query:
        name = _AGENT_MODEL
    elif query.get("model"):
        name = query["model"]
    else:
        return Refused(400, "The query parameter 'model' is required.")
    profile = query.get("profile")
    if profile is not None:
        model = byom_model(profile, name)
        if model is None:
            return Failed(
                RequestError("invalid_profile", f"Profile {profile} is not supported.")
            )
        return Accepted(model, version)
    model = find_model(name)
    if model is None:
        return Failed(
            RequestError(
                "invalid_model", f"Model {name} is not supported in this region."
            )
        )
    return Accepted(model, version)


def _agent_problem(
    query: Mapping[str, str], version: str, *, with_key: bool
) -> str | None:
    """Return what is wrong with the agent of a connection, if it names one."""
    if "agent-id" in query and version >= _FIRST_WITHOUT_CLASSIC_AGENTS:
        return (
            "Classic foundry agent is not supported in API version "
            f"{_FIRST_WITHOUT_CLASSIC_AGENTS} and above"
        )
    if "agent-name" not in query:
        return None
    if "agent-project-name" not in query:
        return "Missing required agent project name"
    return "Key authentication is not supported in Agent mode" if with_key else None
