"""What a connection is to everything that is built on one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from voicelive_protocol import ClientMessage, ReceivedEvent


class Link(Protocol):
    """Sends and receives events.

    `VoiceLiveConnection` is one, and so are the classes that add something to a
    connection: each takes a link and is a link itself, so they can be stacked. The
    methods are documented at `VoiceLiveConnection`.
    """

    @property
    def ready(self) -> bool:
        """Whether `session.created` was received."""
        ...

    @property
    def session_id(self) -> str | None:
        """The id of the session; None until it is ready."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the connection is known to have ended."""
        ...

    async def recv(self) -> ReceivedEvent:
        """Receive the next event; raises `ConnectionClosed` at the end."""
        ...

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        """Iterate over events; a normal close ends the iteration."""
        ...

    async def __anext__(self) -> ReceivedEvent:
        """Receive the next event, or stop after a normal close."""
        ...

    async def send(self, event: ClientMessage) -> None:
        """Send an event."""
        ...

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection."""
        ...
