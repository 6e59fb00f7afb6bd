"""Foundry agents: a session that an agent answers instead of a model."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent that a connection names.

    Attributes:
        name: Its name.
        project: The project it belongs to.
        version: Its version; empty for the newest.
        thread_id: The conversation to go on with; empty for a new one.
    """

    name: str
    project: str
    version: str = ""
    thread_id: str = ""

    def shown(self, new_thread_id: str) -> dict[str, Any]:
        """Return the `agent` of the session.

        Args:
            new_thread_id: The identifier of the conversation, if it is a new one.
        """
        return {
            "type": "agent",
            "name": self.name,
            "agent_id": f"{self.name}:{self.version}" if self.version else self.name,
            "thread_id": self.thread_id or new_thread_id,
        }
