"""Shortcuts for tests of the client."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

from voicelive import VoiceLiveClient
from voicelive.aio import (
    VoiceLiveConnection,
    WebsocketConnectionOptions,
    connect,
)
from voicelive.testing import TransportFactory

KEY = "an-api-key-0123456789abcdef"


class ScriptedServer(Protocol):
    """A scripted service, over sockets or in memory."""

    @property
    def endpoint(self) -> str:
        """The endpoint for `connect`."""
        ...

    @property
    def transport(self) -> TransportFactory | None:
        """The transport for `connect`; None for a socket."""
        ...


def dial(
    server: ScriptedServer, **options: Any
) -> AbstractAsyncContextManager[VoiceLiveConnection]:
    """Connect to a scripted service; keywords are connection options."""
    return connect(
        credential=KEY,
        endpoint=server.endpoint,
        model="gpt-realtime",
        connection_options=cast(WebsocketConnectionOptions, options),
        transport=server.transport,
    )


def client_of(server: ScriptedServer) -> VoiceLiveClient:
    """Return a client for a scripted service."""
    return VoiceLiveClient(
        server.endpoint, KEY, default_session_options={"transport": server.transport}
    )
