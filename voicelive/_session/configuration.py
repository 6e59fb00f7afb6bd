"""Connection wrapper that holds events until the session is configured."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from typing import Self

from voicelive._connection.client_events import event_type
from voicelive._connection.encode import to_frame
from voicelive._connection.protocol import ConnectionProtocol, ConnectionWrapper
from voicelive._connection.receiving import yield_to_loop
from voicelive._errors import ConfigurationFailed, ConnectionClosed, VoiceLiveError
from voicelive.resilience import SendQueueFull
from voicelive_core.close_codes import CloseCode
from voicelive_core.redaction import printable
from voicelive_protocol import (
    ClientEventType,
    ClientMessage,
    ReceivedEvent,
    ServerEventError,
    ServerEventErrorDetails,
    ServerEventType,
    peek,
)

MAX_HELD = 1024
"""Number of events that can wait for the configuration."""

# The service answers within a second.
_ANSWER_SECONDS = 30.0


class ConfiguringConnection(ConnectionWrapper):
    """Connection that holds events until the session is configured.

    The service refuses all other events until it has accepted a `session.update`, and
    closes the connection after a few. So `send` passes a `session.update` and holds
    everything else until `session.updated`, then sends it in order. If the service
    refuses the settings, held and later events fail with its error until another
    `session.update` is sent.

    Another task has to receive meanwhile.

    Args:
        connection: The connection to wrap.
    """

    def __init__(self, connection: ConnectionProtocol) -> None:
        super().__init__(connection)
        self._configured = False
        self._refusal: ConfigurationFailed | None = None
        self._end: ConnectionClosed | None = None
        # Number of unanswered updates.
        self._pending = 0
        # Waiting senders, in order. The first one may be sending.
        self._held: deque[asyncio.Future[None]] = deque()

    async def recv(self) -> ReceivedEvent:
        """Receive the next event; cancelling loses none.

        Raises:
            ConnectionClosed: The connection has ended.
        """
        try:
            event = await self._connection.recv()
        except ConnectionClosed as error:
            self._finish(error)
            raise
        if not self._configured:
            self._track(event)
        return event

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ReceivedEvent:
        try:
            event = await self._connection.__anext__()
        except ConnectionClosed as error:
            self._finish(error)
            raise
        except StopAsyncIteration:
            self._finish(ConnectionClosed(CloseCode.NORMAL, ""))
            raise
        if not self._configured:
            self._track(event)
        return event

    async def send(self, event: ClientMessage) -> None:
        """Send an event, as soon as the session is configured.

        Raises:
            ConnectionClosed: The connection has ended, or ends while the event waits.
            ConfigurationFailed: The service has refused the settings of the session, or
                has not answered them within 30 seconds.
            SendQueueFull: Too many events are waiting.
            TypeError, ValueError: The event cannot be encoded.
        """
        if self._configured and not self._held:
            await self._connection.send(event)
        elif (
            not self._configured and event_type(event) == ClientEventType.SESSION_UPDATE
        ):
            await self._update(event)
        else:
            await self._hold(event)

    async def close(
        self, *, code: int = CloseCode.NORMAL.value, reason: str = ""
    ) -> None:
        """Close the connection; held events fail with `ConnectionClosed`."""
        await self._connection.close(code=code, reason=reason)
        self._finish(ConnectionClosed(code, reason))

    # --- sending -----------------------------------------------------------------

    async def _update(self, event: ClientMessage) -> None:
        """Send a `session.update` and expect an answer."""
        before, self._refusal = self._refusal, None
        self._pending += 1
        try:
            await self._connection.send(event)
        except BaseException:
            self._pending -= 1
            self._refusal = before
            raise

    async def _hold(self, event: ClientMessage) -> None:
        """Send an event once the session is configured, after earlier ones."""
        to_frame(event)  # raises now for an event that cannot be encoded
        failure: VoiceLiveError | None = self._end or self._refusal
        if failure is not None:
            await yield_to_loop()
            raise copy.copy(failure)
        if len(self._held) >= MAX_HELD:
            raise SendQueueFull(
                f"{MAX_HELD} events are already waiting for the configuration"
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(turn)
        try:
            await self._wait_for(turn)
            await self._connection.send(event)
        finally:
            self._held.remove(turn)
            self._wake()

    async def _wait_for(self, turn: asyncio.Future[None]) -> None:
        while not turn.done():
            await asyncio.wait({turn}, timeout=_ANSWER_SECONDS)
            # Reconnecting does not count as waiting for the answer.
            overdue = self._pending and self._connection.ready and not self._configured
            if overdue and not turn.done():
                raise ConfigurationFailed(
                    "the service has not answered session.update within "
                    f"{_ANSWER_SECONDS:g} s"
                )
        turn.result()

    def _wake(self) -> None:
        """Let the first waiting sender send, unless it already does."""
        if self._configured and self._held and not self._held[0].done():
            self._held[0].set_result(None)

    # --- receiving ---------------------------------------------------------------

    def _track(self, event: ReceivedEvent) -> None:
        if peek(event).type == ServerEventType.SESSION_UPDATED:
            self._configured = True
            self._wake()
        elif isinstance(event, ServerEventError) and self._pending:
            # Only updates were sent, so the error answers one.
            self._pending -= 1
            if not self._pending:
                self._refuse(event.error)

    def _refuse(self, error: ServerEventErrorDetails) -> None:
        """Fail held events: the service has refused the settings."""
        self._refusal = ConfigurationFailed(
            f"the service refused the settings of the session: {printable(str(error))}",
            error,
        )
        self._fail(self._refusal)

    def _finish(self, error: ConnectionClosed) -> None:
        if self._end is None:
            self._end = error
            self._fail(error)

    def _fail(self, error: VoiceLiveError) -> None:
        for turn in self._held:
            if not turn.done():
                turn.set_exception(copy.copy(error))
