"""Fuzz targets: bytes on the wire, to the mock server and to the client."""

from __future__ import annotations

import asyncio
import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from random import Random

from tests.fuzz.guard import Finding, Guard, run_guarded
from tests.fuzz.mutations import mutate_bytes
from tests.fuzz.raw_client import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    RawClient,
    client_frame,
    raw_client,
    upgrade_request,
)
from tests.fuzz.service_check import PROBE, PROBED
from tests.fuzz.target import Case
from tests.support.client import dial
from tests.support.scripted_service import CREATED, Peer, serve
from voicelive.aio import ConnectionClosed
from voicelive_mockserver import MockServer

_VERSION = "2026-04-10"
_CONFIGURE = b'{"type":"session.update","session":{"modalities":["text"]}}'
_CLIENT_PAYLOADS = (
    _CONFIGURE,
    b'{"type":"response.create"}',
    PROBE.encode(),
    '{"type":"x","text":"\u00fc \U0001f600"}'.encode(),
    b"",
    b"\xff\xfe{",
    b"\xed\xa0\x80",
    b"x" * 70_000,
)
_SERVER_PAYLOADS = (
    json.dumps(CREATED).encode(),
    b'{"type":"response.text.delta","response_id":"r","item_id":"i","output_index":0,'
    b'"content_index":0,"delta":"Hi"}',
    *_CLIENT_PAYLOADS[3:],
)
_CLOSES = (b"", b"\x03", b"\x03\xe8", b"\x03\xe8bye", b"\x03\xedx", b"\x00\x00")
_CODES = (0, 999, 1001, 1004, 1005, 1006, 1011, 1015, 2000, 3000, 4999, 5000, 65535)
# Codes that an endpoint may send in a close frame.
_SENDABLE = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}

Framing = Callable[[Random, tuple[bytes, ...]], bytes]


def _frame(chance: Random, payloads: tuple[bytes, ...], *, masked: bool) -> bytes:
    """Return a frame, which may break the rules."""
    kind = chance.choice((TEXT, TEXT, TEXT, BINARY, 0, CLOSE, PING, PONG, 3, 11))
    payload = chance.choice(payloads)
    if kind == CLOSE:
        payload = chance.choice((*_CLOSES, struct.pack("!H", chance.choice(_CODES))))
    elif kind in (PING, PONG) and chance.random() < 0.8:
        payload = payload[:125]
    frame = client_frame(
        kind,
        payload,
        final=chance.random() < 0.85,
        masked=masked ^ (chance.random() < 0.05),
        reserved=chance.choice((0,) * 9 + (1, 4)),
    )
    return mutate_bytes(frame, chance) if chance.random() < 0.25 else frame


def _make(chance: Random, payloads: tuple[bytes, ...], *, masked: bool) -> Case:
    """Return steps: bytes in base64, or pauses in seconds."""
    steps: list[str | float] = []
    for _ in range(chance.randint(1, 8)):
        data = _frame(chance, payloads, masked=masked)
        at = chance.randrange(len(data) + 1) if chance.random() < 0.2 else len(data)
        steps += [b64encode(part).decode() for part in (data[:at], data[at:]) if part]
        if chance.random() < 0.15:
            steps.append(chance.choice((0.0, 0.5, 40.0)))
    return {"steps": steps, "end": chance.choice(("abort", "eof", "wait"))}


class ServerWireTarget:
    """Bytes to the mock server: a handshake that is spoiled, or frames after one."""

    name = "server_wire"

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        case = _make(chance, _CLIENT_PAYLOADS, masked=True)
        case["seed"] = chance.randrange(2**32) if chance.random() < 0.3 else None
        return case

    def run(self, case: Case) -> None:
        """Run a case."""

        async def work(_guard: Guard) -> None:
            async with MockServer(speed=5) as server:
                async with raw_client(server) as bystander:
                    await _begin(bystander, server)
                    bystander.write(client_frame(TEXT, _CONFIGURE))
                    await _receive(bystander, "session.updated")
                    async with raw_client(server) as client:
                        await _attack(client, server, case)
                    bystander.write(client_frame(TEXT, PROBE.encode()))
                    await _receive(bystander, PROBED)
                await asyncio.sleep(5)
                if server.open_sessions:
                    raise Finding(f"sessions stay open: {[*server.open_sessions]}")

        run_guarded(work)


async def _attack(client: RawClient, server: MockServer, case: Case) -> None:
    request = upgrade_request(server, model="gpt-realtime", api_version=_VERSION)
    reading: asyncio.Task[bytes | None]
    if case["seed"] is not None:
        client.write(mutate_bytes(request, Random(case["seed"])))
        reading = asyncio.create_task(client.head())
    else:
        client.write(request)
        if b" 101 " not in await client.head():
            raise Finding("a handshake in order was refused")
        reading = asyncio.create_task(_read_to_end(client))
    await _play(case, client.write)
    if case["end"] == "eof":
        client.end()
    await asyncio.sleep(1 if case["end"] == "abort" else 60)
    if not reading.done():
        reading.cancel()
    result = (await asyncio.gather(reading, return_exceptions=True))[0]
    if isinstance(result, Exception):
        raise result
    if isinstance(result, bytes) and result and not result.startswith(b"HTTP/"):
        raise Finding(f"not HTTP: {result[:100]!r}")


async def _read_to_end(client: RawClient) -> None:
    while (message := await client.message()) is not None:
        kind, payload = message
        if kind == TEXT:
            json.loads(payload)
        elif kind == CLOSE:
            code = client.close_code
            if code is not None and code not in _SENDABLE:
                raise Finding(f"sent the close code {code}, which may not be sent")
            # The code of a client comes back without a reason.
            if code == 1011 and payload[2:]:
                raise Finding(f"closed with 1011: {payload[2:]!r}")
        elif kind not in (PING, PONG):
            raise Finding(f"sent a frame of kind {kind}")


async def _begin(client: RawClient, server: MockServer) -> None:
    client.write(upgrade_request(server, model="gpt-realtime", api_version=_VERSION))
    if b" 101 " not in await client.head():
        raise Finding("a handshake in order was refused")


async def _receive(client: RawClient, event_type: str) -> None:
    while (message := await client.message()) is not None:
        if json.loads(message[1])["type"] == event_type:
            return
    raise Finding(f"another session ended before {event_type}")


async def _play(case: Case, write: Callable[[bytes], object]) -> None:
    for step in case["steps"]:
        if isinstance(step, str):
            write(b64decode(step))
        else:
            await asyncio.sleep(step)


class ClientWireTarget:
    """Bytes to the client, after a handshake in order."""

    name = "client_wire"

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        return _make(chance, _SERVER_PAYLOADS, masked=False)

    def run(self, case: Case) -> None:
        """Run a case."""

        async def script(peer: Peer) -> None:
            await peer.accept()
            await _play(case, peer.writer.write)
            match case["end"]:
                case "abort":
                    peer.abort()
                case "eof":
                    peer.writer.write_eof()
                    await peer.gone_unanswered()
                case _:
                    await peer.gone_unanswered()

        async def work(_guard: Guard) -> None:
            async with serve(script) as server, dial(server) as connection:
                try:
                    async for event in connection:
                        event.as_dict()
                except ConnectionClosed:
                    pass
                for _ in range(3):
                    await _stays_ended(connection.recv)
                await _stays_ended(lambda: connection.send({"type": "x"}))

        run_guarded(work)


async def _stays_ended(use: Callable[[], Awaitable[object]]) -> None:
    try:
        await use()
    except ConnectionClosed:
        return
    raise Finding("the connection goes on after its end")
