"""Server process for callers: `python -m benchmarks.load.sink`.

Prints its port, and exits at the end of its standard input. It accepts every
connection, discards its input, and continuously sends a spoken reply in real time:
pieces of 100 ms, encoded beforehand.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys
from typing import cast

import uvloop

from benchmarks.mock.wire import pin
from benchmarks.payloads import SESSION_CREATED, SPOKEN_REPLY, TO_DECODE

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SLOTS = 20
_SLOT_SECONDS = 0.005
_PIECES = 20
_CLOSE = 0x88


def _text(payload: bytes | str) -> bytes:
    """Return a text message as a server sends it."""
    data = payload.encode() if isinstance(payload, str) else payload
    if len(data) < 126:
        return bytes((0x81, len(data))) + data
    if len(data) < 1 << 16:
        return bytes((0x81, 126)) + len(data).to_bytes(2, "big") + data
    return bytes((0x81, 127)) + len(data).to_bytes(8, "big") + data


def _pieces() -> list[bytes]:
    """Return the reply, which takes two seconds, in pieces of 100 ms."""
    frames = [_text(frame.text) for frame in SPOKEN_REPLY]
    ends = [len(frames) * (number + 1) // _PIECES for number in range(_PIECES)]
    begins = [0, *ends[:-1]]
    return [b"".join(frames[a:b]) for a, b in zip(begins, ends, strict=True)]


_WELCOME = _text(SESSION_CREATED.text) + _text(TO_DECODE["session.updated"][0].text)


class _Slots:
    """Schedule: every 5 ms, a twentieth of the sessions is sent a piece."""

    def __init__(self) -> None:
        self._slots: list[list[_Session]] = [[] for _ in range(_SLOTS)]
        self._joined = 0
        self._pieces = _pieces()

    def join(self, session: _Session) -> None:
        session.slot = self._slots[self._joined % _SLOTS]
        session.slot.append(session)
        self._joined += 1

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        began, number = loop.time(), 0
        while True:
            await asyncio.sleep(began + number * _SLOT_SECONDS - loop.time())
            for session in self._slots[number % _SLOTS]:
                piece = self._pieces[session.sent % _PIECES]
                session.sent += 1
                session.transport.write(piece)
            number += 1


class _Session(asyncio.Protocol):
    transport: asyncio.Transport
    slot: list[_Session]

    def __init__(self, slots: _Slots) -> None:
        self._slots = slots
        self._open = False
        self._request = b""
        self.sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._open:
            self._request += data
            if self._request.endswith(b"\r\n\r\n"):
                self._upgrade()
        elif len(data) == 8 and data[0] == _CLOSE:
            self.transport.write(bytes((_CLOSE, 2)) + (1000).to_bytes(2, "big"))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._open:
            self.slot.remove(self)

    def _upgrade(self) -> None:
        lines = self._request.decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        place = next(n for n, name in enumerate(fields) if name == "sec-websocket-key")
        key = lines[1 + place].partition(": ")[2].encode()
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
        self.transport.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.transport.write(_WELCOME)
        self._open = True
        self._slots.join(self)


async def _serve() -> None:
    slots = _Slots()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Session(slots), "127.0.0.1", 0, backlog=1024
    )
    sending = asyncio.create_task(slots.run())
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    sending.cancel()
    server.close()


if __name__ == "__main__":
    pin(0)
    uvloop.run(_serve())
