"""The account of a session, and the handler of its turns."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.client import client_of
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.conversation.events import (
    Event,
    answered,
    begun,
    user_text,
    words,
)
from tests.voicelive.conversation.stage import shown
from voicelive import SessionFailure, SessionHandlers, SessionTurn, VoiceLiveError
from voicelive.models import ReceivedEvent

pytestmark = pytest.mark.virtual_time

QUESTION = user_text("u1", "Hello.")
ANSWER = answered("r1", "a1", "Hi there.", "u1")
TURNS = [
    ("user", "completed", "Hello."),
    ("assistant", "completed", "Hi there."),
]


def playing(*events: Event) -> Any:
    """A service that begins a session, sends events and closes."""

    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        await peer.configure()
        for event in events:
            await peer.send(event)
        await peer.close()
        await peer.gone()

    return script


@pytest.mark.parametrize("keep_turns", [False, True])
async def test_the_account_of_a_session(keep_turns: bool) -> None:
    """It stays after the end."""
    async with serve_in_memory(playing(QUESTION, *ANSWER)) as server:
        session = client_of(server).create_session("m", keep_turns=keep_turns)
        async with session:
            async for _ in session:
                pass
            if keep_turns:
                assert shown(session.turns.conversation) == TURNS
        assert shown(session.conversation) == TURNS


async def test_changes_from_before_the_connection_on() -> None:
    """An iterator can be made before `connect()`; it ends with the connection."""
    async with serve_in_memory(playing(QUESTION)) as server:
        session = client_of(server).create_session("m")
        changes = session.conversation.changes()

        async def read() -> list[str]:
            return [change.kind.value async for change in changes]

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        async with session:
            assert await reading == ["started", "ended"]


async def test_changes_end_if_there_is_no_connection() -> None:
    """A service that refuses has no conversation."""

    async def refuse(_peer: MemoryPeer) -> None:
        pass

    async with serve_in_memory(refuse) as server:
        session = client_of(server).create_session("m")
        changes = session.conversation.changes()
        with pytest.raises(VoiceLiveError):
            await session.connect()
        assert [change async for change in changes] == []
        await session.dispose()


async def test_each_connection_has_an_account() -> None:
    """That of an earlier one stays readable."""
    async with serve_in_memory(playing(QUESTION)) as server:
        session = client_of(server).create_session("m")
        await session.connect()
        first = session.conversation
        async for _ in session:
            pass
        await session.connect()
        assert session.conversation is not first
        assert shown(first) == TURNS[:1]
        async for _ in session:
            pass
        assert shown(session.conversation) == TURNS[:1]
        await session.dispose()


async def test_on_turn() -> None:
    """It is called after the event that changes a turn, in the order of handlers."""
    calls: list[tuple[str, str]] = []

    class Handlers(SessionHandlers):
        def on_server_event(self, event: ReceivedEvent) -> None:
            calls.append(("event", str(event.type)))

        async def on_turn(self, event: SessionTurn) -> None:
            assert event.session is session
            calls.append((event.kind.value, event.turn.transcript))

        def on_disconnected(self, event: object) -> None:
            calls.append(("disconnected", ""))

    cut_off = [*begun("r1", "a1", "u1"), words("r1", "a1", "Hi")]
    async with serve_in_memory(playing(QUESTION, *cut_off)) as server:
        session = client_of(server).create_session("m")
        session.subscribe(Handlers())
        async with session:
            async for _ in session:
                pass
    assert calls[2:] == [
        ("event", "conversation.item.created"),
        ("started", "Hello."),
        ("ended", "Hello."),
        ("event", "response.created"),
        ("started", ""),
        ("event", "response.output_item.added"),
        ("updated", ""),
        ("event", "conversation.item.created"),
        ("updated", ""),
        ("event", "response.audio_transcript.delta"),
        ("updated", "Hi"),
        ("ended", "Hi"),
        ("disconnected", ""),
    ]


async def test_a_failure_of_on_turn_goes_to_on_error() -> None:
    """With the change that it failed for."""
    failures: list[SessionFailure] = []

    def fail(_event: SessionTurn) -> None:
        raise ZeroDivisionError

    async with serve_in_memory(playing(QUESTION)) as server:
        session = client_of(server).create_session("m")
        session.subscribe(on_turn=fail, on_error=failures.append)
        async with session:
            async for _ in session:
                pass
    assert [failure.handler for failure in failures] == ["on_turn", "on_turn"]
    assert isinstance(failures[0].event, SessionTurn)
