"""`connect_with_retry`: connection attempts with backoff."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Unpack

from voicelive._connection.connect import open_connection
from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.opening import Opening
from voicelive._connection.request import ConnectArguments, ConnectRequest
from voicelive._errors import VoiceLiveError
from voicelive.resilience._backoff import Backoff
from voicelive.resilience._policy import OnReconnecting, notify


class _Retrying(Opening[VoiceLiveConnection]):
    """Connects on entry and closes the connection on exit."""

    _usage = "async with connect_with_retry(...) as connection: ..."

    def __init__(
        self,
        request: ConnectRequest,
        backoff: Backoff,
        on_waiting: OnReconnecting | None,
    ) -> None:
        self._request = request
        self._backoff = backoff
        self._on_waiting = on_waiting
        self._opened: AbstractAsyncContextManager[VoiceLiveConnection, None] | None
        self._opened = None

    async def __aenter__(self) -> VoiceLiveConnection:
        if self._opened is not None:
            raise RuntimeError("already entered: call it once per connection")
        return await self._backoff.call(self._attempt, on_wait=self._wait)

    async def _attempt(self) -> VoiceLiveConnection:
        opened = open_connection(self._request)
        connection = await opened.__aenter__()
        self._opened = opened
        return connection

    async def _wait(self, error: VoiceLiveError, attempt: int, delay: float) -> None:
        await notify(self._on_waiting, error, attempt, delay)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.__aexit__(exc_type, exc, traceback)


def connect_with_retry(
    *,
    backoff: Backoff | None = None,
    on_waiting: OnReconnecting | None = None,
    **arguments: Unpack[ConnectArguments],
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]:
    """Connect like `connect`, and retry transient failures.

    These are errors whose `retryable` is true: timeouts, too many requests, service
    errors. A wrong key or model fails immediately. Only the handshake is retried; use
    `stay_connected` to replace lost connections.

    Args:
        backoff: Delays and limits; `Backoff()` by default.
        on_waiting: Called before each delay with the error, the number of the next
            attempt, and the delay in seconds; a function or a coroutine function.
        **arguments: Those of `connect`.

    Returns:
        A context manager for the connection. Entering it raises the last error.

    Raises:
        TypeError: See `connect`.
        ValueError: See `connect`.
    """
    request = ConnectRequest.check(arguments)
    return _Retrying(request, backoff or Backoff(), on_waiting)
