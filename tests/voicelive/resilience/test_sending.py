"""Events sent while the connection is lost."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from tests.support.scripted_service import TEXT, Frame, Peer, serve
from tests.support.waiting import receive_until
from tests.voicelive.resilience.support import (
    Heard,
    answer,
    created,
    item_created,
    one_after_the_other,
    quick,
    stay,
    user,
)
from voicelive.aio import ConnectionClosed
from voicelive.resilience import Missing, SendQueueFull
from voicelive.resilience._session_snapshot import SessionTracker
from voicelive_protocol import UNSET, ClientEventSessionUpdate, RequestSession


class Gate:
    """Two connections, and a wait between them that ends when the test says so."""

    def __init__(self) -> None:
        self.asleep = asyncio.Event()
        self.go_on = asyncio.Event()
        self.second: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await self.go_on.wait()

    async def first(self, peer: Peer) -> None:
        await peer.begin()
        await peer.close(1011)
        await peer.gone()

    async def next(self, peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        while (frame := await peer.receive()).opcode == TEXT:
            await self.second.put(frame.event)
        await peer.close()

    async def received(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(20):
            return [await self.second.get() for _ in range(count)]


def sound(event: dict[str, Any]) -> int:
    """The first sample of the audio in an event."""
    return base64.b64decode(event["audio"])[0]


async def test_order_and_old_audio_while_reconnecting() -> None:
    """Audio and other events keep their order; the oldest audio is dropped."""
    gate, heard = Gate(), Heard()
    policy = heard.policy(backoff=quick(sleep=gate.sleep), waiting_audio_ms=200)
    async with (
        serve(one_after_the_other(gate.first, gate.next)) as server,
        stay(server, policy) as connection,
    ):
        await asyncio.wait_for(gate.asleep.wait(), 5)
        for number in (1, 2):
            audio = bytes([number] * 4800)
            await connection.input_audio_buffer.append(audio=audio)
        committing = asyncio.create_task(connection.input_audio_buffer.commit())
        await asyncio.sleep(0)
        # As a mapping and as text: the same counts.
        third = base64.b64encode(bytes([3] * 4800)).decode()
        await connection.send({"type": "input_audio_buffer.append", "audio": third})
        assert not committing.done()
        gate.go_on.set()
        await asyncio.wait_for(committing, 5)
        events = await gate.received(3)
        await receive_until(connection, "session.created", count=2)
    kinds = [event["type"].partition(".")[2] for event in events]
    assert kinds == ["append", "commit", "append"]
    assert [sound(events[0]), sound(events[2])] == [2, 3]
    assert heard.report.dropped_audio_ms == 100
    assert [e.kind for e in heard.report.not_restored] == [Missing.INPUT_AUDIO]


async def test_a_full_queue() -> None:
    """Beyond the limit an event is refused; the others are sent."""
    gate, heard = Gate(), Heard()
    policy = heard.policy(backoff=quick(sleep=gate.sleep), waiting_events=2)
    async with (
        serve(one_after_the_other(gate.first, gate.next)) as server,
        stay(server, policy) as connection,
    ):
        await asyncio.wait_for(gate.asleep.wait(), 5)
        waiting = [
            asyncio.create_task(connection.response.create(event_id=f"e{number}"))
            for number in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(
            SendQueueFull, match=r"2 events are already queued.*response\.create"
        ):
            await connection.response.create()
        # What can never be sent is an error at once.
        with pytest.raises(TypeError):
            await connection.send(5)  # type: ignore[arg-type]
        await connection.input_audio_buffer.append(audio=bytes(10))
        gate.go_on.set()
        await asyncio.gather(*waiting)
        events = await gate.received(3)
    assert [event.get("event_id") for event in events] == ["e0", "e1", None]


async def test_cancelling_a_sender() -> None:
    """A sender that is cancelled while it waits takes its event along."""
    gate, heard = Gate(), Heard()
    async with (
        serve(one_after_the_other(gate.first, gate.next)) as server,
        stay(server, heard.policy(backoff=quick(sleep=gate.sleep))) as connection,
    ):
        await asyncio.wait_for(gate.asleep.wait(), 5)
        sending = asyncio.create_task(connection.response.create())
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        gate.go_on.set()
        await connection.response.cancel()
        (event,) = await gate.received(1)
    assert event["type"] == "response.cancel"


async def test_a_send_that_meets_the_loss() -> None:
    """An event whose send fails is sent on the next connection, and only there."""
    heard = Heard()
    got: list[str] = []
    lost = asyncio.Event()

    async def first(peer: Peer) -> None:
        await peer.begin()
        await lost.wait()
        peer.abort()

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        for _ in range(3):
            event = await answer(peer)
            got.append(event["item"]["id"])
        await peer.send({"type": "the.last"})
        await peer.gone()

    async with (
        serve(one_after_the_other(first, second)) as server,
        stay(server, heard.policy()) as connection,
    ):
        await receive_until(connection, "session.created")
        lost.set()
        # Nobody receives: the sender is the first to notice, or the reader; whichever.
        for number in range(3):
            await connection.conversation.item.create(item=user(f"i{number}", "Hello"))
            await asyncio.sleep(0.01)
        await receive_until(connection, "the.last")
    assert got == ["i0", "i1", "i2"]


async def test_sending_without_receiving() -> None:
    """A task that sends in the middle of its own loop of events is not stuck."""
    gate, heard = Gate(), Heard()
    gate.go_on.set()

    async def first(peer: Peer) -> None:
        await peer.begin()
        # Far more than is read ahead.
        for number in range(300):
            await peer.send(item_created(user(f"item_{number}", "Hello")))
        peer.writer.write_eof()
        await peer.gone_unanswered()

    async with (
        serve(one_after_the_other(first, gate.next)) as server,
        stay(server, heard.policy(history_items=0)) as connection,
    ):
        await connection.recv()
        await asyncio.sleep(0.03)  # until as much is read ahead as may be
        async with asyncio.timeout(5):
            while len(server.peers) == 1:
                await connection.response.cancel()
                await asyncio.sleep(0.001)
        assert (await gate.received(1))[0]["type"] == "response.cancel"
        events = await receive_until(connection, "session.created")
    # Nothing that came before the loss is missing.
    assert len(events) == 301


async def test_a_second_loss_while_events_wait() -> None:
    """Events that the next connection could not send are sent on the one after."""
    gate, heard = Gate(), Heard()
    policy = heard.policy(backoff=quick(sleep=gate.sleep))

    async def second(peer: Peer) -> None:
        await peer.accept()
        await peer.send(created(2))
        # The first of the large event has come, the rest has no room on the way.
        await peer.reader.readexactly(1000)
        peer.abort()

    async with (
        serve(one_after_the_other(gate.first, second, gate.next)) as server,
        stay(server, policy) as connection,
    ):
        await asyncio.wait_for(gate.asleep.wait(), 5)
        large = connection.response.create(additional_instructions="x" * 8_000_000)
        sending = [asyncio.create_task(large)]
        await asyncio.sleep(0)
        sending.append(asyncio.create_task(connection.response.cancel()))
        gate.go_on.set()
        events = await gate.received(2)
        await asyncio.gather(*sending)
    assert [e["type"] for e in events] == ["response.create", "response.cancel"]
    assert len(heard.reports) == 2


async def test_ids_are_only_given_where_needed() -> None:
    """Event ids of the application stay, and its events are not modified."""
    heard = Heard()
    got: list[dict[str, Any]] = []

    async def first(peer: Peer) -> None:
        await peer.begin()
        for _ in range(4):
            got.append((await peer.receive()).event)
        await peer.send({"type": "the.last"})
        await peer.gone()

    async with serve(first) as server, stay(server, heard.policy()) as connection:
        event = {"type": "session.update", "session": {}}
        await connection.send(event)
        typed = ClientEventSessionUpdate(session=RequestSession())
        await connection.send(typed)
        assert typed.event_id is UNSET
        await connection.session.update(session={}, event_id="mine")
        await connection.response.create()
        await receive_until(connection, "the.last")
    assert event == {"type": "session.update", "session": {}}
    assert [e.get("event_id") for e in got] == [
        "voicelive_1",
        "voicelive_2",
        "mine",
        None,
    ]


async def test_close_codes() -> None:
    """A code that may not be sent changes nothing; a good one reaches the service."""
    heard, closings = Heard(), []

    async def first(peer: Peer) -> None:
        await peer.begin()
        frame: Frame = await peer.receive()
        closings.append(frame.closing)
        await peer.close(4000)

    async with serve(first) as server, stay(server, heard.policy()) as connection:
        await receive_until(connection, "session.created")
        with pytest.raises(ValueError, match="1006"):
            await connection.close(code=1006)
        assert not connection.closed
        await connection.close(code=4000, reason="Bye.")
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
        assert caught.value.code == 4000
        with pytest.raises(ConnectionClosed):
            await connection.response.create()
    assert closings == [(4000, "Bye.")]
    assert heard.reconnecting == []


def test_an_event_that_fails_again_on_the_next_connection_is_kept() -> None:
    """An event that is sent again is queued if the next connection is lost too."""
    tracker = SessionTracker(10, 1000, kept_by_service=False)
    event = {"type": "conversation.item.create", "item": user("i1", "Hello")}
    tracked = tracker.before_send(event)
    tracker.session.sending(tracked.event)
    (unanswered,) = tracker.take_snapshot().unanswered
    # Its sender fails, and the snapshot has the event.
    assert not tracker.send_failed(tracked)
    assert tracker.send_failed(tracker.before_send(unanswered))
