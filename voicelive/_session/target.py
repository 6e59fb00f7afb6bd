"""What a session talks to: a model or an agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, overload


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSessionConfig:
    """A Foundry agent, which brings its model, instructions and tools along.

    Agents need a token; an API key is refused.

    Attributes:
        agent_name: Name of the agent.
        project_name: Foundry project of the agent.
        agent_version: Version of the agent; the newest if not given.
        conversation_id: Conversation of the agent to go on with; a new one if not
            given.
        authentication_identity_client_id: Client id of the managed identity that the
            service uses towards the agent; the system's if not given.
        foundry_resource_override: Foundry resource of the agent, if it is another one
            than that of the endpoint.

    Raises:
        ValueError: `agent_name` or `project_name` is empty.
    """

    agent_name: str
    project_name: str
    agent_version: str | None = None
    conversation_id: str | None = None
    authentication_identity_client_id: str | None = None
    foundry_resource_override: str | None = None

    def __post_init__(self) -> None:
        if not self.agent_name or not self.project_name:
            raise ValueError("an agent needs agent_name and project_name")


class SessionTarget:
    """What a session talks to: either a model or an agent.

    Args:
        model: Name of the model.
        agent: The agent; a mapping has the fields of `AgentSessionConfig`.

    Raises:
        TypeError: Both or neither are given, or the agent has an unknown field.
        ValueError: The model or the agent has no name.
    """

    __slots__ = ("_agent", "_model")

    @overload
    def __init__(self, *, model: str) -> None: ...

    @overload
    def __init__(self, *, agent: AgentSessionConfig | Mapping[str, Any]) -> None: ...

    def __init__(
        self,
        *,
        model: str | None = None,
        agent: AgentSessionConfig | Mapping[str, Any] | None = None,
    ) -> None:
        if (model is None) == (agent is None):
            raise TypeError("a session has either a model or an agent as its target")
        if model is not None:
            if not isinstance(model, str):
                kind = type(model).__name__
                raise TypeError(f"the model must be given by name, not {kind}")
            if not model:
                raise ValueError("the name of the model is empty")
        if isinstance(agent, Mapping):
            agent = AgentSessionConfig(**agent)
        self._model = model
        self._agent = agent

    @property
    def model(self) -> str | None:
        """Name of the model; None for an agent."""
        return self._model

    @property
    def agent(self) -> AgentSessionConfig | None:
        """The agent; None for a model."""
        return self._agent

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SessionTarget):
            return NotImplemented
        return (self.model, self.agent) == (other.model, other.agent)

    def __hash__(self) -> int:
        return hash((self.model, self.agent))

    def __repr__(self) -> str:
        if self._agent is not None:
            return f"{type(self).__name__}(agent={self._agent!r})"
        return f"{type(self).__name__}(model={self._model!r})"


def connect_arguments(target: SessionTarget) -> dict[str, Any]:
    """The target as arguments of `connect`."""
    return {"model": target.model} if target.agent is None else asdict(target.agent)
