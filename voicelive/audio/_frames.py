"""Framing and pacing of audio streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator


class Framer:
    """Splitter of a stream of chunks into frames of equal size.

    Args:
        size: Frame size in bytes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._rest = bytearray()

    def push(self, chunk: bytes) -> Iterator[bytes]:
        """Add a chunk and yield the complete frames."""
        self._rest += chunk
        whole = len(self._rest) - len(self._rest) % self._size
        ready = bytes(self._rest[:whole])
        del self._rest[:whole]
        for start in range(0, whole, self._size):
            yield ready[start : start + self._size]

    def rest(self) -> bytes:
        """Return the incomplete frame and clear it; may be empty."""
        rest = bytes(self._rest)
        self._rest.clear()
        return rest


async def paced(
    frames: Iterable[bytes], frame_ms: float, *, realtime: bool
) -> AsyncIterator[bytes]:
    """Yield frames, optionally in real time.

    Deadlines are relative to the first frame, so that a late frame does not delay later
    ones.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    for index, frame in enumerate(frames):
        due = began + index * frame_ms / 1000
        # Yield even without pacing: sending may never have to wait.
        await asyncio.sleep(max(0.0, due - loop.time()) if realtime else 0)
        yield frame
