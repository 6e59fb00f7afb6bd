"""Communication between the workers that share a port.

The operating system assigns each connection to one worker, and so each request to the
control endpoint. That worker queries the others: each listens on a Unix socket in a
directory that only their user can access.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp

_TIMEOUT_SECONDS = 5.0


class PeerError(Exception):
    """Another worker does not respond."""


@dataclass(frozen=True, slots=True)
class PeerResponse:
    """The response of another worker.

    Attributes:
        status: The HTTP status.
        body: The body.
    """

    status: int
    body: bytes


class WorkerPeers:
    """The other workers of the same port.

    Args:
        folder: The directory of the sockets.
        worker: The number of this worker, counted from 0.
        workers: The number of workers.
    """

    def __init__(self, folder: Path, worker: int, workers: int) -> None:
        self.socket = folder / f"{worker}.sock"
        """The socket on which this worker listens for the others."""
        self._others = [
            folder / f"{number}.sock" for number in range(workers) if number != worker
        ]

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> list[PeerResponse]:
        """Send a request to all other workers.

        Args:
            method: The HTTP method.
            path: Path and query.
            headers: The headers.
            body: The body.

        Raises:
            PeerError: A worker does not respond.
        """

        async def ask(socket: Path) -> PeerResponse:
            timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(socket)), timeout=timeout
                ) as http,
                http.request(
                    method, f"http://worker{path}", headers=headers, data=body
                ) as response,
            ):
                return PeerResponse(response.status, await response.read())

        try:
            return await asyncio.gather(*map(ask, self._others))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PeerError(f"another worker does not respond: {error}") from None
