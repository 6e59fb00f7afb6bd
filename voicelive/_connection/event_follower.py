"""Interface of an object that follows the events of a session."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from voicelive._connection.responses import RequestedResponse
from voicelive_protocol import ClientMessage, ReceivedEvent

SentRequest: TypeAlias = RequestedResponse | dict[str, Any]
"""A sent event that the service answers; as fields, unless it requests a response."""


class EventFollower(Protocol):
    """Follows the events of a session after its state. The methods never raise."""

    def absorbed(self, event: ReceivedEvent) -> bool:
        """Handle a received event that needs no time: most audio and text.

        Returns:
            Whether that is all; else the event is for `received`.
        """
        ...

    def sending(
        self, event: ClientMessage, request: SentRequest | None, now: float
    ) -> None:
        """Handle an event that is being sent, with the request that it is, if any."""
        ...

    def received(self, event: ReceivedEvent, now: float) -> None:
        """Handle a received event."""
        ...

    def connection_ended(self, now: float) -> None:
        """Handle the end of the connection."""
        ...
