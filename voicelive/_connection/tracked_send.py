"""Context manager that tracks an event in the state of the session while it is sent."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Protocol

from voicelive._connection.clock import loop_time
from voicelive._connection.event_follower import SentRequest
from voicelive._connection.state import SessionState
from voicelive_protocol import ClientMessage


class _Connection(Protocol):
    @property
    def state(self) -> SessionState: ...

    @property
    def session_id(self) -> str | None: ...


def tracked_send(
    connection: _Connection, event: ClientMessage, frame: bytes | None = None
) -> AbstractContextManager[None]:
    """Return a context manager in which to send an event.

    A request is recorded on the call, because its answer may arrive before `send`
    returns, and withdrawn if the context is left with an exception. A follower of the
    state gets the event on the call.

    Args:
        connection: The connection that sends the event.
        event: The event.
        frame: The event as JSON text, if it is encoded already.
    """
    state = connection.state
    request = state.sending(event, frame)
    if state.follower is not None:
        state.follower.sending(event, request, loop_time())
    return nullcontext() if request is None else _TrackedRequest(connection, request)


class _TrackedRequest:
    __slots__ = ("_connection", "_request")

    def __init__(self, connection: _Connection, request: SentRequest) -> None:
        self._connection = connection
        self._request = request

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._connection.state.sent(self._request, self._connection.session_id)
        else:
            self._connection.state.send_failed(self._request)
