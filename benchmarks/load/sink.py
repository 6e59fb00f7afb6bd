"""Server process for callers: `python -m benchmarks.load.sink`.

Prints its port, and exits at the end of its standard input. It accepts every
connection, discards its input, and continuously sends a spoken reply in real time:
pieces of 100 ms, encoded beforehand.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop

from benchmarks.mock.wire import pin
from benchmarks.payloads import SESSION_CREATED, SPOKEN_REPLY, TO_DECODE
from benchmarks.websocket import UpgradedProtocol, text_frame

_SLOTS = 20
_SLOT_SECONDS = 0.005
_PIECES = 20
_CLOSE = 0x88


def _pieces() -> list[bytes]:
    """Return the reply, which takes two seconds, in pieces of 100 ms."""
    frames = [text_frame(frame.text) for frame in SPOKEN_REPLY]
    ends = [len(frames) * (number + 1) // _PIECES for number in range(_PIECES)]
    begins = [0, *ends[:-1]]
    return [b"".join(frames[a:b]) for a, b in zip(begins, ends, strict=True)]


_WELCOME = text_frame(SESSION_CREATED.text) + text_frame(
    TO_DECODE["session.updated"][0].text
)


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


class _Session(UpgradedProtocol):
    slot: list[_Session]

    def __init__(self, slots: _Slots) -> None:
        super().__init__()
        self._slots = slots
        self.sent = 0

    def opened(self) -> None:
        self.transport.write(_WELCOME)
        self._slots.join(self)

    def received(self, data: bytes) -> None:
        if len(data) == 8 and data[0] == _CLOSE:
            self.transport.write(bytes((_CLOSE, 2)) + (1000).to_bytes(2, "big"))
            self.transport.close()

    def closed(self) -> None:
        self.slot.remove(self)


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
