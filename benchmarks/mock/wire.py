"""Just enough WebSocket for a load: frames as bytes, the handshake, a socket."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

_MASK = b"\0\0\0\0"  # legal, and spares the masking
_TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    """Return a text message as a client sends it."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, 0x80 | size)) + _MASK + payload
    if size < 1 << 16:
        return bytes((_TEXT, 0xFE)) + size.to_bytes(2, "big") + _MASK + payload
    return bytes((_TEXT, 0xFF)) + size.to_bytes(8, "big") + _MASK + payload


def event_frame(event: dict[str, Any]) -> bytes:
    """Return an event as a client sends it."""
    return text_frame(json.dumps(event, separators=(",", ":")).encode())


CONFIGURE = event_frame({"type": "session.update", "session": {}})
"""The first message of a session; the service accepts nothing else before."""


def upgrade(port: int, target: str, key: str) -> socket.socket:
    """Connect and ask for the upgrade; the answer comes before the first event."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(
        f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"Authorization: Bearer {key}\r\n\r\n".encode()
    )
    connection.setblocking(False)
    return connection


class Marks:
    """Counter of marks in a byte stream, also of marks split between reads.

    Args:
        marks: Byte strings, none of which contains another.
    """

    def __init__(self, *marks: bytes) -> None:
        self._marks = marks
        self._tail = b""
        self._reach = max(map(len, marks)) - 1

    def found(self, data: bytes) -> list[int]:
        """Return the number of occurrences of each mark that this data completes."""
        text = self._tail + data
        counts = [text.count(mark) for mark in self._marks]
        tail = text[-self._reach :]
        # A whole mark in the tail would be counted again.
        for mark in self._marks:
            place = tail.rfind(mark)
            if place >= 0:
                tail = tail[place + len(mark) :]
        self._tail = tail
        return counts


def pin(core: int) -> None:
    """Pin this process to one of its cores."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})
