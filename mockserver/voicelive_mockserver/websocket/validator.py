"""Validation of the frame headers of clients according to RFC 6455.

aiohttp's reader, which unmasks and joins frames in C, accepts unmasked frames,
non-minimal length fields, and a new message inside a fragmented one. A server must
reject these, so every header is validated before it reaches the reader.
"""

from __future__ import annotations

_SHORTEST_HEADER = 2
_MASK_BYTES = 4
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_DATA = (_TEXT, _BINARY)
_CONTROL = (_CLOSE, _PING, _PONG)
_MAX_CONTROL_BYTES = 125
_WHOLE_TEXT = 0x80 | _TEXT
_MASKED = 0x80


class FrameValidator:
    """Validates the frames of a byte stream, which may arrive in chunks of any size.

    Attributes:
        problem: The first violation; `None` if there is none.
    """

    __slots__ = ("_head", "_in_message", "_is_over", "_left", "problem")

    def __init__(self) -> None:
        self.problem: str | None = None
        self._left = 0  # bytes until the next header
        self._head = b""  # an incomplete header
        self._in_message = False
        self._is_over = False

    def check(self, data: bytes) -> int:
        """Return the number of valid bytes; the rest must not be parsed.

        Bytes are invalid after a violation, which sets `problem`, and after a close
        frame.

        Args:
            data: The next bytes of the stream.
        """
        if self.problem is not None:
            return 0
        if self._is_over:
            valid = min(self._left, len(data))
            self._left -= valid
            return valid
        known = len(self._head)
        if known:
            data = self._head + data
            self._head = b""
        size = len(data)
        at = self._left
        while at + _SHORTEST_HEADER <= size:
            if data[at] == _WHOLE_TEXT and not self._in_message:
                # Fast path for nearly all frames: unfragmented messages below 64 KiB.
                length = data[at + 1] ^ _MASKED
                if length <= _MAX_CONTROL_BYTES:
                    at += _SHORTEST_HEADER + _MASK_BYTES + length
                    continue
                if length == 126 and at + 4 <= size:
                    length = data[at + 2] << 8 | data[at + 3]
                    if length >= 126:
                        at += _SHORTEST_HEADER + 2 + _MASK_BYTES + length
                        continue
            following = self._after(data, at)
            if following is None:
                break
            if self.problem is not None:
                return max(0, at - known)
            at = following
            if self._is_over:
                break
        if at >= size or self._is_over:
            self._left = max(0, at - size)
            return min(at, size) - known
        self._left = 0
        self._head = data[at:]
        return size - known

    def _after(self, data: bytes, at: int) -> int | None:
        """Return the end of the frame at a position; `None` for a partial header."""
        first, second = data[at], data[at + 1]
        kind, is_final = first & 0x0F, bool(first & 0x80)
        length = second & 0x7F
        self.problem = self._problem(first, second, kind, is_final, length)
        if self.problem is not None:
            return at
        start = at + _SHORTEST_HEADER
        if length > _MAX_CONTROL_BYTES:
            width = 2 if length == 126 else 8
            if len(data) < start + width:
                return None
            length = int.from_bytes(data[start : start + width], "big")
            if length < (126 if width == 2 else 1 << 16):
                self.problem = "The length of a frame must use the minimal encoding."
                return at
            if length >> 63:
                self.problem = "The length of a frame must have 63 bits at most."
                return at
            start += width
        if kind == _CLOSE:
            self._is_over = True
        elif kind < _CLOSE:
            self._in_message = not is_final
        return start + _MASK_BYTES + length

    def _problem(
        self, first: int, second: int, kind: int, is_final: bool, length: int
    ) -> str | None:
        if first & 0x70:
            return "The reserved bits of a frame must be 0."
        if not second & 0x80:
            return "A client must mask its frames."
        if kind in _DATA:
            if self._in_message:
                return "A message must be complete before the next one begins."
        elif kind == _CONTINUATION:
            if not self._in_message:
                return "A continuation frame needs a message to continue."
        elif kind not in _CONTROL:
            return f"Unknown opcode {kind}."
        elif not is_final:
            return "A control frame must not be fragmented."
        elif length > _MAX_CONTROL_BYTES:
            return "A control frame must have 125 bytes at most."
        return None
