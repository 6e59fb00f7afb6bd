"""Target of a session: a model or an agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, overload

from voicelive_core.suggest import did_you_mean, snake_case
from voicelive_protocol import RequestSession


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSessionConfig:
    """A Foundry agent, which has its own model, instructions and tools.

    Agents need a token; an API key is refused.

    Attributes:
        agent_name: Name of the agent.
        project_name: Foundry project of the agent.
        agent_version: Version of the agent; the newest if not given.
        conversation_id: Conversation of the agent to continue; a new one by default.
        authentication_identity_client_id: Client id of the managed identity that the
            service uses towards the agent; by default the system-assigned one.
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


_AGENT_FIELDS = tuple(field.name for field in fields(AgentSessionConfig))
_SETTINGS = frozenset(RequestSession.__struct_fields__)


class SessionTarget:
    """Target of a session: either a model or an agent.

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
            agent = AgentSessionConfig(**_known(agent, _AGENT_FIELDS, "agent"))
        if agent is not None and not isinstance(agent, AgentSessionConfig):
            raise TypeError(
                "the agent must be an AgentSessionConfig or a mapping with its fields, "
                f"not {type(agent).__name__}"
            )
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


def target_of(mapping: Mapping[str, Any]) -> SessionTarget:
    """Return the target that a mapping with `model` or `agent` describes.

    Raises:
        TypeError: It has an unknown key, or both or neither of these.
        ValueError: The model or the agent has no name.
    """
    return SessionTarget(**_known(mapping, ("model", "agent"), "target"))


def _known(
    mapping: Mapping[str, Any], known: Sequence[str], what: str
) -> Mapping[str, Any]:
    """Return the mapping; raise TypeError for an unknown key."""
    for name in mapping:
        if name in known:
            continue
        hint = did_you_mean(snake_case(str(name)), known)
        if not hint and what == "target" and snake_case(str(name)) in _SETTINGS:
            hint = "; settings of the session go into a RequestSession with the model"
        names = ", ".join(known)
        raise TypeError(f"{what} has no key {name!r}, only {names}{hint}")
    return mapping


def connect_arguments(target: SessionTarget) -> dict[str, Any]:
    """Return the target as arguments of `connect`."""
    return {"model": target.model} if target.agent is None else asdict(target.agent)
