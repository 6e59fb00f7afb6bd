"""A WebSocket client for the mock service on plain aiohttp."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.support.engine_driver import Event
from voicelive_mockserver import MockServer

_LIMIT_SECONDS = 30.0

QUERY = {"api-version": "2026-04-10", "model": "gpt-realtime"}


class Client:
    """One connection to the mock service.

    Attributes:
        websocket: The connection of aiohttp.
    """

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket = websocket

    async def send(self, *events: Event) -> None:
        """Send events."""
        for event in events:
            await self.websocket.send_str(json.dumps(event))

    async def message(self) -> aiohttp.WSMessage:
        """Return the next message of any type."""
        async with asyncio.timeout(_LIMIT_SECONDS):
            return await self.websocket.receive()

    async def until(self, event_type: str) -> list[Event]:
        """Return the events up to the next one of a type."""
        events: list[Event] = []
        while not events or events[-1]["type"] != event_type:
            message = await self.message()
            assert message.type is aiohttp.WSMsgType.TEXT, (message, events)
            events.append(json.loads(message.data))
        return events

    async def until_all(self, *event_types: str) -> list[Event]:
        """Return the events until each type has arrived, in any order."""
        events: list[Event] = []
        while missing := set(event_types) - {event["type"] for event in events}:
            events += await self.until(min(missing))
        return events

    async def rest(self) -> list[Event]:
        """Return the events up to the end of the connection."""
        events: list[Event] = []
        while (message := await self.message()).type is aiohttp.WSMsgType.TEXT:
            events.append(json.loads(message.data))
        return events

    async def closed(self) -> int | None:
        """Wait for the end of the connection; return its close code."""
        await self.rest()
        return self.websocket.close_code

    async def ask(self, *events: Event) -> list[Event]:
        """Send events and return the events up to the end of the response."""
        await self.send(*events)
        return await self.until("response.done")


@asynccontextmanager
async def connected(server: MockServer, **options: Any) -> AsyncIterator[Client]:
    """Connect to a server."""
    headers = {"api-key": server.api_key}
    arguments: dict[str, Any] = {"params": QUERY, "headers": headers} | options
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(server.url, **arguments) as websocket,
    ):
        yield Client(websocket)


async def refused(server: MockServer, **options: Any) -> aiohttp.WSServerHandshakeError:
    """Return the error of a connection whose handshake is rejected."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with connected(server, **options):
            pass
    return caught.value
