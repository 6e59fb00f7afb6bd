"""Handshakes that cannot be read, with a key in them."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest

SECRET = "5d41402abc4b2a76b9719d911017c592"

_START = b"GET /voice-live/realtime?api-version=2026-04-10 HTTP/1.1\r\nHost: x\r\n"
_KEY = b"api-key: " + SECRET.encode()

REQUESTS: dict[str, bytes] = {
    "a zero byte": _START + _KEY + b"\x00\r\n\r\n",
    "no colon": _START + _KEY.replace(b":", b"") + b"\r\n\r\n",
    "a space before the colon": _START + _KEY.replace(b":", b" :") + b"\r\n\r\n",
    "a folded line": _START + _KEY + b"\r\n " + SECRET.encode() + b"\x01\r\n\r\n",
    "a header that is too long": _START + _KEY + b"x" * 70_000 + b"\r\n\r\n",
    "a length that is a key": _START + b"Content-Length: " + _KEY + b"\r\n\r\n",
    "two lengths": _START + _KEY + b"\r\nContent-Length: 1" * 2 + b"2\r\n\r\n",
    "no such method": b"G\xe4T /?api-key=" + SECRET.encode() + b" HTTP/1.1\r\n\r\n",
    "no such version": b"GET /?api-key=" + SECRET.encode() + b" HTTP/9.x\r\n\r\n",
    "a key alone": SECRET.encode() + b"\r\n\r\n",
    "a line without an end": b"GET /" + SECRET.encode() * 3000,
    "not ASCII": _START + _KEY + b"\xff\xfe\r\n\r\n",
    "no upgrade": _START + _KEY + b"\r\n\r\n",
}


async def send_all(port: int) -> None:
    """Send all of them, each on a connection of its own, and read the answers."""
    for request in REQUESTS.values():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            writer.write(request)
            writer.write_eof()
            async with asyncio.timeout(10):
                await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    """Make sure that nothing which was logged has the key, in whatever form."""
    formatter = logging.Formatter()
    texts = [caplog.text]
    for record in caplog.records:
        fields = {**vars(record), "exc_info": None}
        texts += map(str, fields.values())
        if record.exc_info:
            texts.append(formatter.formatException(record.exc_info))
    assert SECRET not in "".join(texts)
    # Not even a part of it.
    assert SECRET[:16] not in "".join(texts)
