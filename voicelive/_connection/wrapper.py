"""What all links have in common that stand over another link."""

from __future__ import annotations

from abc import ABC, abstractmethod

from voicelive._connection.protocol import Link
from voicelive_protocol import ClientMessage, ConnectionResources


class LinkOver(ConnectionResources, ABC):
    """A link over another one, in whose state it is itself.

    Args:
        link: The connection, or what is built on one.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._attach_resources(self)

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received."""
        return self._link.ready

    @property
    def session_id(self) -> str | None:
        """The id of the session; None until it is ready."""
        return self._link.session_id

    @property
    def closed(self) -> bool:
        """Whether the connection is known to have ended."""
        return self._link.closed

    @abstractmethod
    async def send(self, event: ClientMessage) -> None:
        """Send an event."""
