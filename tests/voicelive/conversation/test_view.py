"""The account of any connection."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from tests.support.client import dial
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.conversation.events import (
    answered,
    session_created,
    user_text,
)
from tests.voicelive.conversation.stage import shown, stage
from voicelive._conversation.ledger import Ledger
from voicelive.aio import ConnectionClosed, VoiceLiveConnection
from voicelive.conversation import ConversationView
from voicelive.turns import TurnKeeper
from voicelive_protocol import ClientMessage, ReceivedEvent

pytestmark = pytest.mark.virtual_time

EVENTS = [user_text("u1", "Hello."), *answered("r1", "a1", "Hi there.", "u1")]
TURNS = [
    ("user", "completed", "Hello."),
    ("assistant", "completed", "Hi there."),
]


async def script(peer: MemoryPeer) -> None:
    """Begin a session, send the events, and wait for the end."""
    await peer.accept()
    for event in (session_created(), *EVENTS):
        await peer.send(event)
    await peer.close()
    await peer.gone()


class Other:
    """A connection of another class, without a state."""

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self._connection = connection

    @property
    def ready(self) -> bool:
        return self._connection.ready

    @property
    def session_id(self) -> str | None:
        return self._connection.session_id

    @property
    def closed(self) -> bool:
        return self._connection.closed

    async def recv(self) -> ReceivedEvent:
        return await self._connection.recv()

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self._connection.__anext__()

    async def send(self, event: ClientMessage) -> None:
        await self._connection.send(event)

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        await self._connection.close(code=code, reason=reason)


async def test_the_account_of_a_connection() -> None:
    """It is there after the end as well."""
    async with serve_in_memory(script) as server, dial(server) as connection:
        view = ConversationView(connection)
        async for _ in view:
            pass
        assert shown(view.conversation) == TURNS
        assert [change async for change in view.conversation.changes()] != []
        with pytest.raises(ConnectionClosed):
            await view.recv()


async def test_events_that_are_read_ahead_or_as_bytes() -> None:
    """However they are received."""
    async with serve_in_memory(script) as server, dial(server) as connection:
        view = ConversationView(connection)
        await connection.wait_until_ready()
        for _ in range(1 + len(EVENTS)):
            await connection.recv_bytes()
        assert shown(view.conversation) == TURNS


async def test_a_connection_of_another_class() -> None:
    """Any object with the same methods will do."""
    async with serve_in_memory(script) as server, dial(server) as connection:
        view = ConversationView(Other(connection))
        async for _ in view:
            pass
        assert shown(view.conversation) == TURNS
        await view.close()
        assert [change async for change in view.conversation.changes()] != []


async def test_a_keeper_has_an_account() -> None:
    """It is the one that a view around it or below it shows."""
    async with serve_in_memory(script) as server, dial(server) as connection:
        view = ConversationView(connection)
        keeper = TurnKeeper(view)
        outer = ConversationView(keeper)
        async for _ in outer:
            pass
        for one in (view, keeper, outer):
            assert shown(one.conversation) == TURNS


async def test_a_closed_connection_has_nothing_to_come() -> None:
    """An iteration ends at once."""
    async with serve_in_memory(script) as server, dial(server) as connection:
        await connection.close()
        view = ConversationView(connection)
        assert [change async for change in view.conversation.changes()] == []


async def test_events_of_the_conversation_are_methods_still() -> None:
    """`conversation.item.create` is `view.conversation.item.create`."""
    async with stage() as s:
        await s.view.conversation.item.delete(item_id="u1")
        event = (await s.peer.receive()).event
        assert event == {"type": "conversation.item.delete", "item_id": "u1"}


async def test_a_failure_of_the_account_costs_no_event(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with stage() as s:
        monkeypatch.setattr(Ledger, "place", fail)
        with caplog.at_level(logging.ERROR):
            await s.comes(*EVENTS)
        assert len(caplog.records) == 1
        monkeypatch.undo()
        assert s.turns == TURNS
