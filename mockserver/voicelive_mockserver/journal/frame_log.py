"""Frames in little memory: the newest of them, one after the other in blocks of bytes.

An object for each frame would take more memory than most frames do, and more time to
make and to forget than the whole rest of the work for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from voicelive_mockserver.websocket import split_frames

_BLOCK_BYTES = 8192
_BLOCKS = 8
"""A log has at least so many blocks: what is forgotten is forgotten block by block."""

# Kind, time, and two numbers; then so many bytes as the last one tells.
_HEAD = Struct("<BdII")
_SERVER, _CLIENT, _BATCH = range(3)
"""One frame of either side, its size before; or frames as on the wire, how many."""


class _Block:
    __slots__ = ("count", "data", "size")

    def __init__(self) -> None:
        self.data = bytearray()
        self.count = 0
        self.size = 0


class FrameLog:
    """The newest frames of a session.

    Args:
        limit: How many frames are kept at least, if there are so many.
        limit_bytes: How many bytes of frames are kept at most.
    """

    __slots__ = ("_block", "_blocks", "_limit", "_limit_bytes", "_most", "_room")

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._most = min(_BLOCK_BYTES, limit_bytes // _BLOCKS)
        # The newest is the one that is being filled.
        self._block = _Block()
        self._blocks = [self._block]
        # How many bytes it may have, with regard to the others.
        self._room = limit_bytes

    @property
    def count(self) -> int:
        """How many frames it holds."""
        return sum(block.count for block in self._blocks)

    @property
    def size(self) -> int:
        """How many bytes these have."""
        return sum(block.size for block in self._blocks)

    def add(self, time: float, from_client: bool, frame: bytes, size: int) -> None:
        """Add a frame.

        Args:
            time: When it was received or sent, in seconds since the session began.
            from_client: Whether the client sent it.
            frame: What is kept of it.
            size: The size of the whole frame in bytes.
        """
        block = self._block
        if len(block.data) >= self._most:
            block = self._next_block()
        data = block.data
        kept = len(frame)
        data += _HEAD.pack(_CLIENT if from_client else _SERVER, time, size, kept)
        data += frame
        block.count += 1
        block.size += kept
        if block.size > self._room:
            self._forget()

    def add_sent(self, time: float, wire: bytes, count: int, size: int) -> None:
        """Add frames of the server.

        Args:
            time: When they were sent, in seconds since the session began.
            wire: The frames as they are on the wire, with their headers.
            count: How many there are.
            size: How many bytes they have without the headers.
        """
        block = self._block
        if len(block.data) >= self._most:
            block = self._next_block()
        data = block.data
        data += _HEAD.pack(_BATCH, time, count, len(wire))
        data += wire
        block.count += count
        block.size += size
        if block.size > self._room:
            self._forget()

    def entries(self) -> Iterator[tuple[float, bool, bytes, int]]:
        """Return time, side, kept bytes and size of each frame, oldest first."""
        # Copied, the blocks in one step: somebody may look from another thread.
        for block in tuple(self._blocks):
            data = bytes(block.data)
            start = 0
            while start < len(data):
                kind, time, number, length = _HEAD.unpack_from(data, start)
                start += _HEAD.size
                kept = data[start : start + length]
                start += length
                if kind == _BATCH:
                    for frame in split_frames(kept):
                        yield time, False, frame, len(frame)
                else:
                    yield time, kind == _CLIENT, kept, number

    def _next_block(self) -> _Block:
        block = self._block = _Block()
        self._blocks.append(block)
        self._forget()
        return block

    def _forget(self) -> None:
        """Drop the oldest blocks, as far as the limits want it."""
        blocks = self._blocks
        if len(blocks) == 1:
            return
        count, size = self.count, self.size
        while len(blocks) > 1:
            oldest = blocks[0]
            # A block is kept as long as any frame of it is within the limit.
            if count - oldest.count < self._limit and size <= self._limit_bytes:
                break
            del blocks[0]
            count -= oldest.count
            size -= oldest.size
        self._room = self._limit_bytes - (size - self._block.size)
