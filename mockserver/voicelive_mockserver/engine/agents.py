"""Foundry agents, which reply instead of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_VOICE_TEMPERATURE = 0.8


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent of a connection.

    Attributes:
        name: The name of the agent.
        project: The name of its project.
        version: The version; empty for the newest.
        thread_id: The conversation to continue; empty for a new one.
        is_classic: Whether it is a classic agent, with identifier and threads.
    """

    name: str
    project: str
    version: str = ""
    thread_id: str = ""
    is_classic: bool = False

    @property
    def voice_temperature(self) -> float | None:
        """The default temperature of voices in the session."""
        return None if self.is_classic else _VOICE_TEMPERATURE

    def shown(self, new_thread_id: str) -> dict[str, Any]:
        """Return the `agent` of the session.

        Args:
            new_thread_id: The identifier of a new conversation.
        """
        if self.is_classic:
            return {
                "type": "agent",
                "name": self.name,
                "agent_id": self.name,
                "thread_id": self.thread_id or new_thread_id,
            }
        return {
            "type": "agent",
            "name": self.name,
            "description": "",
            "agent_id": None,
            "thread_id": self.thread_id or None,
        }
