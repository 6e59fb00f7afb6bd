"""`TurnKeeper` on a reconnecting connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

import pytest

from voicelive.resilience import Backoff, ReconnectPolicy, stay_connected
from voicelive.turns import NoResponse, TurnKeeper
from voicelive_mockserver import MockServer
from voicelive_mockserver.faults import parse_fault

POLICY = ReconnectPolicy(backoff=Backoff(initial=0.0))


@asynccontextmanager
async def keeping(server: MockServer) -> AsyncIterator[TurnKeeper]:
    """Open a keeper whose events are received in a task."""

    async def listen() -> None:
        async for _ in keeper:
            pass

    async with (
        asyncio.timeout(20),
        stay_connected(
            endpoint=server.endpoint,
            credential=server.api_key,
            model="gpt-realtime",
            policy=POLICY,
        ) as connection,
        TurnKeeper(connection) as keeper,
    ):
        await keeper.session.update(session={"modalities": ["text"]})
        listening = asyncio.create_task(listen())
        yield keeper
        listening.cancel()


async def test_a_response_that_was_lost_with_its_session() -> None:
    """`respond` fails; the next response is from the new session."""
    fault = parse_fault("drop:event=response.created:connection=1")
    async with (
        MockServer(speed=inf, faults=[fault]) as server,
        keeping(server) as keeper,
    ):
        with pytest.raises(NoResponse):
            await keeper.respond()
        assert (await keeper.respond()).status == "completed"
        assert len(server.sessions) == 2


async def test_a_request_that_was_lost_with_its_session() -> None:
    """A request without an answer is repeated in the new session."""
    fault = parse_fault("drop:client_event=response.create:connection=1")
    async with (
        MockServer(speed=inf, faults=[fault]) as server,
        keeping(server) as keeper,
    ):
        assert (await keeper.respond()).status == "completed"
        assert len(server.sessions) == 2
