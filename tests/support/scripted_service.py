"""Scripted WebSocket server, frame by frame.

Built on plain streams, so that a test can violate the protocol: no answer, a truncated
frame, an invalid handshake, a dropped socket. It shares no code with the client.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

CREATED: dict[str, Any] = {
    "event_id": "event_1",
    "type": "session.created",
    "session": {"id": "sess_1", "model": "gpt-realtime"},
}

UPDATED: dict[str, Any] = {
    "event_id": "event_2",
    "type": "session.updated",
    "session": {"id": "sess_1", "model": "gpt-realtime"},
}

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def error_event(message: str, code: str = "invalid_model") -> dict[str, Any]:
    """Return an `error` event as the service sends it."""
    error = {"type": "invalid_request_error", "code": code, "message": message}
    return {"type": "error", "error": {**error, "param": None, "event_id": None}}


@dataclass
class Frame:
    """A frame from the client, unmasked."""

    opcode: int
    payload: bytes
    compressed: bool

    @property
    def event(self) -> Any:
        """The JSON in a text frame."""
        assert self.opcode == TEXT
        return json.loads(self.payload)

    @property
    def closing(self) -> tuple[int, str]:
        """Code and reason of a close frame."""
        assert self.opcode == CLOSE, self
        return struct.unpack("!H", self.payload[:2])[0], self.payload[2:].decode()


@dataclass
class Request:
    """The handshake of the client."""

    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        """The path, unchanged."""
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query parameters, in order."""
        query = urlsplit(self.target).query
        return parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))


class Peer:
    """Connection of a client, as seen by the server."""

    def __init__(
        self,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.request = request
        self.reader = reader
        self.writer = writer
        self._closed = False

    # --- handshake -------------------------------------------------------------

    async def accept(self, *, accept_key: str | None = None, **headers: str) -> None:
        """Upgrade to WebSocket; `_` in header names stands for `-`."""
        key = self.request.headers["sec-websocket-key"].encode()
        digest = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
        await self.respond(
            101,
            {
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Accept": accept_key or digest,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    async def begin(self) -> None:
        """Upgrade and begin the session."""
        await self.accept()
        await self.send(CREATED)

    async def configure(self) -> dict[str, Any]:
        """Receive the first `session.update`, accept and return it."""
        event: dict[str, Any] = (await self.receive()).event
        assert event["type"] == "session.update", event
        await self.send(UPDATED)
        return event

    async def respond(
        self, status: int, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> None:
        """Answer the handshake with an HTTP status."""
        head = [f"HTTP/1.1 {status} Whatever"]
        head += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if status != 101:
            head.append(f"Content-Length: {len(body.encode())}")
        await self.raw("\r\n".join([*head, "", ""]).encode() + body.encode())

    # --- frames ----------------------------------------------------------------

    async def send(self, event: Mapping[str, Any] | str) -> None:
        """Send an event in a text frame."""
        text = event if isinstance(event, str) else json.dumps(event)
        await self.frame(TEXT, text.encode())

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a close frame; with None, one without a code."""
        self._closed = True
        payload = b"" if code is None else struct.pack("!H", code) + reason.encode()
        await self.frame(CLOSE, payload)

    async def frame(
        self, opcode: int, payload: bytes, *, fin: bool = True, rsv1: bool = False
    ) -> None:
        """Send any frame, valid or not."""
        first = (0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", first, size)
        elif size < 65536:
            head = struct.pack("!BBH", first, 126, size)
        else:
            head = struct.pack("!BBQ", first, 127, size)
        await self.raw(head + payload)

    async def raw(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self) -> Frame:
        """Receive one frame; `asyncio.IncompleteReadError` at the end of the socket."""
        first, second = await self.reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
        assert second & 0x80, "a client must mask its frames"
        mask = await self.reader.readexactly(4)
        masked = await self.reader.readexactly(size)
        # As two large numbers, which is much faster than byte by byte.
        repeated = int.from_bytes((mask * (size // 4 + 1))[:size])
        payload = (int.from_bytes(masked) ^ repeated).to_bytes(size)
        return Frame(first & 0x0F, payload, bool(first & 0x40))

    async def gone(self) -> None:
        """Wait until the client has released the socket, and answer its close."""
        try:
            while True:
                frame = await self.receive()
                if frame.opcode == CLOSE and not self._closed:
                    code = frame.closing[0] if frame.payload else None
                    await self.close(code)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def gone_unanswered(self) -> None:
        """Wait until the client has released the socket, without answering."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass

    # --- ends ------------------------------------------------------------------

    def abort(self) -> None:
        """Drop the socket with a reset."""
        self.writer.transport.abort()

    async def hang_up(self) -> None:
        """Close the socket without a close frame."""
        self.writer.close()
        await self.writer.wait_closed()


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class Server:
    """A running server.

    Attributes:
        port: Port on 127.0.0.1.
        requests: Handshakes so far.
        peers: Connections so far.
    """

    port: int
    requests: list[Request] = field(default_factory=list[Request])
    peers: list[Peer] = field(default_factory=list[Peer])

    @property
    def endpoint(self) -> str:
        """The endpoint for `connect`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def transport(self) -> None:
        """The transport for `connect`: a socket."""
        return None


@asynccontextmanager
async def serve(
    script: Script, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run the script for every connection; an exception in it fails the test.

    When the script returns, the socket is closed.
    """
    failures: list[BaseException] = []
    running: dict[asyncio.Task[None], socket.socket] = {}
    loop = asyncio.get_running_loop()

    async def handle(connection: socket.socket) -> None:
        try:
            reader, writer = await _streams(connection, tls)
        except OSError:
            return  # the client rejects the certificate
        try:
            peer = Peer(await _read_request(reader), reader, writer)
            server.requests.append(peer.request)
            server.peers.append(peer)
            await script(peer)
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has closed, or the test is over
        except BaseException as error:
            failures.append(error)
        finally:
            writer.transport.abort()

    def accept() -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                connection, _ = listener.accept()
                # Each frame goes out at once.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                task = asyncio.create_task(handle(connection))
                running[task] = connection
                task.add_done_callback(running.pop)

    # `asyncio.start_server` does not report a connection that ends during its TLS
    # handshake.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        loop.add_reader(listener, accept)
        server = Server(listener.getsockname()[1])
        try:
            yield server
        finally:
            loop.remove_reader(listener)
            left = dict(running)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            for connection in left.values():
                connection.close()  # also if its task never started
    if failures:
        raise failures[0]


async def _streams(
    connection: socket.socket, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Take over an accepted connection."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, connection, ssl=tls
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *lines = head.strip().split("\r\n")
    _, target, _ = line.split(" ")
    headers: dict[str, str] = {}
    for name, _, value in (entry.partition(":") for entry in lines):
        # Repeated headers are joined.
        already = headers.get(name.lower())
        value = value.strip()
        headers[name.lower()] = value if already is None else f"{already}, {value}"
    return Request(target, headers)


def tls_context() -> ssl.SSLContext:
    """Return a TLS context for a server with an untrusted certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("localhost.pem"))
    return context


def trusting_context() -> ssl.SSLContext:
    """Return a TLS context for a client that trusts that certificate."""
    return ssl.create_default_context(cafile=Path(__file__).with_name("localhost.pem"))
