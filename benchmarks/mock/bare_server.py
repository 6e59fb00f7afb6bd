"""Bare server process: `python -m benchmarks.mock.bare_server LIBRARY`.

The least that a service of this protocol does: parse WebSocket frames, decode JSON and
base64, compute the level of the audio, and send answers that were encoded beforehand,
with new identifiers. It has no configuration, no conversation, no journal and no
faults. `LIBRARY` is `aiohttp` or `picows`. Prints its port, and exits at the end of its
standard input.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from typing import Any, cast

import msgspec
import numpy as np
from aiohttp import web

from benchmarks.mock.answers import Template, answers

_ANSWERS = answers()
_SPEECH_LEVEL = 0.01 * (1 << 15)
_SPEECH_APPENDS = 4
_SILENCE_APPENDS = 25
_PIECE_SECONDS = 0.1


class _Append(msgspec.Struct, tag="input_audio_buffer.append", tag_field="type"):
    audio: bytes


class _Update(msgspec.Struct, tag="session.update", tag_field="type"):
    session: dict[str, Any]


class _Item(msgspec.Struct, tag="conversation.item.create", tag_field="type"):
    item: dict[str, Any]


class _Create(msgspec.Struct, tag="response.create", tag_field="type"):
    response: dict[str, Any]


_decode = msgspec.json.Decoder(_Append | _Update | _Item | _Create).decode


class _Session:
    """Answers of one connection.

    Args:
        write: Writes bytes to the connection.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._out: list[bytes] = []
        self._loud = 0
        self._quiet = 0
        self._speaks = False
        self._piece = 0
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def receive(self, payload: bytes) -> None:
        """Process an event."""
        event = _decode(payload)
        if isinstance(event, _Append):
            self._hear(event.audio)
        elif isinstance(event, _Item):
            self.send(_ANSWERS.item)
        elif isinstance(event, _Create):
            self.send(_ANSWERS.text)
        else:
            self.send(_ANSWERS.configured)

    def send(self, answer: Template) -> None:
        """Send all answers of one iteration of the event loop in one write."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(answer.fill())

    def end(self) -> None:
        """Stop the answer."""
        if self._timer is not None:
            self._timer.cancel()

    def _hear(self, audio: bytes) -> None:
        samples = np.frombuffer(audio, np.int16).astype(np.float32)
        level = (float(np.dot(samples, samples)) / len(samples)) ** 0.5
        if level >= _SPEECH_LEVEL:
            self._loud += 1
            self._quiet = 0
            if not self._speaks and self._loud == _SPEECH_APPENDS:
                self._speaks = True
                self.end()
                self.send(_ANSWERS.speech_started)
            return
        self._loud = 0
        self._quiet += 1
        if self._speaks and self._quiet == _SILENCE_APPENDS:
            self._speaks = False
            self.send(_ANSWERS.spoken)
            self._piece = 0
            self._due = self._loop.time() + _PIECE_SECONDS
            self._timer = self._loop.call_at(self._due, self._say)

    def _flush(self) -> None:
        self._write(b"".join(self._out))
        self._out.clear()

    def _say(self) -> None:
        self.send(_ANSWERS.pieces[self._piece])
        self._piece += 1
        if self._piece < len(_ANSWERS.pieces):
            self._due += _PIECE_SECONDS
            self._timer = self._loop.call_at(self._due, self._say)


async def _listen_aiohttp() -> asyncio.Server:
    loop = asyncio.get_running_loop()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        websocket = web.WebSocketResponse(compress=False, decode_text=False)
        try:
            await websocket.prepare(cast("web.Request", request))
        except ConnectionError:  # the load has ended
            return websocket
        assert request.transport is not None
        session = _Session(request.transport.write)
        session.send(_ANSWERS.welcome)
        async for message in websocket:
            session.receive(message.data)
        session.end()
        return websocket

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    server = runner.server
    assert server is not None
    return await loop.create_server(server, "127.0.0.1", 0, backlog=1024)


async def _listen_picows() -> asyncio.Server:
    import picows

    class Listener(picows.WSListener):
        def on_ws_connected(self, transport: picows.WSTransport) -> None:
            self._session = _Session(transport.underlying_transport.write)
            self._session.send(_ANSWERS.welcome)

        def on_ws_frame(
            self, transport: picows.WSTransport, frame: picows.WSFrame
        ) -> None:
            if frame.msg_type is picows.WSMsgType.TEXT:
                self._session.receive(frame.get_payload_as_bytes())
            elif frame.msg_type is picows.WSMsgType.CLOSE:
                transport.disconnect()

        def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
            self._session.end()

    server: asyncio.Server = await picows.ws_create_server(
        lambda request: Listener(), "127.0.0.1", 0, backlog=1024
    )
    return server


async def _serve(library: str) -> None:
    server = await (_listen_picows() if library == "picows" else _listen_aiohttp())
    gc.collect()
    gc.freeze()
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
