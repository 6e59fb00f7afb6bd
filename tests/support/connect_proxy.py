"""An HTTP proxy on 127.0.0.1 that tunnels (CONNECT) and records what it can read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class ConnectProxy:
    """A running proxy.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        heads: The requests to the proxy itself, as they came.
        tunnelled: All bytes that clients sent through tunnels.
    """

    port: int
    heads: list[str] = field(default_factory=list[str])
    tunnelled: bytearray = field(default_factory=bytearray)

    @property
    def url(self) -> str:
        """The URL of the proxy."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        """Host and port of each tunnel that was asked for."""
        return [head.split(" ")[1] for head in self.heads]


@asynccontextmanager
async def connect_proxy(
    target: int = 0, *, refusal: str = "", answers: bool = True
) -> AsyncIterator[ConnectProxy]:
    """Run a proxy.

    Args:
        target: Port of 127.0.0.1 that every tunnel leads to, whatever host it is asked
            for.
        refusal: Answer to CONNECT instead of a tunnel: status line and headers.
        answers: Whether it answers at all.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            proxy.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if not answers:
                await reader.read()
            elif refusal:
                writer.write(
                    f"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n".encode()
                )
                await writer.drain()
            else:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await tunnel(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.transport.abort()

    async def tunnel(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        both = {
            asyncio.create_task(copy(reader, far_writer, proxy.tunnelled)),
            asyncio.create_task(copy(far_reader, writer, bytearray())),
        }
        try:
            # The end of one side is the end of the tunnel.
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            far_writer.transport.abort()
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def copy(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                seen += data
                writer.write(data)
                await writer.drain()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    proxy = ConnectProxy(server.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
