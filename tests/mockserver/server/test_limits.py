"""Lifetime of sessions, fatal errors, and the limit of new connections."""

from __future__ import annotations

import asyncio
import json
from math import inf
from typing import Any

import aiohttp
import pytest

from tests.support.engine_driver import (
    STARTED_AT,
    Event,
    Session,
    every,
    long_story,
    only,
    respond,
    types,
    update,
    user,
)
from tests.support.mock_client import refused
from voicelive_mockserver import MockServer
from voicelive_mockserver.engine import Closing
from voicelive_mockserver.faults import SlidingWindow

QUERY = {"api-version": "2026-04-10", "model": "gpt-realtime", "api-key": "test-key"}


class TestExpiry:
    """The end of a session, in virtual time."""

    def test_a_session_expires(self) -> None:
        """After an hour, the session gets an error and closes with 1001."""
        session = Session()
        session.wait(3599.9)
        assert session.engine.closing is None
        error = only(session.wait(0.2), "error")["error"]
        assert error["code"] == "session_expired"
        assert (
            error["message"] == "Your session hit the maximum duration of 60 minutes."
        )
        assert session.engine.closing == Closing(1001, error["message"])
        assert session.ask(user("Hello?"), respond()) == []

    def test_the_length_is_configured(self) -> None:
        """`expires_at` and the message have the configured duration."""
        session = Session(session_seconds=90)
        created = only(session.finish(), "session.created")["session"]
        assert created["expires_at"] == STARTED_AT + 90
        error = only(session.wait(100), "error")["error"]
        assert "1.5 minutes" in error["message"]

    def test_events_before_the_expiry_are_sent(self) -> None:
        """Events before the end are sent in order, and none after it."""
        session = Session(session_seconds=2, responder=long_story)
        session.send(update(modalities=["text", "audio"]), user("Go on."), respond())
        events = session.wait(1000)
        assert types(events)[-1] == "error"
        assert "response.audio.delta" in types(events)
        assert "response.done" not in types(events)

    def test_without_a_clock_only_the_time_of_the_session_counts(self) -> None:
        """At infinite speed, only session time counts towards the expiry."""
        session = Session(session_seconds=30, responder=long_story)
        session.ask(update(modalities=["text", "audio"]))
        for _ in range(10):
            session.ask(user("Go on."), respond())
        assert session.events[-1]["error"]["code"] == "session_expired"
        assert every(session.events, "response.done")

    def test_it_can_be_expired_early(self) -> None:
        """A session can be closed before it expires."""
        session = Session()
        session.finish()
        session.engine.expire()
        assert types(session.finish()) == ["error"]
        assert session.engine.closing is not None


class TestSlidingWindow:
    """Limit of connections within a period."""

    def test_the_wait_is_the_time_until_the_oldest_leaves(self) -> None:
        """At the limit, a connection waits until the oldest is a period old."""
        window = SlidingWindow(2, 60.0)
        for now in (0.0, 20.0):
            assert window.wait(now) is None
            window.add(now)
        assert window.wait(30.5) == 29.5
        assert window.wait(59.75) == 0.25
        assert window.wait(60.0) is None
        window.add(60.0)
        assert window.wait(60.0) == 20.0

    def test_a_limit_of_zero_admits_no_connection(self) -> None:
        """The wait is a whole period."""
        assert SlidingWindow(0, 60.0).wait(5.0) == 60.0


async def received(
    server: MockServer, *events: Event, model: str = QUERY["model"]
) -> tuple[list[Any], int | None]:
    """Send events; return the events until the close, and its code."""
    async with (
        asyncio.timeout(30),
        aiohttp.ClientSession() as http,
        http.ws_connect(server.url, params=QUERY | {"model": model}) as websocket,
    ):
        for event in events:
            await websocket.send_str(json.dumps(event))
        frames = [json.loads(message.data) async for message in websocket]
        return frames, websocket.close_code


async def test_too_many_connections_are_429() -> None:
    """Above the limit, the handshake is rejected with Retry-After."""
    async with MockServer(new_sessions_per_minute=1, clock=lambda: 1000.0) as server:
        async with aiohttp.ClientSession() as http:
            websocket = await http.ws_connect(server.url, params=QUERY)
            await websocket.close()
        error = await refused(server)
    assert error.status == 429
    assert error.headers is not None
    assert error.headers["Retry-After"] == "60"


async def test_an_expired_session_is_closed() -> None:
    """The error arrives, then the close frame with 1001 and the same text."""
    async with MockServer(session_seconds=6, speed=60) as server:
        events, code = await received(server)
    assert types(events) == ["session.created", "error"]
    assert events[1]["error"]["code"] == "session_expired"
    assert code == 1001
    assert server.sessions[0].close_code == 1001


@pytest.mark.parametrize("speed", [inf, 10])
async def test_a_fatal_error_closes(speed: float) -> None:
    """After an unknown Azure voice the connection is closed with 1008."""
    voice = {"type": "azure-standard", "name": "Nobody" + "é" * 200}
    async with MockServer(speed=speed) as server:
        events, code = await received(server, update(voice=voice))
    assert types(events) == ["session.created", "error"]
    assert code == 1008


async def test_another_close_code_after_fatal_errors() -> None:
    """The close code of fatal errors without a known one is an option."""
    unknown = update(voice={"type": "azure-standard", "name": "Nobody"})
    async with MockServer(speed=inf, fatal_close_code=4321) as server:
        assert (await received(server, unknown))[1] == 4321
        _, code = await received(server, model="gpt-9")
        assert code == server.last_session.close_code == 4321
        server.faults.add("error:invalid_model:after=1")
        assert (await received(server))[1] == 4321
    with pytest.raises(ValueError, match="1005 is not a valid close code"):
        MockServer(fatal_close_code=1005)
