"""Fuzz target: client events against the mock server, over a socket."""

from __future__ import annotations

import asyncio
from random import Random

from tests.fuzz.client_input import make_session
from tests.fuzz.guard import Finding, Guard, run_guarded
from tests.fuzz.raw_client import (
    CLOSE,
    TEXT,
    RawClient,
    client_frame,
    raw_client,
    upgrade_request,
)
from tests.fuzz.service_check import PROBE, PROBED, ServiceCheck
from tests.fuzz.target import Case
from voicelive_mockserver import MockServer

_END_SECONDS = 120.0
"""All responses have ended by then, in virtual time."""


_CONFIGURE = b'{"type":"session.update","session":{}}'


class SocketTarget:
    """Sends frames to a server, beside a session that must not notice."""

    name = "socket"

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        return make_session(chance)

    def run(self, case: Case) -> None:
        """Run a case."""

        async def work(guard: Guard) -> None:
            async with (
                MockServer(speed=5) as server,
                raw_client(server) as bystander,
                raw_client(server) as client,
            ):
                other = ServiceCheck("2026-04-10")
                await _open(server, bystander, "gpt-realtime", "2026-04-10")
                bystander.write(client_frame(TEXT, _CONFIGURE))
                await _until(bystander, other, "session.updated")
                await _talk(server, client, case, guard)
                bystander.write(client_frame(TEXT, PROBE.encode()))
                await _until(bystander, other, PROBED)

        run_guarded(work)


async def _talk(
    server: MockServer, client: RawClient, case: Case, guard: Guard
) -> None:
    check = ServiceCheck(case["api_version"])
    await _open(server, client, case["model"], case["api_version"])
    reading = asyncio.create_task(_read(client, check))
    try:
        for step in case["steps"]:
            if isinstance(step, str):
                frame = check.ids.fill(step).encode(errors="surrogatepass")
                client.write(client_frame(TEXT, frame))
            else:
                await asyncio.sleep(step / 5)
        await asyncio.sleep(_END_SECONDS)
        guard.check()
        if not reading.done():
            check.finished()
            if check.configured:
                client.write(client_frame(TEXT, PROBE.encode()))
                await asyncio.sleep(1)
                if check.last["type"] != PROBED:
                    raise Finding(f"no answer to {PROBE}: {check.last}")
    finally:
        reading.cancel()
        # A finding of the reader is the better explanation.
        await asyncio.gather(reading, return_exceptions=True)
        if not reading.cancelled() and (error := reading.exception()):
            raise error


async def _read(client: RawClient, check: ServiceCheck) -> None:
    while (message := await client.message()) is not None:
        kind, payload = message
        if kind == TEXT:
            check.see(payload)
        elif kind == CLOSE:
            if client.close_code in (1002, 1007, 1011):
                raise Finding(f"closed with {client.close_code}: {payload[2:]!r}")
            return


async def _open(
    server: MockServer, client: RawClient, model: str, api_version: str
) -> None:
    client.write(upgrade_request(server, model=model, api_version=api_version))
    head = await client.head()
    if b" 101 " not in head:
        raise Finding(f"the handshake was refused: {head!r}")


async def _until(client: RawClient, check: ServiceCheck, event_type: str) -> None:
    while (message := await client.message()) is not None:
        if check.see(message[1])["type"] == event_type:
            return
    raise Finding(f"the connection ended before {event_type}: {check.last}")
