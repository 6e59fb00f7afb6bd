"""Write batching, and the read buffer that all sockets of a server share."""

from __future__ import annotations

import asyncio
from typing import Protocol

_BUFFER_BYTES = 256 * 1024


class Flushable(Protocol):
    """A socket with buffered writes."""

    def flush(self) -> None:
        """Send the buffered data."""
        ...


class WriteBatcher:
    """A shared read buffer, and one flush of all sockets per event loop iteration.

    With many small messages, allocating a buffer per read would cost more than the
    message, and so would a system call per event. Processing all reads before the
    writes is faster than alternating, too.

    Args:
        loop: The running event loop.
    """

    __slots__ = ("_loop", "_waiting", "buffer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.buffer = memoryview(bytearray(_BUFFER_BYTES))
        """The read buffer; its content is copied before the next read."""
        self._loop = loop
        self._waiting: list[Flushable] = []

    def flush_soon(self, socket: Flushable) -> None:
        """Flush a socket in the next iteration of the event loop.

        Args:
            socket: A socket with buffered data.
        """
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(socket)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for socket in waiting:
            try:
                socket.flush()
            except Exception as problem:
                # A failure must not affect the other sockets.
                self._loop.call_exception_handler(
                    {"message": "a write failed", "exception": problem}
                )
