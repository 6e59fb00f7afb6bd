"""The servers that share a port, and how they reach each other.

The system gives each connection to one of them, and so each request of the control
endpoint. Whoever gets it asks the others: each listens on a socket in a folder that
only their user can enter.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp

_SECONDS = 5.0


class PeerError(Exception):
    """Another server does not answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What another server answers.

    Attributes:
        status: The HTTP status.
        body: The body.
    """

    status: int
    body: bytes


class WorkerPeers:
    """The other servers of the same port.

    Args:
        folder: Where their sockets are.
        worker: The number of this server, counted from 0.
        workers: How many there are.
    """

    def __init__(self, folder: Path, worker: int, workers: int) -> None:
        self.socket = folder / f"{worker}.sock"
        """Where this server listens for the others."""
        self._others = [
            folder / f"{number}.sock" for number in range(workers) if number != worker
        ]

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> list[Reply]:
        """Ask all others the same.

        Args:
            method: The HTTP method.
            path: Path and query.
            headers: The headers.
            body: The body.

        Raises:
            PeerError: One does not answer.
        """

        async def ask(socket: Path) -> Reply:
            timeout = aiohttp.ClientTimeout(total=_SECONDS)
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(socket)), timeout=timeout
                ) as http,
                http.request(
                    method, f"http://worker{path}", headers=headers, data=body
                ) as response,
            ):
                return Reply(response.status, await response.read())

        try:
            return await asyncio.gather(*map(ask, self._others))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PeerError(f"another worker does not answer: {error}") from None
