"""Attributes of aiohttp's protocol object, which aiohttp does not document."""

from __future__ import annotations

import asyncio
from typing import Protocol


class ResponseHandler(Protocol):
    """Protocol object of a client connection, `response.connection.protocol`.

    Everything undocumented that the client uses of aiohttp is here. There is no public
    way to learn that the event loop has released a socket.
    """

    @property
    def closed(self) -> asyncio.Future[None] | None:
        """Future of the release of the socket; None if it was released before."""
        ...

    @property
    def writing_paused(self) -> bool:
        """Whether the write buffer is full."""
        ...
