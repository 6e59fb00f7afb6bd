"""Audio in frames of equal length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator


class Framer:
    """Cuts a stream of pieces into frames of equal size.

    Args:
        size: Size of a frame in bytes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._rest = bytearray()

    def push(self, piece: bytes) -> Iterator[bytes]:
        """Take a piece and give the frames that are complete."""
        self._rest += piece
        whole = len(self._rest) - len(self._rest) % self._size
        ready = bytes(self._rest[:whole])
        del self._rest[:whole]
        for start in range(0, whole, self._size):
            yield ready[start : start + self._size]

    def rest(self) -> bytes:
        """Take what is left: less than a frame, maybe nothing."""
        rest = bytes(self._rest)
        self._rest.clear()
        return rest


async def paced(
    frames: Iterable[bytes], frame_ms: float, *, realtime: bool
) -> AsyncIterator[bytes]:
    """Give frames, in real time each when its turn has come.

    Every deadline counts from the first frame, so that a late frame does not delay
    those after it.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    for index, frame in enumerate(frames):
        due = began + index * frame_ms / 1000
        # Without a pause too others get their turn: sending may never have to wait.
        await asyncio.sleep(max(0.0, due - loop.time()) if realtime else 0)
        yield frame
