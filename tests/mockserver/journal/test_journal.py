"""Queries and assertions on the journal of a session."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.engine_driver import respond, update, user
from voicelive_mockserver import SessionJournal
from voicelive_mockserver.journal.journals import Journals

HELLO = b'{"type":"session.update","session":{"voice":{"name":"ava"},"tools":[1]}}'


def journal(limit: int = 10, limit_bytes: int = 1000) -> SessionJournal:
    return SessionJournal("sess_1", "gpt-realtime", "2026-04-10", limit, limit_bytes)


def test_events_are_found_by_their_fields() -> None:
    """Objects may have additional fields, at every depth; lists must be equal."""
    session = journal()
    session.record(0.0, HELLO, from_client=True)
    session.record(0.1, HELLO, from_client=False)
    assert len(session.sent("session.update")) == 1
    assert len(session.received("session.update")) == 1
    assert session.sent("session.update", session={"voice": {"name": "ava"}})
    assert session.sent("session.update", session={"tools": [1]})
    assert not session.sent("session.update", session={"voice": {"name": "andrew"}})
    assert not session.sent("session.update", session={"tools": []})
    assert not session.sent("session.update", session={"speed": None})
    assert not session.sent("response.create")


def test_a_failed_assertion_lists_the_sent_events() -> None:
    """The message has the expected event and the types that were sent."""
    session = journal()
    with pytest.raises(AssertionError, match=r"did not send response\.create; it sent"):
        session.assert_sent("response.create")
    session.record(0.0, HELLO, from_client=True)
    session.record(0.0, HELLO, from_client=True)
    assert session.assert_sent("session.update")["session"]["tools"] == [1]
    with pytest.raises(AssertionError) as caught:
        session.assert_sent("session.update", session={"speed": 2})
    assert str(caught.value) == (
        "the client did not send session.update with session={'speed': 2}; "
        "it sent session.update (2x)"
    )


def test_it_is_bounded_in_frames_and_bytes() -> None:
    """The oldest frames are dropped above either limit."""
    session = journal(limit=100, limit_bytes=1000)
    for number in range(1000):
        session.record(number, b"%0200d" % number, from_client=True)
        assert session.size <= 1000
    assert [entry.time for entry in session.entries] == [995, 996, 997, 998, 999]
    session.record(1000, b"x" * 5000, from_client=True)
    (entry,) = session.entries
    assert (len(entry.frame), entry.size, session.size) == (1000, 5000, 1000)


def test_frames_sent_together_are_separate_entries() -> None:
    """A batch is read back frame by frame, with long audio truncated."""
    sizes = (0, 1, 125, 126, 900, 5000, 70_000)
    whole = [b"%0*d" % (size, 0) if size else b"" for size in sizes]
    audio = b'{"delta":"%b"}' % (b"A" * 4000)
    session = journal(limit=100, limit_bytes=1 << 20)
    for frames in (whole, [*whole[:3], audio]):
        session.record_sent(1.5, frames, sum(map(len, frames)))
    entries = session.entries
    assert [entry.frame for entry in entries[:10]] == whole + whole[:3]
    assert [entry.size for entry in entries] == [*sizes, *sizes[:3], len(audio)]
    assert entries[-1].event == {"delta": "A" * 44}
    assert {(entry.time, entry.from_client) for entry in entries} == {(1.5, False)}


def test_old_sessions_are_forgotten() -> None:
    """Only the newest hundred sessions of a server are kept, even if still open."""
    journals = Journals(10, 1000)
    first = journals.open("sess_0", "gpt-realtime", "2026-04-10")
    for number in range(1, 150):
        journals.open(f"sess_{number}", "", "").record(0, HELLO, from_client=True)
    first.record(0, HELLO, from_client=True)
    assert first.entries == []
    kept = [session.session_id for session in journals.all()]
    assert kept == [f"sess_{number}" for number in range(50, 150)]


def test_text_form() -> None:
    """As text, a journal shows the session and its frames, long ones truncated."""
    session = journal(limit_bytes=10_000)
    session.record(0.25, HELLO, from_client=True)
    session.record(1.5, b'{"type":"x","text":"%b"}' % (b"a" * 500), from_client=False)
    session.close_code = 1001
    head, sent, received = str(session).splitlines()
    assert head == "session sess_1, gpt-realtime, 2026-04-10, closed with 1001"
    assert sent == f"    0.250 -> {HELLO.decode()}"
    assert received.startswith('    1.500 <- {"type":"x","text":"aaa')
    assert received.endswith("aaa... (522 bytes)")


async def test_waiting_ends_with_the_event() -> None:
    """Events count from the start of the journals, whichever session they are in."""
    # With a limit of 0 nothing is recorded, but waiting works.
    journals = Journals(0, 0)
    waiting = asyncio.ensure_future(
        journals.wait_for("session.update", {}, from_client=True, count=2, within=5)
    )
    await asyncio.sleep(0)
    for _ in range(2):
        session = journals.open("", "", "")
        session.record(0, b"{", from_client=True)
        session.record(0, HELLO, from_client=False)
        assert not waiting.done()
        session.record(0, HELLO, from_client=True)
    assert (await waiting)["session"]["tools"] == [1]


async def test_a_timeout_lists_the_sent_events() -> None:
    """The error of a timeout has the types that were sent."""
    journals = Journals(10, 1000)
    with pytest.raises(
        TimeoutError, match=r"no response\.create within 0 s; no client"
    ):
        await journals.wait_for(
            "response.create", {}, from_client=True, count=1, within=0
        )
    journals.open("", "", "").record(0, HELLO, from_client=True)
    with pytest.raises(TimeoutError, match=r"it sent session\.update$"):
        await journals.wait_for(
            "response.create", {}, from_client=True, count=1, within=0
        )


def test_examples_of_events_match() -> None:
    """Events made by the test helpers are found."""
    session = journal()
    for event in (update(voice="ava"), user("Hi"), respond()):
        session.record(0, repr(event).replace("'", '"').encode(), from_client=True)
    session.assert_sent("session.update", session={"voice": "ava"})
    session.assert_sent("conversation.item.create", item={"role": "user"})
    session.assert_sent("response.create")
