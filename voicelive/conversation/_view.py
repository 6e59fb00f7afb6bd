"""Connection wrapper that keeps an account of the conversation."""

from __future__ import annotations

from typing import Self

from voicelive._connection.protocol import ConnectionProtocol, ConnectionWrapper
from voicelive.conversation._conversation import Conversation, follow
from voicelive_core.close_codes import CloseCode
from voicelive_protocol import ClientMessage, ReceivedEvent


class ConversationView(ConnectionWrapper):
    """A connection with an account of the conversation: `view.conversation`.

    Use it like the connection that it wraps. Events that are sent or received through
    the wrapped connection count as well.

    ```python
    async with connect(...) as connection:
        view = ConversationView(connection)
        async for event in view:
            ...
        print(view.conversation.to_text())
    ```

    Args:
        connection: The connection to wrap, preferably before its first event.

    Attributes:
        conversation: The account.
    """

    conversation: Conversation

    def __init__(self, connection: ConnectionProtocol) -> None:
        super().__init__(connection)
        model = follow(self._connection.state)
        if self._connection.closed:
            model.connection_ended(0.0)
        self.conversation = Conversation(self, model)  # pyright: ignore[reportIncompatibleVariableOverride]

    async def recv(self) -> ReceivedEvent:
        """Receive the next event.

        Raises:
            ConnectionClosed: The connection has ended.
        """
        return await self._connection.recv()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self._connection.__anext__()

    async def send(self, event: ClientMessage) -> None:
        """Send an event.

        Raises:
            ConnectionClosed: The connection has ended.
            TypeError, ValueError: The event cannot be encoded.
        """
        await self._connection.send(event)

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """Close the connection."""
        await self._connection.close(code=code, reason=reason)
