"""What the sockets of a server share."""

import asyncio
from typing import Protocol

_BUFFER_BYTES = 256 * 1024


class Flushable(Protocol):
    """A socket that keeps what is written to it."""

    def flush(self) -> None:
        """Send now what was written."""
        ...


class WriteBatcher:
    """A buffer to read into, and one flush for all in a pass of the event loop.

    With many small messages, a buffer of its own for each read would cost more than
    the message, and so would a system call for each event. Working off all that was
    read and then sending is faster than by turns, too.

    Args:
        loop: The running event loop.
    """

    __slots__ = ("_loop", "_waiting", "buffer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.buffer = memoryview(bytearray(_BUFFER_BYTES))
        """Takes what is read, until the socket is told that it is there."""
        self._loop = loop
        self._waiting: list[Flushable] = []

    def flush_soon(self, socket: Flushable) -> None:
        """Flush a socket in the next pass.

        Args:
            socket: Something was written to it.
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
                # The others have nothing to do with it.
                self._loop.call_exception_handler(
                    {"message": "a write failed", "exception": problem}
                )
