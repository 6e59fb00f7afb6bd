"""The account over a reconnect, in the middle of everything."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.conversation.events import (
    Event,
    answered,
    audio,
    begun,
    call,
    calling,
    committed,
    ended,
    item_added,
    message,
    output,
    response_created,
    response_done,
    session_created,
    speech_started,
    speech_stopped,
    spoken,
    transcript,
    transcript_failed,
    truncated,
    user_item,
    user_text,
    words,
)
from tests.voicelive.conversation.stage import shown
from tests.voicelive.resilience.support import Heard, answer, stay
from voicelive.conversation import (
    Conversation,
    ConversationTurn,
    ConversationView,
    TurnStatus,
)

pytestmark = pytest.mark.virtual_time

LAST: Event = {"type": "end.of.these"}

ORDERS: dict[str, list[Event]] = {
    "a transcript after the answer": [
        *spoken("u1"),
        *answered("r1", "a1", "Hi there.", "u1"),
        transcript("u1", "Hello."),
    ],
    "two turns in a burst": [
        *spoken("u1"),
        *spoken("u2", "u1"),
        transcript("u2", "Are you there?"),
        transcript("u1", "Hello."),
        *answered("r1", "a1", "Yes.", "u2"),
    ],
    "a transcript that does not come": [
        *spoken("u1"),
        *answered("r1", "a1", "Hi there.", "u1"),
    ],
    "barge-in at the first audio": [
        *spoken("u1"),
        *begun("r1", "a1", "u1"),
        words("r1", "a1", "One two three four."),
        audio("r1", "a1", 100),
        speech_started("u2"),
        truncated("a1", 0),
        *ended("r1", "a1", "One two three four.", "cancelled"),
        speech_stopped("u2"),
        committed("u2", "a1"),
        user_item("u2", "a1"),
    ],
    "a response cancelled before it began": [
        user_text("u1", "Hello."),
        response_created("r1"),
        response_done("r1", status="cancelled"),
        *answered("r2", "a2", "Hi there.", "u1"),
    ],
    "a tool call that outlives its turn": [
        *calling("r1", call("c1", "call_1", "weather")),
        *spoken("u1", "c1"),
        *answered("r2", "a1", "One moment.", "u1"),
        output("o1", "call_1", "Sun.", "a1"),
        *answered("r3", "a2", "It is sunny.", "o1"),
    ],
}
ORDERS |= {
    "a failed transcript": [
        *spoken("u1"),
        *begun("r1", "a1", "u1"),
        transcript_failed("u1", "No such deployment."),
        *ended("r1", "a1", "Hi there."),
    ],
    "truncation by the service, at the last audio": [
        *spoken("u1"),
        *answered("r1", "a1", "One two three four.", "u1"),
        speech_started("u2"),
        truncated("a1", 600),
        speech_stopped("u2"),
        committed("u2", "a1"),
        user_item("u2", "a1"),
    ],
    "a response outside of the conversation": [
        user_text("u1", "Hello."),
        *begun("r1", "a1", "u1"),
        response_created("o1", None),
        item_added("o1", message("x1", status="in_progress")),
        words("o1", "x1", "A summary."),
        response_done("o1", message("x1", "A summary.")),
        *ended("r1", "a1", "Hi there."),
    ],
    "events that are delivered unread": [
        user_text("u1", "Hello."),
        response_created("r1") | {"response": {"id": "r1", "status": 7}},
        *begun("r1", "a1", "u1")[1:],
        {"type": "response.done", "response": {"id": "r1", "usage": "free"}},
    ],
}
CUTS = [
    (name, cut) for name, events in ORDERS.items() for cut in range(len(events) + 1)
]


async def over_a_reconnect(before: list[Event], after: list[Event]) -> Conversation:
    """Receive events, then those of the next session, and return the account.

    The service acknowledges restored items under their identifiers, as the real one.
    """
    sessions = [before, after]
    over = asyncio.Event()

    async def script(peer: MemoryPeer) -> None:
        events = sessions.pop(0)
        await peer.accept()
        await peer.send(session_created(2 - len(sessions)))
        restoring = asyncio.ensure_future(acknowledge(peer))
        await asyncio.sleep(1)
        for event in events:
            await asyncio.sleep(0.1)
            await peer.send(event)
        await peer.send(LAST)
        await asyncio.sleep(1)
        if not sessions:
            await over.wait()
        restoring.cancel()
        await peer.hang_up()

    async def acknowledge(peer: MemoryPeer) -> None:
        # Until the client has closed.
        with contextlib.suppress(AssertionError, asyncio.IncompleteReadError):
            while True:
                await answer(peer)

    async with (
        serve_in_memory(script) as server,
        stay(server, Heard().policy()) as connection,
    ):
        view = ConversationView(connection)
        lasts = 0
        while lasts < 2:
            event = await view.recv()
            lasts += getattr(event, "type", "") == LAST["type"]
        # In the new session only the result of a call is still to come.
        turns = view.conversation.turns
        waiting = [t for t in turns if t.status is TurnStatus.IN_PROGRESS]
        assert all(turn.tool_calls for turn in waiting)
        over.set()
    return view.conversation


def kept(turn: ConversationTurn) -> tuple[str, str]:
    return (turn.id, turn.transcript)


@pytest.mark.parametrize(("name", "cut"), CUTS)
async def test_a_reconnect_at_any_event(name: str, cut: int) -> None:
    """Turns before it stay, once and in order; nothing stays in progress."""
    before = ORDERS[name][:cut]
    alone = await over_a_reconnect(before, [])
    after = [*spoken("u9"), transcript("u9", "Again?"), *answered("r9", "a9", "Again.")]
    account = await over_a_reconnect(before, after)
    assert [kept(t) for t in account.turns[:-2]] == [kept(t) for t in alone.turns]
    assert shown(account)[-2:] == [
        ("user", "completed", "Again?"),
        ("assistant", "completed", "Again."),
    ]
    turns = account.turns
    assert not [t for t in turns if t.status is TurnStatus.IN_PROGRESS or t.end is None]
    ids = [item for turn in turns for item in turn.item_ids]
    assert len(ids) == len(set(ids))
    assert [turn.start for turn in turns] == sorted(turn.start for turn in turns)


async def test_a_restored_conversation_has_no_duplicates() -> None:
    """Items that are created again in the new session are the same turns."""
    before = [user_text("u1", "Hello."), *answered("r1", "a1", "Hi there.", "u1")]
    # A service may also announce them to the application.
    after = [user_text("u1", "Hello."), *answered("r2", "a2", "Still here.", "a1")]
    account = await over_a_reconnect(before, after)
    assert shown(account) == [
        ("user", "completed", "Hello."),
        ("assistant", "completed", "Hi there."),
        ("assistant", "completed", "Still here."),
    ]


async def test_an_answer_that_is_cut_off_is_lost() -> None:
    """With what was received of it."""
    before = [user_text("u1", "Hello."), *begun("r1", "a1", "u1")]
    account = await over_a_reconnect([*before, words("r1", "a1", "Hi the")], [])
    assert shown(account)[-1] == ("assistant", "lost", "Hi the")


async def test_the_result_of_a_call_after_a_reconnect() -> None:
    """The call is that of the first session."""
    after = [output("o1", "call_1", "Sun."), *answered("r2", "a1", "It is sunny.")]
    account = await over_a_reconnect(calling("r1", call("c1", "call_1", "w")), after)
    assert shown(account) == [("assistant", "completed", "It is sunny.")]
    assert account.turns[0].tool_calls[0].result == "Sun."
