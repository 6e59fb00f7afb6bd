"""`stay_connected`: a connection that reconnects, as a context manager."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Unpack

from voicelive._connection.connect import open_connection
from voicelive._connection.opening import Opening
from voicelive._connection.request import ConnectArguments, ConnectRequest
from voicelive.resilience._connection import ReconnectingConnection
from voicelive.resilience._policy import ReconnectPolicy


class _StayConnected(Opening[ReconnectingConnection]):
    """Connects on entry and closes the reconnecting connection on exit."""

    _usage = "async with stay_connected(...) as connection: ..."

    def __init__(self, request: ConnectRequest, policy: ReconnectPolicy) -> None:
        # The timeout applies to `recv()` across reconnects, not to each connection.
        each = request.without_receive_timeout()
        self._connection = ReconnectingConnection(
            lambda: open_connection(each),
            policy,
            receive_timeout=request.options.receive_timeout,
            kept_by_service=request.continues_conversation,
        )
        self._entered = False

    async def __aenter__(self) -> ReconnectingConnection:
        if self._entered:
            raise RuntimeError("already entered: call stay_connected() once")
        self._entered = True
        await self._connection.start()
        return self._connection

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connection.close()


def reconnecting(
    request: ConnectRequest, policy: ReconnectPolicy
) -> AbstractAsyncContextManager[ReconnectingConnection, None]:
    """Return the context manager of a connection that reconnects."""
    return _StayConnected(request, policy)


def stay_connected(
    *, policy: ReconnectPolicy | None = None, **arguments: Unpack[ConnectArguments]
) -> AbstractAsyncContextManager[ReconnectingConnection, None]:
    """Connect like `connect`, and reconnect when the connection is lost.

    ```python
    policy = ReconnectPolicy(on_reconnected=lambda report: print(report))
    async with stay_connected(
        credential=key, endpoint=endpoint, model="gpt-realtime", policy=policy
    ) as connection:
        async for event in connection:
            ...
    ```

    The service cannot resume a session. A reconnect starts a new one and restores the
    settings and the conversation as far as possible; the `ReconnectReport` lists what
    is missing. The first connection is retried as well.

    Args:
        policy: When to reconnect, and callbacks; `ReconnectPolicy()` by default.
        **arguments: Those of `connect`. The option `receive_timeout` applies to
            `recv()` across reconnects. With a `conversation_id` the history is left to
            the service, which stores it for the agent.

    Returns:
        A context manager for the connection. Entering it raises the errors of
        `connect`.

    Raises:
        TypeError: See `connect`.
        ValueError: See `connect`.
    """
    return reconnecting(ConnectRequest.check(arguments), policy or ReconnectPolicy())
