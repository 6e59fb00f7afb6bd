"""Changes of the account, as they come."""

from __future__ import annotations

import asyncio

import pytest

from tests.voicelive.conversation.events import (
    answered,
    begun,
    call,
    calling,
    ended,
    response_created,
    response_done,
    speech_started,
    spoken,
    transcript,
    user_text,
    words,
)
from tests.voicelive.conversation.stage import Stage, stage
from voicelive.conversation import ConversationChanges

pytestmark = pytest.mark.virtual_time


async def seen(changes: ConversationChanges) -> list[tuple[str, str, str]]:
    """Return all changes that are there."""
    found: list[tuple[str, str, str]] = []
    try:
        while True:
            change = await asyncio.wait_for(anext(changes), 0.01)
            turn = change.turn
            found.append((change.kind.value, turn.id, turn.transcript))
    except (TimeoutError, StopAsyncIteration):
        return found


async def test_the_changes_of_a_conversation() -> None:
    """A turn starts, grows and ends; a late transcript is an update."""
    async with stage() as s:
        changes = s.account.changes()
        await s.comes(speech_started("u1"))
        assert await seen(changes) == [("started", "u1", "")]
        await s.comes(*spoken("u1")[1:])
        assert await seen(changes) == [("ended", "u1", "")]
        await s.comes(*begun("r1", "a1", "u1"))
        assert await seen(changes) == [("started", "r1", "")]
        await s.comes(words("r1", "a1", "Hi"))
        await s.comes(words("r1", "a1", " there"), words("r1", "a1", "."))
        assert await seen(changes) == [("updated", "r1", "Hi there.")]
        await s.comes(*ended("r1", "a1", "Hi there."), transcript("u1", "Hello."))
        assert await seen(changes) == [
            ("ended", "r1", "Hi there."),
            ("updated", "u1", "Hello."),
        ]


async def test_a_consumer_begins_with_the_turns_so_far() -> None:
    """So that it can start at any time; a turn that has ended starts and ends."""
    async with stage() as s:
        await s.comes(user_text("u1", "Hello."), *begun("r1", "a1", "u1"))
        assert await seen(s.account.changes()) == [
            ("started", "u1", "Hello."),
            ("ended", "u1", "Hello."),
            ("started", "r1", ""),
        ]


async def test_several_consumers() -> None:
    """Each gets all changes."""
    async with stage() as s:
        first, second = s.account.changes(), s.account.changes()
        await s.comes(user_text("u1", "Hello."))
        assert await seen(first) == await seen(second) != []


async def test_a_turn_that_is_none_is_removed() -> None:
    """For consumers that know it."""
    async with stage() as s:
        known, unknown = s.account.changes(), s.account.changes()
        await s.comes(response_created("r1"))
        assert await seen(known) == [("started", "r1", "")]
        await s.comes(response_done("r1", status="cancelled"))
        assert await seen(known) == [("removed", "r1", "")]
        assert await seen(unknown) == []


async def test_a_turn_with_a_call_ends_once() -> None:
    """It is in progress until the answer, or until another turn."""
    async with stage() as s:
        changes = s.account.changes()
        await s.comes(*calling("r1", call("c1", "call_1", "weather")))
        assert [kind for kind, _, _ in await seen(changes)] == ["started"]
        await s.comes(*answered("r2", "a1", "It is sunny."))
        assert await seen(changes) == [("ended", "r1", "It is sunny.")]
        await s.comes(*calling("r3", call("c2", "call_2", "weather")))
        await s.comes(user_text("u1", "Hello."))
        assert [(kind, turn) for kind, turn, _ in await seen(changes)] == [
            ("started", "r3"),
            ("ended", "r3"),
            ("started", "u1"),
            ("ended", "u1"),
        ]


@pytest.mark.parametrize("normal", [True, False])
async def test_the_iteration_ends_with_the_connection(normal: bool) -> None:
    """After the last changes, for consumers that wait and for later ones."""
    async with stage() as s:

        async def read() -> list[str]:
            return [change.kind.value async for change in s.account.changes()]

        waiting = asyncio.create_task(read())
        await s.comes(*begun("r1", "a1"))
        await (s.view.close() if normal else s.ends())
        assert await waiting == ["started", "ended"]
        assert await read() == ["started", "ended"]


async def test_an_iterator_that_is_dropped_is_forgotten() -> None:
    """It holds and costs nothing any more."""
    async with stage() as s:
        changes = s.account.changes()
        await s.comes(user_text("u1", "Hello."))
        async for change in changes:
            assert change.turn.id == "u1"
            break
        listeners = _listeners(s)
        del changes
        assert _listeners(s) == listeners - 1


def _listeners(s: Stage) -> int:
    return len(s.account._model.ledger.listeners)
