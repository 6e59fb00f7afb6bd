"""Compact log of the newest frames, stored in blocks of bytes.

An object per frame would need more memory than most frames, and more time to create and
delete than all other processing of the frame.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from struct import Struct

_BLOCK_BYTES = 8192
_BLOCKS = 8
"""The minimum number of blocks: old frames are dropped block by block."""

# Record header: kind, time, number, payload length; the payload follows.
_HEAD = Struct("<BdII")
_SERVER, _CLIENT, _BATCH = range(3)
"""Kinds of records: a frame of one side, whose number is its original size, or a batch
of server frames, whose number is their count and whose payload begins with their sizes.
"""


class _Block:
    __slots__ = ("count", "data", "size")

    def __init__(self) -> None:
        self.data = bytearray()
        self.count = 0
        self.size = 0


class FrameLog:
    """The newest frames of a session.

    Args:
        limit: The minimum number of frames to keep.
        limit_bytes: The maximum size of the frames in bytes.
    """

    __slots__ = (
        "_block",
        "_blocks",
        "_dropped",
        "_limit",
        "_limit_bytes",
        "_most",
        "_room",
    )

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._dropped = 0
        self._most = min(_BLOCK_BYTES, limit_bytes // _BLOCKS)
        # The newest block, which is being filled.
        self._block = _Block()
        self._blocks = [self._block]
        # The size that it may reach without exceeding the limit.
        self._room = limit_bytes

    @property
    def count(self) -> int:
        """The number of frames."""
        return sum(block.count for block in self._blocks)

    @property
    def total(self) -> int:
        """The number of frames, including those that were dropped."""
        return self._dropped + self.count

    @property
    def size(self) -> int:
        """The size of the frames in bytes."""
        return sum(block.size for block in self._blocks)

    def add(self, time: float, from_client: bool, frame: bytes, size: int) -> None:
        """Add a frame.

        Args:
            time: The time since the start of the session, in seconds.
            from_client: Whether the client sent it.
            frame: The frame, possibly truncated.
            size: The original size of the frame in bytes.
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

    def add_sent(self, time: float, frames: Sequence[bytes], size: int) -> None:
        """Add untruncated frames of the server.

        Args:
            time: The time since the start of the session, in seconds.
            frames: The frames.
            size: The total size of the frames in bytes.
        """
        count = len(frames)
        if count == 1:
            self.add(time, False, frames[0], size)
            return
        block = self._block
        if len(block.data) >= self._most:
            block = self._next_block()
        data = block.data
        sizes = array("I", map(len, frames)).tobytes()
        data += _HEAD.pack(_BATCH, time, count, len(sizes) + size)
        data += sizes
        data += b"".join(frames)
        block.count += count
        block.size += size
        if block.size > self._room:
            self._forget()

    def entries(self) -> Iterator[tuple[float, bool, bytes, int]]:
        """Return time, direction, content and original size of frames, oldest first."""
        # Atomic copies, as other threads may call this.
        for block in tuple(self._blocks):
            data = bytes(block.data)
            start = 0
            while start < len(data):
                kind, time, number, length = _HEAD.unpack_from(data, start)
                start += _HEAD.size
                kept = data[start : start + length]
                start += length
                if kind == _BATCH:
                    for frame in _split(kept, number):
                        yield time, False, frame, len(frame)
                else:
                    yield time, kind == _CLIENT, kept, number

    def _next_block(self) -> _Block:
        block = self._block = _Block()
        self._blocks.append(block)
        self._forget()
        return block

    def _forget(self) -> None:
        """Drop the oldest blocks as far as the limits require."""
        blocks = self._blocks
        if len(blocks) == 1:
            return
        count, size = self.count, self.size
        while len(blocks) > 1:
            oldest = blocks[0]
            # Keep a block as long as any of its frames is within the limit.
            if count - oldest.count < self._limit and size <= self._limit_bytes:
                break
            del blocks[0]
            self._dropped += oldest.count
            count -= oldest.count
            size -= oldest.size
        self._room = self._limit_bytes - (size - self._block.size)


def _split(payload: bytes, count: int) -> Iterator[bytes]:
    """Return the frames of a batch."""
    sizes = array("I")
    at = count * sizes.itemsize
    sizes.frombytes(payload[:at])
    for size in sizes:
        yield payload[at : at + size]
        at += size
