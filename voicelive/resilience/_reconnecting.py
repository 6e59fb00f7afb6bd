"""Staying connected."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Unpack

from voicelive._connection.opening import Opening
from voicelive._transport.options import TransportOptions
from voicelive.resilience._connect_arguments import ConnectArguments, dial
from voicelive.resilience._connection import ReconnectingConnection
from voicelive.resilience._policy import ReconnectPolicy


class _StayConnected(Opening[ReconnectingConnection]):
    """Connects when entered and ends everything when left."""

    _usage = "async with stay_connected(...) as connection: ..."

    def __init__(self, arguments: ConnectArguments, policy: ReconnectPolicy) -> None:
        options = arguments.get("connection_options") or {}
        receive_timeout = TransportOptions.from_options(options).receive_timeout
        # One connection may be silent for long while the next one is not there yet, so
        # that limit holds for all of them together.
        arguments["connection_options"] = {**options, "receive_timeout": None}
        dial(arguments)
        self._connection = ReconnectingConnection(
            lambda: dial(arguments),
            policy,
            receive_timeout=receive_timeout,
            kept_by_service=bool(arguments.get("conversation_id")),
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

    The service cannot resume a session. A reconnect begins a new one and gives it the
    settings and the conversation of the old one, as far as that is possible; the
    `ReconnectReport` says what is missing. The first connection is made in several
    attempts, too, if need be.

    Args:
        policy: When to reconnect, and who hears of it; `ReconnectPolicy()` if not
            given.
        **arguments: Those of `connect`. `receive_timeout` of the options holds for
            `recv()` whatever happens to the connections. With a `conversation_id` the
            conversation is left to the service, which keeps it for the agent.

    Returns:
        A context manager that gives the connection. Entering raises what `connect`
        raises.

    Raises:
        TypeError: See `connect`.
        ValueError: See `connect`.
    """
    return _StayConnected(arguments, policy or ReconnectPolicy())
