"""Pages of a journal at the control endpoint, and waiting for new frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from typing import Any

import aiohttp
import pytest

from tests.support.control_client import Control
from tests.support.engine_driver import respond, update, user
from tests.support.mock_client import Client, connected
from voicelive_mockserver import MockServer


@asynccontextmanager
async def session(**options: Any) -> AsyncIterator[tuple[Client, Control, str]]:
    """Return a client in a session, a control client, and the path of the journal."""
    async with (
        MockServer(speed=inf, **options) as server,
        connected(server) as client,
        aiohttp.ClientSession() as http,
    ):
        await client.until("session.created")
        name = server.last_session.session_id
        yield client, Control(http, server), f"/mock/sessions/{name}/journal"


async def test_pages_have_every_frame_once() -> None:
    """Each page starts after the previous one."""
    async with session() as (client, control, path):
        await client.ask(update(), user("Hello"), respond(modalities=["text"]))
        whole = await control("GET", path)
        numbers = [entry["number"] for entry in whole["entries"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert whole["next"] == len(numbers)
        pages: list[Any] = []
        after = 0
        while after < whole["next"]:
            page = await control("GET", f"{path}?after={after}&limit=4")
            assert 1 <= len(page["entries"]) <= 4
            pages += page["entries"]
            after = page["next"]
        assert pages == whole["entries"]
        empty = await control("GET", f"{path}?after={after}")
        assert empty == {"id": whole["id"], "entries": [], "next": after}


async def test_pages_with_a_filter() -> None:
    """The number of matching frames is limited; `next` is after the last one seen."""
    async with session() as (client, control, path):
        await client.ask(update(), user("Hello"), respond(modalities=["text"]))
        kinds: list[str] = []
        after = 0
        while True:
            page = await control("GET", f"{path}?after={after}&limit=1&from=client")
            if not page["entries"]:
                break
            (entry,) = page["entries"]
            kinds.append(entry["event"]["type"])
            assert page["next"] == entry["number"]
            after = page["next"]
        assert kinds == [
            "session.update",
            "conversation.item.create",
            "response.create",
        ]


async def test_frames_that_were_dropped_are_skipped() -> None:
    """Numbers go on when the oldest frames are dropped."""
    async with session(journal_limit=5) as (client, control, path):
        await client.ask(update(), user("Hello"), respond(modalities=["text"]))
        page = await control("GET", path)
        assert len(page["entries"]) == 5
        assert page["entries"][0]["number"] == page["next"] - 4 > 1
        assert page["entries"][-1]["event"]["type"] == "response.done"


async def test_a_request_waits_for_the_next_frame() -> None:
    """It returns when a matching frame is recorded."""
    async with session() as (client, control, path):
        after = (await control("GET", path))["next"]
        waiting = asyncio.create_task(
            control("GET", f"{path}?after={after}&wait=60&type=response.done")
        )
        await client.ask(update(), user("Hello"), respond(modalities=["text"]))
        (entry,) = (await waiting)["entries"]
        assert entry["event"]["type"] == "response.done"


async def test_a_request_stops_waiting_when_the_session_ends() -> None:
    """It returns an empty page."""
    async with session() as (client, control, path):
        after = (await control("GET", path))["next"]
        waiting = asyncio.create_task(control("GET", f"{path}?after={after}&wait=60"))
        await control("GET", path)
        await client.websocket.close()
        async with asyncio.timeout(30):
            assert (await waiting)["entries"] == []


async def test_waiting_ends_after_the_given_time() -> None:
    """A page without frames is returned."""
    async with session() as (_, control, path):
        page = await control("GET", f"{path}?after=1&wait=0.05")
        assert page["entries"] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("after=-1", "after"),
        ("after=x", "after"),
        ("limit=10001", "limit"),
        ("wait=61", "wait"),
        ("wait=nan", "wait"),
        ("from=me", "from"),
    ],
)
async def test_invalid_parameters_are_refused(query: str, name: str) -> None:
    """The error names the parameter."""
    async with session() as (_, control, path):
        error = await control("GET", f"{path}?{query}", status=400)
        assert error["error"]["message"].startswith(name)
