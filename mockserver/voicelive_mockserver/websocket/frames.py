"""WebSocket frames of a server: unmasked and unfragmented."""

from __future__ import annotations

from voicelive_core.close_codes import cut_reason

TEXT = 0x81
"""The first byte of a text message."""

BINARY = 0x82
"""The first byte of a binary message."""

CLOSE = 0x88
"""The first byte of a close frame."""

PONG = 0x8A
"""The first byte of the answer to a ping."""

SHORT_BYTES = 1024
"""Frames below this size in bytes have their header in `SHORT_HEADERS`."""


def frame_header(kind: int, size: int) -> bytes:
    """Return the header of a frame.

    Args:
        kind: The first byte of the frame.
        size: The size of the payload in bytes.
    """
    if size < 126:
        return bytes((kind, size))
    if size < 1 << 16:
        return bytes((kind, 126)) + size.to_bytes(2, "big")
    return bytes((kind, 127)) + size.to_bytes(8, "big")


SHORT_HEADERS = tuple(frame_header(TEXT, size) for size in range(SHORT_BYTES))
"""Precomputed headers of text frames by size."""


def text_header(size: int) -> bytes:
    """Return the header of a text frame.

    Args:
        size: The size of the payload in bytes.
    """
    return SHORT_HEADERS[size] if size < SHORT_BYTES else frame_header(TEXT, size)


def close_frame(code: int | None, reason: str) -> bytes:
    """Return a close frame.

    Args:
        code: The close code; `None` for a frame without code and reason.
        reason: The reason, truncated to 123 bytes.
    """
    if code is None:
        return frame_header(CLOSE, 0)
    text = cut_reason(reason, errors="replace").encode()
    return frame_header(CLOSE, 2 + len(text)) + code.to_bytes(2, "big") + text
