"""Short ways to what most tests of the client need."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from tests.support.scripted_service import Server
from voicelive.aio import (
    VoiceLiveConnection,
    WebsocketConnectionOptions,
    connect,
)

KEY = "an-api-key-0123456789abcdef"


def dial(
    server: Server, **options: Any
) -> AbstractAsyncContextManager[VoiceLiveConnection]:
    """Connect to a test server; keywords are connection options."""
    return connect(
        credential=KEY,
        endpoint=server.endpoint,
        model="gpt-realtime",
        connection_options=cast(WebsocketConnectionOptions, options),
    )
